/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iptables (lower_ipt.h).  In VPo- and VPi-<client> the jump counts all packets
 * that go to the policy chain, and the next rule the packets that return from
 * there, which are allowed.
 *
 * A packet between two clients meets the sender's VPx-<client> twice in table
 * mangle, or once if it is denied.  So VPC-<server> counts for the sender what
 * comes to it, VPU-<server> for the receiver, and what VPx drops is taken off.
 * In another table the packet is counted once, in VPx-<client>: by the rule of
 * its peer, or, if there is no such rule, by the peer's rule in VPNPF-OPEN.
 *
 * A listing may have rules of several tables: see ipt_list_old_table.
 */
#include "config.h"

#include "compiler/plan/counters.h"

#include <string.h>

#include "compiler/lower/lower_ipt_name.h"

/* More levels than any tree has: IPv6 with 4 bits a level has 32. */
#define MOST_LEVELS 40

/* A rule of VPS-<server>: an address, its client's name and id. */
struct leaf {
	struct prefix net;
	const char *id;
	struct str name;
};

struct leaves {
	VEC(struct leaf) by_net;
	VEC(struct leaf) by_id;
};

struct trees {
	const struct kernel_ruleset *rules;
	const struct kernel_chain *begin, *end;	/* of one table */
	bool mangle;
	struct leaves leaves;
	struct counters *out;
};

/* Does RULE go to more rules of a client for its peers? */
static bool is_node(const struct kernel_rule *rule)
{
	const char *id;

	return rule->verdict == RULE_GOTO && rule->target &&
	       lower_ipt_chain_of(rule->target, &id) == CHAIN_IPT_CLIENT_NODE;
}

/* Owners are looked for from the roots of the trees. */
bool counters_need_target(const struct kernel_rule *rule)
{
	const char *id;

	return rule->comment || is_node(rule) ||
	       (rule->verdict == RULE_GOTO && rule->target &&
		lower_ipt_chain_of(rule->target, &id) == CHAIN_IPT_FROM);
}

static int cmp_nets(const void *a, const void *b)
{
	return prefix_cmp(&((const struct leaf *)a)->net,
			  &((const struct leaf *)b)->net);
}

static int cmp_ids(const void *a, const void *b)
{
	return strcmp(((const struct leaf *)a)->id,
		      ((const struct leaf *)b)->id);
}

static void add_leaf(struct trees *x, const struct kernel_rule *rule)
{
	struct leaf leaf = { .net = rule->net };

	if (!rule->target || !rule->comment ||
	    lower_ipt_chain_of(rule->target, &leaf.id) != CHAIN_IPT_CLIENT_OUT)
		return;
	leaf.name = str_of(rule->comment);
	vec_push(&x->leaves.by_net, leaf);
	vec_push(&x->leaves.by_id, leaf);
}

static void find_leaves(struct trees *x)
{
	const struct kernel_chain *chain;
	const struct kernel_rule *rule;
	const char *id;

	for (chain = x->begin; chain < x->end; chain++)
		if (lower_ipt_chain_of(chain->name, &id) == CHAIN_IPT_FROM)
			vec_each(rule, &chain->rules)
				add_leaf(x, rule);
	vec_sort(&x->leaves.by_net, cmp_nets);
	vec_sort(&x->leaves.by_id, cmp_ids);
}

/* The leaf of the client with this id; NULL: none. */
static const struct leaf *find_id(const struct trees *x, const char *id)
{
	const struct leaf key = { .id = id };

	return x->leaves.by_id.n ? bsearch(&key, x->leaves.by_id.v,
					   x->leaves.by_id.n, sizeof(key),
					   cmp_ids) : NULL;
}

static const struct leaf *find_net(const struct trees *x,
				   const struct prefix *net)
{
	const struct leaf key = { .net = *net };

	return x->leaves.by_net.n ? bsearch(&key, x->leaves.by_net.v,
					    x->leaves.by_net.n, sizeof(key),
					    cmp_nets) : NULL;
}

static struct count count_of(const struct kernel_rule *rule)
{
	return (struct count){ rule->packets, rule->bytes };
}

static void add_allowed(const struct trees *x, const struct leaf *leaf,
			struct count count)
{
	if (leaf)
		counters_add(x->out, (struct client_count){
			.name = leaf->name, .allowed = count });
}

static void add_denied(const struct trees *x, const struct leaf *leaf,
		       struct count count)
{
	counters_add(x->out, (struct client_count){
		.name = leaf->name, .denied = count });
}

/* RULE is the jump; the rule after it counts the packets that return. */
static void count_judge(const struct trees *x, const struct leaf *leaf,
			const struct kernel_rule *jump)
{
	const struct count back = count_of(jump + 1);

	add_allowed(x, leaf, back);
	add_denied(x, leaf, (struct count){ jump->packets - back.packets,
					    jump->bytes - back.bytes });
}

static int cmp_chains(const void *a, const void *b)
{
	return strcmp(((const struct kernel_chain *)a)->name,
		      ((const struct kernel_chain *)b)->name);
}

static const struct kernel_chain *find_chain(const struct trees *x,
					     const char *name)
{
	const struct kernel_chain key = { .name = name };

	return x->rules->chains.n ? bsearch(&key, x->rules->chains.v,
					    x->rules->chains.n, sizeof(key),
					    cmp_chains) : NULL;
}

/* VPx-<client> of table mangle drops packets that were counted before. */
static void count_refused(const struct trees *x, const struct leaf *leaf,
			  const struct kernel_rule *rule, const
			  struct kernel_rule *back)
{
	struct count n = count_of(rule);

	if (back) {
		n.packets -= back->packets;
		n.bytes -= back->bytes;
	}
	add_denied(x, leaf, n);
	add_allowed(x, leaf, (struct count){ 0 - n.packets, 0 - n.bytes });
}

/* The packets from LEAF's client to other clients. */
static void count_sent(const struct trees *x, const struct leaf *leaf,
		       const struct kernel_chain *chain, unsigned int level)
{
	const struct kernel_rule *rule, *end;

	if (!chain || level > MOST_LEVELS)
		return;
	end = vec_end(&chain->rules);
	for (rule = chain->rules.v; rule < end; rule++) {
		if (is_node(rule)) {
			count_sent(x, leaf, find_chain(x, rule->target),
				   level + 1);
		} else if (rule->verdict == RULE_JUMP && rule + 1 < end) {
			if (x->mangle)
				count_refused(x, leaf, rule, rule + 1);
			else
				count_judge(x, leaf, rule);
			rule++;
		} else if (rule->verdict == RULE_DROP ||
			   rule->verdict == RULE_GOTO) {
			/* goto: to a chain that logs and drops */
			if (x->mangle)
				count_refused(x, leaf, rule, NULL);
			else
				add_denied(x, leaf, count_of(rule));
		} else if (rule->packets && !x->mangle) {
			add_allowed(x, leaf, count_of(rule));
			add_allowed(x, find_net(x, &rule->net),
				    count_of(rule));
		}
	}
}

/* By the rules of addresses: packets to clients that have no rule in the
 * sender's VPx-<client>; in table mangle packets from or to clients. */
static void count_addresses(const struct trees *x,
			   const struct kernel_chain *chain)
{
	const struct kernel_rule *rule;

	vec_each(rule, &chain->rules)
		if (rule->verdict != RULE_DROP && rule->packets)
			add_allowed(x, find_net(x, &rule->net),
				    count_of(rule));
}

static void count_chain(const struct trees *x, const struct kernel_chain *chain)
{
	const struct leaf *leaf;
	const char *id;
	enum lower_ipt_chain kind = lower_ipt_chain_of(chain->name, &id);

	if (x->mangle ? kind == CHAIN_IPT_PAIR_FROM || kind == CHAIN_IPT_PAIR_TO
		      : kind == CHAIN_IPT_OPEN)
		count_addresses(x, chain);
	if (kind != CHAIN_IPT_CLIENT_OUT && kind != CHAIN_IPT_CLIENT_IN &&
	    kind != CHAIN_IPT_CLIENT_PAIR)
		return;
	leaf = find_id(x, id);
	if (leaf && kind == CHAIN_IPT_CLIENT_PAIR)
		count_sent(x, leaf, chain, 0);
	else if (leaf && chain->rules.n == 2)
		count_judge(x, leaf, chain->rules.v);
}

/* The length of the table's name in the name of a chain. */
static size_t table_length(const char *chain)
{
	size_t n = strcspn(chain, ":/");

	return chain[n] == ':' ? n + 1 : 0;
}

static bool is_same_table(const char *a, const char *b)
{
	size_t n = table_length(a);

	return n == table_length(b) && !memcmp(a, b, n);
}

static void count_table(struct trees *x)
{
	const struct kernel_chain *chain;
	const char *id;

	for (chain = x->begin; chain < x->end; chain++)
		x->mangle |= lower_ipt_chain_of(chain->name, &id) ==
			     CHAIN_IPT_PREROUTING;
	find_leaves(x);
	for (chain = x->begin; chain < x->end; chain++)
		count_chain(x, chain);
	vec_fini(&x->leaves.by_net);
	vec_fini(&x->leaves.by_id);
}

/* The chains are sorted, so those of both families in a table are together:
 * "filter:ip/", "filter:ip6/", "ip/", "ip6/", "mangle:ip/". */
void counters_count_ipt(const struct kernel_ruleset *rules,
			struct counters *out)
{
	const struct kernel_chain *begin = rules->chains.v, *end;

	for (; begin < vec_end(&rules->chains); begin = end) {
		struct trees x = { .rules = rules, .begin = begin, .out = out };

		for (end = begin; end < vec_end(&rules->chains) &&
		     is_same_table(begin->name, end->name); end++)
			;
		x.end = end;
		count_table(&x);
	}
}
