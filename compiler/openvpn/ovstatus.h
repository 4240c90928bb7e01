/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVPN's status file, versions 1, 2 and 3 (of 2.4 to 2.6), and what its
 * management interface says to "status" -> the CLIENT LIST, who is connected,
 * and the ROUTING TABLE, who owns which address now.  Entries cached under an
 * iroute ("C") are left out: their network is listed.
 *
 * A name may hold commas.  Of versions 1 and 2 lines are then split as if the
 * name alone had them, which a user name with commas makes wrong; version 3
 * has tabs, which no name can have.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/endpoint.h"

struct ovstatus_route {
	struct str name;
	struct endpoint addr;	/* a prefix is masked */
	struct loc at;
};

/* A connection.  One that is still in its handshake is called "UNDEF", or has
 * no line in the routing table. */
struct ovstatus_client {
	struct str name;
	struct str real;	/* the outside address, as written */
	long long since;	/* seconds since 1970; -1: not said */
	uint64_t received, sent;	/* bytes, by the server */
	bool has_id;
	uint32_t id;		/* OpenVPN's client id: version 2 and 3 */
};

struct ovstatus {
	unsigned int version;
	bool complete;		/* its END was seen: not a torn read */
	long long updated;	/* seconds since 1970; -1: not said */
	VEC(struct ovstatus_client) clients;
	VEC(struct ovstatus_route) routes;
};

/*
 * 0, or -EINVAL when it is no status file (said).  An empty file is one that
 * the server has not written yet: version 0.  End with ovstatus_fini.
 */
int ovstatus_parse(const struct source *src, struct ovstatus *out,
		   struct diag *d);
void ovstatus_fini(struct ovstatus *st);
