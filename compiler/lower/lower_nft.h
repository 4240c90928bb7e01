/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy -> ruleset for nftables.
 *
 *	from_vpn (prerouting)	iifname "tun0" goto from_client
 *	from_client		ip saddr . ip daddr @allow4 accept
 *				ip saddr vmap @client_chain4, or else drop
 *	c/john			counter jump p/<hash>
 *	p/<hash>		accept, or return = denied; all clients with
 *				equal policies share it
 *	to_vpn (postrouting), to_client: the same with daddr
 *	from_ipsec, to_ipsec: see lower_nft_ipsec.h
 *
 * A packet between two clients gets its verdict by the pair.  allow4 holds the
 * allowed pairs of which one client drops by default.  deny4 holds the denied
 * pairs of which both clients accept by default.  Each pair is there in both
 * orders.
 *
 * The reason for this layout: at each commit that adds a rule or a jump, the
 * kernel validates the whole table, and visits every chain and rule that a
 * packet can reach.  So a client is one chain with one rule for both
 * directions, and the two stages are prerouting and postrouting (two walks)
 * rather than input, forward and output (four).
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* A list of SUBNETS with more entries becomes an interval set. */
#define LOWER_LONG_LIST 44

/*
 * Lower the whole policy (resolved) into *out, sorted.  Also sets each open
 * client's policy_chain.
 */
void lower_nft(struct policy *p, struct ruleset *out);

/*
 * Lower only the part of the affected clients: their chains, their elements and
 * their pairs; not the table's frame.  The policy must hold every client that
 * an affected client lists, and every client that lists an affected client; all
 * clients, if one of them owns a network.  IS_USED tells whether a client that
 * is not affected uses a policy chain; such a chain is left out.
 */
void lower_nft_affected(struct policy *p,
			bool (*is_used)(void *arg, const char *policy_chain),
			void *arg, struct ruleset *out);

/*
 * For plan_defer_deletes; its ARG is the new policy.  Does an element of the
 * SET_ALLOW and SET_DENY sets agree with the pair's verdict in this policy?
 */
bool lower_pair_holds(void *policy, const struct set *set,
		      const struct elem *elem);
