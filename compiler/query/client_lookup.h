/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look up a client by name.  A name that is not in the policy is a client too:
 * OpenVPN accepts every valid certificate.
 */
#pragma once

#include "compiler/load/load.h"

struct client_lookup {
	const struct policy *p;
	struct client fallback;	/* no file, or DEFAULT.pf */
};

/* Reports nothing: load_policy has reported errors in DEFAULT.pf. */
void client_lookup_init(struct client_lookup *w, struct load *l,
			const struct policy *p);
void client_lookup_fini(struct client_lookup *w);

/* The client NAME: lent by the policy, or made in SPARE, which borrows NAME and
 * a policy; SPARE needs no fini. */
const struct client *client_lookup_find(const struct client_lookup *w,
					struct str name, struct client *spare);
