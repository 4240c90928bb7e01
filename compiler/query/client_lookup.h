/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client of a name, also of one that no list of clients has: OpenVPN lets
 * in whom the certificates say.
 */
#pragma once

#include "compiler/load/load.h"

struct client_lookup {
	const struct policy *p;
	struct client fallback;	/* no file, or DEFAULT.pf */
};

/* Nothing is said: what is wrong with DEFAULT.pf was said by load_policy. */
void client_lookup_init(struct client_lookup *w, struct load *l,
			const struct policy *p);
void client_lookup_fini(struct client_lookup *w);

/* NAME's client: lent by the policy, or put together in SPARE, where NAME and
 * what belongs to others is borrowed. */
const struct client *client_lookup_find(const struct client_lookup *w,
					struct str name, struct client *spare);
