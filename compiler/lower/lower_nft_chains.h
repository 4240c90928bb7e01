/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of the ruleset: the frame that every packet meets, and the chains
 * that clients with equal policies share.  Part of lower.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* Base chains, from_client and to_client. */
void lower_nft_frame(const struct policy *p, struct ruleset *rs);

/*
 * "p/" and a hash of all that the chains of this policy depend on: CLIENTS
 * default, SERVICES, SUBNETS, layout and interfaces.  Malloced.
 */
char *lower_policy_name(const struct policy *p, const struct pffile *pf);

/* The chains (and the set of a long list) of C's policy, named by
 * c->policy_chain. */
void lower_nft_policy_chains(const struct policy *p, const struct client *c,
			     struct ruleset *rs);

struct policy_order {
	VEC(struct client *) list;
};

/*
 * The open clients (ALL, or those in focus), by policy_chain, then name.  Also
 * sets each one's policy_chain, lent from RS.  End with vec_fini(&out->list).
 */
void lower_policy_order(struct policy *p, bool all, struct ruleset *rs,
			struct policy_order *out);
