/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses each client owns, when prefixes lie inside each other: the
 * longest wins, so a network has holes where others own a part of it.
 */
#pragma once

#include "compiler/model/policy.h"

struct owned_range {
	unsigned int client;
	uint8_t family;
	bool net;			/* from a network; else a host */
	uint32_t reqid;			/* see struct binding */
	struct addr first, last;	/* inclusive */
};

struct ownership {
	VEC(struct owned_range) list;		/* by client; disjoint */
	unsigned int *start;		/* of each client, and one more */
};

/* From the bindings of P, resolved.  End with ownership_fini. */
void ownership_make(const struct policy *p, struct ownership *out);
void ownership_fini(struct ownership *list);

/* All of one client: from ownership_begin to before ownership_end. */
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
