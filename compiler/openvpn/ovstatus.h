/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of OpenVPN's status file, versions 1, 2 and 3 (of 2.4 to 2.7), and of
 * the management interface's answer to "status": CLIENT LIST (the connected
 * clients) and ROUTING TABLE (their addresses).  Entries cached under an iroute
 * ("C") are left out: their network is in the list.
 *
 * A name may contain commas.  In versions 1 and 2 all extra commas of a line
 * are taken as part of the name, which is wrong for a user name with commas.
 * Version 3 separates by tabs, which no name can contain.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/endpoint.h"

struct ovstatus_route {
	struct str name;
	struct endpoint addr;	/* a prefix is masked */
	struct loc at;
};

/* A connection.  During the handshake its name is "UNDEF", or the routing table
 * has no line for it. */
struct ovstatus_client {
	struct str name;
	struct str addr4, addr6;	/* in the tunnel; empty: none, or not in
				 * the file, as in version 1 */
	struct str real;	/* the outside address, as written: see
				 * ovstatus_host */
	long long since;	/* seconds since 1970; -1: not in the file */
	uint64_t received, sent;	/* bytes, by the server */
	bool has_id;
	uint32_t id;		/* OpenVPN's client id: versions 2 and 3 */
};

struct ovstatus {
	unsigned int version;
	bool complete;		/* false: END is missing, a partial write */
	bool dco;		/* versions 2 and 3: the kernel forwards for
				 * the server */
	long long updated;	/* seconds since 1970; -1: not in the file */
	VEC(struct ovstatus_client) clients;
	VEC(struct ovstatus_route) routes;
};

/*
 * 0, or -EINVAL when SRC is not a status file (reported).  An empty file, which
 * the server has not written yet, has version 0.  End with ovstatus_fini.
 */
int ovstatus_parse(const struct source *src, struct ovstatus *out,
		   struct diag *d);
void ovstatus_fini(struct ovstatus *st);

/* The address and port of REAL: OpenVPN 2.7 writes "udp4:192.0.2.1:7", or
 * "tcp6-server:[2001:db8::1]:7". */
struct str ovstatus_host(struct str real);
