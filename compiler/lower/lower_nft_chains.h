/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of the frame, which every packet meets, and the policy chains,
 * which clients with equal policies share.  Part of lower_nft.c.
 */
#pragma once

#include "compiler/lower/lower_nft_name.h"

/* Base chains, the chains of each server, and those of all servers.  SERVERS:
 * by vpn. */
void lower_nft_frame(const struct policy *p, const struct lower_server *servers,
		     struct ruleset *rs);

/* The chains of C's policy, named after c->policy_chain, and the set of a long
 * list of SUBNETS. */
void lower_nft_policy_chains(const struct policy *p, const struct client *c,
			     struct ruleset *rs);
/* The name of the chain for packets from C (FIELD_SADDR) or to C. */
const char *lower_nft_policy_chain(const struct client *c, enum field field,
				   struct ruleset *rs);
