/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy -> ruleset for nftables.
 *
 *	from_vpn (prerouting)	iifname "tun0" goto from_client
 *	from_client		ip saddr . ip daddr @allow4 accept
 *				ip saddr vmap @client_chain4, a miss is a drop
 *	c/john			counter jump p/<hash>
 *	p/<hash>		shared by all clients with equal policies:
 *				accept, or return = denied
 *	to_vpn (postrouting), to_client: the same with daddr
 *	from_ipsec, to_ipsec: see lower_nft_ipsec.h
 *
 * A packet between two clients is judged by the pair: allow4 holds the pairs
 * that may talk although one of them drops by default, deny4 those that may
 * not although both accept by default, each pair in both orders.
 *
 * What the layout rests on: each commit that adds a rule or a jump makes the
 * kernel validate the whole table, touching every chain and rule that a packet
 * can reach; so a client is one chain with one rule for both directions, and
 * the two stages are prerouting and postrouting (two walks) rather than input,
 * forward and output (four).
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* Lists of SUBNETS longer than this become an interval set. */
#define LOWER_LONG_LIST 44

/*
 * Lower the whole policy (resolved) into *out, sorted.  Also sets each open
 * client's policy_chain.
 */
void lower_nft(struct policy *p, struct ruleset *out);

/*
 * Lower only what belongs to clients with "focus" set: their chains, their
 * elements, the pairs they are part of; not the table's frame.  The policy
 * must hold every client that a focus client lists or is listed by, and, where
 * networks behind clients are concerned, all.  IS_USED tells whether a client
 * out of focus has a policy chain, which then is left out.
 */
void lower_nft_affected(struct policy *p,
			bool (*is_used)(void *arg, const char *policy_chain),
			void *arg, struct ruleset *out);

/*
 * For plan_defer_deletes, with the policy as it is now as ARG: does an element
 * of allow4, deny4 and their like say what the pair's verdict is?
 */
bool lower_pair_holds(void *policy, const struct set *set,
		      const struct elem *elem);
