/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses each client owns, when prefixes lie inside each other: the
 * longest wins, so a network has holes where others own a part of it.
 */
#pragma once

#include "compiler/model/policy.h"

struct owned {
	unsigned int client;
	uint8_t family;
	bool net;			/* from a network; else a host */
	uint32_t reqid;			/* see struct binding */
	struct addr first, last;	/* inclusive */
};

struct owned_list {
	VEC(struct owned) list;		/* by client; disjoint */
	unsigned int *start;		/* of each client, and one more */
};

/* From the bindings of P, resolved.  End with owned_fini. */
void owned_make(const struct policy *p, struct owned_list *out);
void owned_fini(struct owned_list *list);

/* All of one client: from owned_begin to before owned_end. */
static inline const struct owned *owned_begin(const struct owned_list *l,
					      unsigned int client)
{
	return l->list.v + l->start[client];
}

static inline const struct owned *owned_end(const struct owned_list *l,
					    unsigned int client)
{
	return l->list.v + l->start[client + 1];
}
