/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A .pf file -> what it says.  Exactly the reading of OpenVPN 2.5.11 (pf.c),
 * byte for byte, oddities included, plus three extensions that 2.5.11 would
 * have refused: [SERVICES], below it IPv6 prefixes in [SUBNETS ...], groups.
 * An old file that was refused for an IPv6 prefix stays refused: only the
 * [SERVICES] line, which no old file has, makes it a new one.
 * Takes bytes, opens nothing.  vpnpf.pf(5) is the grammar for people.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"
#include "compiler/pf/groups.h"

enum pffile_state {
	PFFILE_OK,
	PFFILE_REJECTED,	/* any one error rejects the whole file */
	PFFILE_KILL,		/* [KILL], whatever came before it */
};

/* "+nick" in [CLIENTS ...].  A group's members are entries of their own, with
 * the place of the "+@group" line. */
struct pf_peer {
	struct str name;
	bool accept;
	struct loc at;
};

/* "-10.0.4.0/24" in [SUBNETS ...]; "unknown" is 0.0.0.0/32.  Masked. */
struct pf_subnet {
	struct prefix net;
	bool accept;
	bool shadowed;		/* an earlier line matches all that it would */
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

/* "+10.0.0.0/8 tcp 22,80-90 from 1024-65535": ports are the remote end's, after
 * "from" the client's.  No ports: all. */
struct pf_service {
	struct prefix net;
	enum pf_proto proto;
	VEC(struct pf_ports) ports;	/* sorted, disjoint, not adjacent */
	struct pf_ports client_ports;		/* the client's; to 0: all */
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
	bool openvpn_25;		/* refuse every extension */
	const struct groups *groups;	/* NULL: "@" is an ordinary character */
};

/*
 * Parse SRC into *out, which the caller ends with pffile_fini whatever is
 * returned.  Errors and warnings go to D; a warning names what the old parser
 * makes of a line that its author surely meant otherwise.  Returns 0 with
 * state OK or KILL, -EINVAL with state REJECTED (and no entries).
 */
int pffile_parse(const struct source *src, const struct pffile_options *opt,
		 struct pffile *out, struct diag *d);
void pffile_fini(struct pffile *pf);

/*
 * The same policy as a .pf file that reads back to an equal one, a line each
 * entry, every address in its plain form, groups as their members.  Names that
 * no client can have (control bytes) are left out.  Only for state OK.
 */
void pffile_print(const struct pffile *pf, FILE *out);
