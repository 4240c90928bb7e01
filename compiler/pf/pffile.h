/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of .pf files.  Reads a file exactly as OpenVPN 2.5.11 (pf.c) does,
 * byte for byte, oddities included.  Three extensions, which 2.5.11 refuses:
 * [SERVICES], below it IPv6 prefixes in [SUBNETS ...], and groups.  A file
 * without [SERVICES] is an old file, and an IPv6 prefix in it is an error, as
 * in 2.5.11.  Takes bytes, opens nothing.  vpnpf.pf(5) documents the grammar.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"
#include "compiler/pf/groups.h"

enum pffile_state {
	PFFILE_OK,
	PFFILE_REJECTED,	/* one error rejects the whole file */
	PFFILE_KILL,		/* [KILL]; the lines before it do not matter */
};

/* "+nick" in [CLIENTS ...].  Each member of a group is an entry; its place is
 * the "+@group" line. */
struct pf_peer {
	struct str name;
	bool accept;
	struct loc at;
};

/* "-10.0.4.0/24" in [SUBNETS ...]; "unknown" is 0.0.0.0/32.  Masked. */
struct pf_subnet {
	struct prefix net;
	bool accept;
	bool shadowed;		/* an earlier entry covers this one */
	struct loc at;
};

enum pf_proto {
	PF_PROTO_ANY,
	PF_PROTO_TCP,
	PF_PROTO_UDP,
	PF_PROTO_SCTP,
	PF_PROTO_ICMP,		/* and ICMPv6 */
};

struct pf_ports {
	uint16_t from, to;	/* host order, inclusive */
};

/* "+10.0.0.0/8 tcp 22,80-90 from 1024-65535": ports of the remote end, after
 * "from" those of the client.  No ports: all. */
struct pf_service {
	struct prefix net;
	enum pf_proto proto;
	VEC(struct pf_ports) ports;	/* sorted, disjoint, not adjacent */
	struct pf_ports client_ports;		/* to 0: all */
	bool accept;
	struct loc at;
};

struct pffile {
	const struct source *src;
	enum pffile_state state;
	bool clients_accept, subnets_accept;
	/* the section line that set the default; src NULL: section missing */
	struct loc clients_at, subnets_at;
	VEC(struct pf_peer) peers;		/* in file order */
	VEC(struct pf_subnet) subnets;		/* first match wins */
	VEC(struct pf_service) services;	/* first match wins */
	struct loc end;				/* of [END] or [KILL] */
};

struct pffile_options {
	bool openvpn_25;		/* refuse all extensions */
	const struct groups *groups;	/* NULL: "@" is an ordinary character */
};

/*
 * Parse SRC into *out; end with pffile_fini in any case.  Errors and warnings
 * go to D; a warning says how OpenVPN reads a line that looks like a mistake.
 * Returns 0 with state OK or KILL, -EINVAL with state REJECTED (and no
 * entries).
 */
int pffile_parse(const struct source *src, const struct pffile_options *opt,
		 struct pffile *out, struct diag *d);
void pffile_fini(struct pffile *pf);

/*
 * Print PF as a .pf file that parses to an equal policy: one entry on a line,
 * addresses in plain form, groups as their members.  Names that no client can
 * have (control bytes) are omitted.  Only for state OK.
 */
void pffile_print(const struct pffile *pf, FILE *out);
/* One of its [SERVICES]; with very many ports, two lines. */
void pffile_print_service(const struct pf_service *s, FILE *out);
