/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_tree.h"

#include <string.h>

#include "compiler/lower/lower_ipt_name.h"
#include "compiler/model/ownership.h"

#define LEVEL_BITS 4
#define FAN_OUT (1u << LEVEL_BITS)

/* Of a tree of equal leaves: neighbours have as many bits in common, and more
 * of them are in a chain of their own. */
#define NEIGHBOUR_BITS4 16
#define NEIGHBOUR_BITS6 32
#define FEW_NEIGHBOURS 4

/* Consecutive leaves of the sorted list, all inside one prefix. */
struct branch {
	const struct lower_ipt_leaf *first, *last;	/* inclusive */
	const char *chain;	/* with these leaves; NULL: a single leaf */
	struct prefix net;
};

void lower_ipt_match_net(struct ruleset *rs, const struct prefix *net,
			 enum field field)
{
	struct match *match;

	if (!net->len)
		return;
	match = ruleset_add_match(rs, MATCH_ADDR);
	match->family = net->family;
	match->field = (uint8_t)field;
	match->net = *net;
}

void lower_ipt_leaves_add(const struct owned_range *range,
			  struct lower_ipt_leaf leaf,
			  struct lower_ipt_leaves *out)
{
	struct addr first = range->first;

	do {
		leaf.net = prefix_within(range->family, &first, &range->last);
		vec_push(&out->list, leaf);
		first = prefix_last(&leaf.net);
	} while (memcmp(first.b, range->last.b, sizeof(first.b)) != 0 &&
		 addr_next(range->family, &first));
}

static void add_rule(const struct lower_ipt_leaf *leaf, enum field field,
		     struct ruleset *rs)
{
	struct match *match;

	ruleset_add_rule(rs, leaf->verdict, leaf->target, leaf->at);
	lower_ipt_match_net(rs, &leaf->net, field);
	if (leaf->reqid) {
		match = ruleset_add_match(rs, MATCH_IPSEC);
		match->field = (uint8_t)field;
		match->reqid = leaf->reqid;
	}
	if (leaf->mac)
		memcpy(ruleset_add_match(rs, MATCH_ETHER)->mac, leaf->mac, 6);
	if (leaf->comment)
		ruleset_add_match(rs, MATCH_COMMENT)->name = leaf->comment;
}

static void add_tail(const struct lower_ipt_tree *tree, struct ruleset *rs)
{
	unsigned int i;

	for (i = 0; i < tree->tail->n; i++)
		add_rule(&tree->tail->rule[i], tree->field, rs);
}

/* The number of leading bits that A and B have in common. */
static unsigned int common_bits(const struct prefix *a, const struct prefix *b)
{
	unsigned int max = a->len < b->len ? a->len : b->len, n = 0;

	while (n + 8 <= max && a->addr.b[n / 8] == b->addr.b[n / 8])
		n += 8;
	while (n < max && !((a->addr.b[n / 8] ^ b->addr.b[n / 8]) &
			    0x80 >> n % 8))
		n++;
	return n;
}

/* The whole levels that two leaves, and so all leaves between them, have in
 * common. */
static uint8_t common_level(const struct lower_ipt_leaf *a,
			    const struct lower_ipt_leaf *b)
{
	return (uint8_t)(common_bits(&a->net, &b->net) & ~(LEVEL_BITS - 1));
}

/* The leaves from FIRST on in the same branch of a chain at LEVEL. */
static struct branch next_branch(const struct lower_ipt_tree *tree,
				 const struct lower_ipt_leaf *first,
				 const struct lower_ipt_leaf *last,
				 unsigned int level, struct ruleset *rs)
{
	struct branch b = { .first = first, .last = first, .net = first->net };
	const struct lower_ipt_leaf *end;

	while (b.last < last && !prefix_cmp(&b.last[1].net, &first->net))
		b.last++;
	end = b.last;
	while (end < last && common_bits(&first->net, &end[1].net) >=
			     level + LEVEL_BITS)
		end++;
	if (b.last == end)
		return b;
	b.last = end;
	b.net.len = common_level(first, end);
	prefix_mask(&b.net);
	b.chain = lower_ipt_name_node(rs, tree->root, tree->stem, &b.net);
	return b;
}

/* Is the list short enough to stay a list? */
static bool is_short(const struct lower_ipt_leaf *first,
		     const struct lower_ipt_leaf *last)
{
	unsigned int n = 1;

	for (; first < last && n <= FAN_OUT; first++)
		n += prefix_cmp(&first->net, &first[1].net) != 0;
	return n <= FAN_OUT;
}

static void add_branch(const struct lower_ipt_tree *tree,
		       const struct branch *b, struct ruleset *rs)
{
	const struct lower_ipt_leaf *leaf;

	if (b->chain) {
		ruleset_add_rule(rs, RULE_GOTO, b->chain, LOC_NONE);
		lower_ipt_match_net(rs, &b->net, tree->field);
		return;
	}
	for (leaf = b->first; leaf <= b->last; leaf++)
		add_rule(leaf, tree->field, rs);
}

static int cmp_sizes(const void *pa, const void *pb)
{
	const struct lower_ipt_leaf *a = pa, *b = pb;

	return a->net.len != b->net.len ? a->net.len - b->net.len
					: prefix_cmp(&a->net, &b->net);
}

/* The rules of a chain are consecutive, so the chains of its branches are added
 * after it. */
static void add_chain(const struct lower_ipt_tree *tree,
		      const struct branch *all, struct ruleset *rs)
{
	unsigned int level = common_level(all->first, all->last), n = 0, i;
	const struct lower_ipt_leaf *at = all->first;
	struct branch branch[FAN_OUT];

	ruleset_add_chain(rs, all->chain)->comment = tree->comment;
	if (is_short(all->first, all->last)) {
		for (; at <= all->last; at++)
			add_rule(at, tree->field, rs);
		add_tail(tree, rs);
		return;
	}
	for (; at <= all->last; at = branch[n++].last + 1)
		branch[n] = next_branch(tree, at, all->last, level, rs);
	for (i = 0; i < n; i++)
		add_branch(tree, &branch[i], rs);
	add_tail(tree, rs);
	for (i = 0; i < n; i++)
		if (branch[i].chain)
			add_chain(tree, &branch[i], rs);
}

/* Neighbours from FIRST on: a branch, or one leaf. */
static struct branch next_neighbours(const struct lower_ipt_tree *tree,
				     const struct lower_ipt_leaf *first,
				     const struct lower_ipt_leaf *last,
				     struct ruleset *rs)
{
	unsigned int bits = first->net.family == FAMILY_IP4 ? NEIGHBOUR_BITS4
							    : NEIGHBOUR_BITS6;
	struct branch b = { .first = first, .last = first, .net = first->net };

	while (b.last < last &&
	       common_bits(&first->net, &b.last[1].net) >= bits)
		b.last++;
	if (b.last - first < FEW_NEIGHBOURS) {
		b.last = first;
		return b;
	}
	b.net.len = common_level(first, b.last);
	prefix_mask(&b.net);
	b.chain = lower_ipt_name_node(rs, tree->root, tree->stem, &b.net);
	return b;
}

static void add_neighbours(const struct lower_ipt_tree *tree,
			   struct lower_ipt_leaves *leaves, struct ruleset *rs)
{
	struct lower_ipt_leaf *v = leaves->list.v;
	const struct lower_ipt_leaf *at = v, *last = v + leaves->list.n - 1;
	VEC(struct branch) branches = { 0 };
	const struct branch *b;

	for (; at <= last; at = vec_end(&branches)[-1].last + 1)
		vec_push(&branches, next_neighbours(tree, at, last, rs));
	ruleset_add_chain(rs, tree->root)->comment = tree->comment;
	vec_each(b, &branches)
		add_branch(tree, b, rs);
	add_tail(tree, rs);
	vec_each(b, &branches) {
		if (!b->chain)
			continue;
		if (is_short(b->first, b->last))
			qsort(v + (b->first - v),
			      (size_t)(b->last - b->first) + 1, sizeof(*v),
			      cmp_sizes);
		add_chain(tree, b, rs);
	}
	vec_fini(&branches);
}

static int cmp_leaves(const void *pa, const void *pb)
{
	const struct lower_ipt_leaf *a = pa, *b = pb;
	int r = prefix_cmp(&a->net, &b->net);

	if (!r && a->mac && b->mac)
		r = memcmp(a->mac, b->mac, 6);
	return r;
}

void lower_ipt_tree_make(const struct lower_ipt_tree *tree,
			 struct lower_ipt_leaves *leaves, struct ruleset *rs)
{
	struct branch all = { .chain = tree->root };

	vec_sort(&leaves->list, cmp_leaves);
	if (!leaves->list.n) {
		ruleset_add_chain(rs, tree->root)->comment = tree->comment;
		add_tail(tree, rs);
		return;
	}
	if (tree->same) {
		add_neighbours(tree, leaves, rs);
		return;
	}
	all.first = leaves->list.v;
	all.last = vec_end(&leaves->list) - 1;
	add_chain(tree, &all, rs);
}
