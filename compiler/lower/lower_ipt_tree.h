/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of prefixes as a tree of chains: a packet meets a few rules instead of
 * the whole list.  A chain branches by the next 4 bits of the address.  Bits
 * that all its prefixes have in common are skipped; a short list of prefixes
 * stays a list.
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
	bool denies;		/* the rule lets no packet pass */
	/* further matches: none, if 0 or NULL */
	uint32_t reqid;		/* of the IPsec policy on the address' side */
	const uint8_t *mac;	/* source hardware address */
	const char *comment;
};

struct lower_ipt_leaves {
	VEC(struct lower_ipt_leaf) list;
};

struct owned_range;

/* Add LEAF for each prefix of the range. */
void lower_ipt_leaves_add(const struct owned_range *range,
			  struct lower_ipt_leaf leaf,
			  struct lower_ipt_leaves *out);

/* The rules at each chain's end, for packets that match no leaf; "net" is
 * unused. */
struct lower_ipt_tail {
	struct lower_ipt_leaf rule[2];
	unsigned int n;
};

struct lower_ipt_tree {
	const char *root;	/* the first chain's name */
	const char *stem;	/* of the lower chains: lower_ipt_name_node */
	const char *comment;	/* of all chains of the tree, or NULL */
	enum field field;
	const struct lower_ipt_tail *tail;
	/* The leaves are equal but for their prefixes, which are disjoint: the
	 * first chain has only what neighbours have in common, so that a packet
	 * of nobody meets few rules, and a list begins with the largest. */
	bool same;
};

/*
 * LEAVES are of one family, and their prefixes are equal or disjoint.  The
 * function sorts them.  Leaves of an equal prefix are in one chain, in the
 * order of "mac".
 */
void lower_ipt_tree_make(const struct lower_ipt_tree *tree,
			 struct lower_ipt_leaves *leaves, struct ruleset *rs);

/* Add a match of NET to the rule begun last; none if NET has length 0. */
void lower_ipt_match_net(struct ruleset *rs, const struct prefix *net,
			 enum field field);
