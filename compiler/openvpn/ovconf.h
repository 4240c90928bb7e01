/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vpnpf takes from an OpenVPN server.conf: device, topology, where the
 * client-config-dir, ipp.txt, status file and management interface are, the
 * pool.  Includes are followed, inline blocks passed over; the last of a
 * repeated option wins.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"
#include "compiler/openvpn/topology.h"

/* How often a status file is written if nothing else is said. */
#define OVCONF_STATUS_SECONDS 60

struct ovconf {
	/* where the server runs, absolute or relative to where we run: the
	 * folder of the file, and from there on wherever "cd" leads */
	char *cd;
	/* all malloced or NULL; paths as written: relative to cd */
	char *dev;		/* "tun" means any "tun*" */
	char *ccd, *ipp, *status;
	char *chroot;		/* what ccd is relative to, if set */
	/* port "unix": management is a socket's path.  pw is a file's path, or
	 * "stdin": asked for when the server starts */
	char *management, *management_port, *management_pw;
	bool tap;		/* by dev-type, else by the device's name */
	bool client_to_client;
	unsigned int status_version;	/* 1 to 3 */
	unsigned int status_seconds;	/* how often it is written */
	enum topology topology;
	bool has_pool;		/* IPv4: first and last address; under net30
				 * widened to whole /30s */
	struct addr pool_first, pool_last;
	/* src NULL: does not stand there */
	struct loc dev_at, ccd_at, ipp_at, client_to_client_at;
};

/* 0, or -EINVAL / -errno after it was said.  End with ovconf_fini. */
int ovconf_load(const char *path, struct sources *set, struct ovconf *out,
		struct diag *d);
void ovconf_fini(struct ovconf *conf);

struct ovline;

/*
 * EACH line of the file and of those it includes, whatever it says, in the
 * order in which OpenVPN reads them.  Says nothing: that is for ovconf_load.
 */
void ovconf_lines(const char *path, struct sources *set,
		  void (*each)(void *arg, const struct ovline *line),
		  void *arg);
