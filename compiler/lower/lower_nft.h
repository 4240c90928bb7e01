/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy -> ruleset for nftables.
 *
 *	pre (prerouting)	iifname "tun0" goto from/office
 *	from/office		ip saddr @from4/office
 *				ip saddr . ip daddr @allowed4 accept
 *				ip saddr vmap @policy_from4/office, else drop
 *	p/<hash>/from		accept, or goto no/from; all clients with equal
 *				policies share it
 *	no/from			ip saddr @dropped4 drop
 *	post (postrouting)	oifname "tun0" goto to/office
 *	to/office		if in by a VPN: jump pair/office
 *				ip daddr @to4/office
 *				ip daddr vmap @policy_to4/office, else drop
 *	pair/office		ip saddr . ip daddr @allowed4
 *				ip daddr @to4/office accept
 *	p/<hash>/to		ip saddr @client_addr4 jump client/drop (or
 *				client/open); accept, or goto no/to
 *	pattern/from		of tun*: iifname "tun0" goto from/office;
 *				return for those of other programs; iifname
 *				"tun0*" drop ...: no server has it
 *	vrf (forward)		iifname VRF jump vrf/in, where an interface is
 *				in a VRF: what has a client's address and came
 *				in by another interface of it is forged
 *	IPsec: see lower_nft_ipsec.h
 *
 * Packets are judged as they are in the tunnel: pre stands before the host's
 * DNAT, post behind its SNAT.  An address counts on the interface of its
 * server only, so each server has its chains, maps and sets of addresses.  from
 * and to count the packets of an address, dropped those of them that were
 * denied; each element names its client.
 *
 * A packet between two clients gets its verdict by the pair, at each end.
 * allowed4 holds the allowed pairs of which one client drops by default.  deny4
 * holds the denied pairs of which both clients accept by default.  Each pair is
 * there in both orders.  On the way to a client, only what came in by a VPN, or
 * was made here, may have a client's address; what is forged is dropped.
 *
 * Where the host translates (policy.nat), what is to be dropped asks for its
 * flow: see lower_nft_chains.c.  A rule that names "ct" makes the kernel track
 * all flows, so other hosts have none.
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
 * Lower only the part of the affected clients: their policies' chains, their
 * elements and their pairs; not the table's frame.  The policy must hold every
 * client that an affected client lists, and every client that lists an affected
 * client; all clients, if one of them owns a network.  IS_USED tells whether a client that
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
