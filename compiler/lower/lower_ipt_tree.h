/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of prefixes that is asked chain by chain instead of rule by rule.  A
 * chain divides what comes to it by the next 4 bits of the address; bits that
 * all prefixes have in common are skipped, and a few prefixes stay a list.
 *
 *	VPNPF-FROM	-s 10.8.0.0/24 -g VPf-0a0800
 *			-s 10.8.1.7/32 -g VPo-john.abcdefghij
 *			-j DROP
 *	VPf-0a0800	-s 10.8.0.2/32 -g ...
 *
 * Chains are joined by goto, and each ends with the tree's tail.  Part of
 * lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* A rule for packets with an address inside a prefix. */
struct lower_ipt_leaf {
	struct prefix net;
	enum verdict_kind verdict;
	const char *target;
	struct loc at;
	bool denies;		/* it lets nothing pass */
	/* what it asks besides: none, if 0 or NULL */
	uint32_t reqid;		/* IPsec policy, of the address' side */
	const uint8_t *mac;	/* source hardware address */
	const char *comment;
};

struct lower_ipt_leaves {
	VEC(struct lower_ipt_leaf) list;
};

/* The rules at each chain's end, "net" unused: what a miss means. */
struct lower_ipt_tail {
	struct lower_ipt_leaf rule[2];
	unsigned int n;
};

struct lower_ipt_tree {
	const char *root;	/* the first chain's name */
	const char *stem;	/* of the others' names: see lower_ipt_name_node */
	const char *comment;	/* of all its chains, or NULL */
	enum field field;
	const struct lower_ipt_tail *tail;
};

/*
 * LEAVES, all of one family, are equal or disjoint prefixes; they are sorted
 * here.  Those of an equal prefix are in one chain, in the order of "mac".
 */
void lower_ipt_tree_make(const struct lower_ipt_tree *tree,
			 struct lower_ipt_leaves *leaves, struct ruleset *rs);

/* Match an address (of the rule begun last); all of them need no match. */
void lower_ipt_match_net(struct ruleset *rs, const struct prefix *net,
			 enum field field);
