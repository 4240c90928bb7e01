/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client of a name, also of one that no list of clients has: OpenVPN lets
 * in whom the certificates say.
 */
#pragma once

#include "compiler/load/load.h"

struct who {
	const struct policy *p;
	struct client fallback;	/* no file, or DEFAULT.pf */
};

/* Nothing is said: what is wrong with DEFAULT.pf was said by load_policy. */
void who_init(struct who *w, struct load *l, const struct policy *p);
void who_fini(struct who *w);

/* NAME's client: lent by the policy, or put together in SPARE, where NAME and
 * what belongs to others is borrowed. */
const struct client *who_find(const struct who *w, struct str name,
			      struct client *spare);
