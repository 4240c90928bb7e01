/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of an OpenVPN server.conf: device, topology, pool, and the paths of
 * client-config-dir, ipp.txt, status file and management interface.  Includes
 * are followed, inline blocks are skipped; the last of a repeated option wins.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"
#include "compiler/openvpn/topology.h"

/* OpenVPN's default interval between two writes of the status file. */
#define OVCONF_STATUS_SECONDS 60

struct ovconf {
	/* working directory of the server, absolute or relative to that of
	 * vpnpf: the directory of the file, changed by each "cd" */
	char *cd;
	/* malloced or NULL; paths as written: relative to cd */
	char *dev;		/* "tun" means any "tun*" */
	char *ccd, *ipp, *status;
	char *chroot;		/* if set, ccd is relative to it */
	/* port "unix": management is the path of a socket.  pw is the path of a
	 * file, or "stdin": the server asks for the password at its start */
	char *management, *management_port, *management_pw;
	bool no_dco;		/* disable-dco */
	bool tap;		/* by dev-type, else by the name of dev */
	bool client_to_client;
	unsigned int status_version;	/* 1 to 3 */
	unsigned int status_seconds;	/* between two writes of status */
	enum topology topology;
	bool has_pool;		/* IPv4: first and last address; under net30
				 * widened to whole /30s */
	struct addr pool_first, pool_last;
	bool has_pool6;		/* IPv6, the same */
	struct addr pool6_first, pool6_last;
	/* the server's networks in the tunnel, if known */
	bool has_net4, has_net6;
	struct prefix net4, net6;
	bool has_local;		/* IPv4: the server's own in the tunnel */
	struct addr local;
	bool has_local6;	/* IPv6 */
	struct addr local6;
	/* src NULL: not in the file */
	struct loc dev_at, ccd_at, ipp_at, client_to_client_at;
	/* The line that makes a tun server of it, if there is no topology: up
	 * to OpenVPN 2.6 it is net30 then, since 2.7 subnet. */
	struct loc no_topology_at;
};

/* NAMED: where PATH is named, if it cannot be read.  0, or -EINVAL / -errno
 * (reported).  End with ovconf_fini. */
int ovconf_load(const char *path, struct loc named, struct sources *set,
		struct ovconf *out, struct diag *d);
/* The same, silent, where no topology means UNSET. */
void ovconf_load_as(const char *path, enum topology unset,
		    struct sources *set, struct ovconf *out);
void ovconf_fini(struct ovconf *conf);

struct ovline;

/*
 * Call EACH for every line of the file and of its includes, in the order in
 * which OpenVPN reads the lines.  Reports no errors: ovconf_load does.
 */
void ovconf_lines(const char *path, struct sources *set,
		  void (*each)(void *arg, const struct ovline *line),
		  void *arg);
