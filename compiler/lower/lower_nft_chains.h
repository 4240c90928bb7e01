/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of the frame, which every packet meets, and the policy chains,
 * which clients with equal policies share.  Part of lower_nft.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* Base chains, from_client and to_client. */
void lower_nft_frame(const struct policy *p, struct ruleset *rs);

/* The chains of C's policy, named by c->policy_chain, and the set of a long
 * list of SUBNETS. */
void lower_nft_policy_chains(const struct policy *p, const struct client *c,
			     struct ruleset *rs);
