/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses of each client as disjoint ranges.  The longest prefix wins: a
 * network has holes where other clients own smaller prefixes inside it, and
 * where smaller prefixes are doubtful.
 */
#pragma once

#include "compiler/model/policy.h"

struct owned_range {
	unsigned int client;
	int vpn;			/* policy_vpn_of its server; -1: there
					 * is no server at all */
	uint8_t family;
	bool net;			/* of a network; else of a host */
	uint32_t reqid;			/* see struct binding */
	struct addr first, last;	/* inclusive */
};

struct ownership {
	VEC(struct owned_range) list;		/* by client; disjoint */
	unsigned int *start;		/* index by client, and the end */
};

/* From the bindings of P (resolved).  End with ownership_fini. */
void ownership_make(const struct policy *p, struct ownership *out);
void ownership_fini(struct ownership *list);

/* The ranges of one client: from ownership_begin up to ownership_end. */
static inline const struct owned_range *
ownership_begin(const struct ownership *l, unsigned int client)
{
	return vec_at(&l->list, l->start[client]);
}

static inline const struct owned_range *ownership_end(const struct ownership *l,
						      unsigned int client)
{
	return vec_at(&l->list, l->start[client + 1]);
}
