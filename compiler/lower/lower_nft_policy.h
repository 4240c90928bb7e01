/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of a client's policy.  Part of lower_nft.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* The chains of C's policy, named after c->policy_chain, and the set of a long
 * list of SUBNETS. */
void lower_nft_policy_chains(const struct policy *p, const struct client *c,
			     struct ruleset *rs);
/* The name of the chain for packets from C (FIELD_SADDR) or to C. */
const char *lower_nft_policy_chain(const struct client *c, enum field field,
				   struct ruleset *rs);
