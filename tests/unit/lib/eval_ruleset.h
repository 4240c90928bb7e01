/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tiny kernel: what becomes of a packet in a ruleset, with the semantics of
 * nf_tables (goto, return, verdict maps, policies of base chains).
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* The IPsec policy (tunnel mode) that a packet came through, or goes to. */
struct eval_ipsec {
	bool there;
	struct addr end;	/* the tunnel's, on our side */
	uint8_t end_family;
	uint32_t reqid;
};

/*
 * A commit while the packet is on its way: each hook takes the rules that hold
 * when the packet comes to it, and keeps them, but its lookups find what the sets
 * hold at that moment.  By moment: before, after.
 */
struct eval_commit {
	const struct ruleset *rules[2];
	const struct ruleset *more[2];	/* NULL, or its chains are there, too:
					 * new ones already, old ones still */
	const struct ruleset *sets[2];
	unsigned int left;		/* lookups until after */
};

struct eval_packet {
	const char *iif, *oif;	/* "": none, as in prerouting */
	uint8_t family;
	uint8_t proto;		/* IPPROTO_* */
	bool has_ether;		/* came over a link with hardware addresses */
	bool has_ports;
	uint8_t ether[6];	/* source */
	struct addr saddr, daddr;
	uint16_t sport, dport;	/* host order */
	struct eval_ipsec in, out;
	enum translation translation;	/* by the host, of the flow */
	bool answer;			/* against the flow's first packet */
	struct addr original[2];	/* by field: of that packet, if there is
					 * a translation */
	struct eval_commit *commit;	/* instead of a hook's ruleset; NULL */
};

/* Do the hook's base chains, in the order of their priorities, accept? */
bool eval_hook(const struct ruleset *rs, enum hook hook,
	       const struct eval_packet *p);

/* Its way through the machine: prerouting without an outgoing interface, then
 * postrouting.  IIF "": sent by ourselves; OIF "": for ourselves. */
bool eval_route(const struct ruleset *rs, const struct eval_packet *p);

/* The same in iptables, in the table of the packet's family: in table mangle
 * as above, in another one of input, forward and output. */
bool eval_route_ipt(const struct ruleset *rs, const struct eval_packet *p);

/*
 * What the kernel would refuse: a target, a set or a map that is not there, of
 * another type than the rule asks; two elements with a key in common; jumps in
 * a circle or deeper than 16.  NULL, or a text (malloced) that says it.
 */
char *eval_refusal(const struct ruleset *rs);

/*
 * What iptables or its kernel would refuse, and what would let packets by: names
 * they do not take; targets that are not there or in the other family; matches
 * out of order, or where the hook does not have what they ask; circles; chains
 * that come to their end; chains that nobody needs.  NULL, or a text (malloced)
 * that says it.
 */
char *eval_refusal_ipt(const struct ruleset *rs);
