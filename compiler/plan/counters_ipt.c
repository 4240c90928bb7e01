/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iptables (lower_ipt.h).  In VPo- and VPi-<client> the jump counts all packets
 * that go to the policy chain, and the next rule the packets that return from
 * there, which are allowed.  A packet between two clients is counted once, in
 * the sender's VPx-<client>: by the rule of its peer, or, if there is no such
 * rule, by the peer's rule in VPNPF-OPEN.
 */
#include "config.h"

#include "compiler/plan/counters.h"

#include <string.h>

#include "compiler/lower/lower_ipt_name.h"

/* More levels than any tree has: IPv6 with 4 bits a level has 32. */
#define MOST_LEVELS 40

/* A rule of VPNPF-FROM: an address, its client's name and id. */
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

bool counters_need_target(const struct kernel_rule *rule)
{
	return rule->comment || is_node(rule);
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

	vec_each(chain, &x->rules->chains)
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
			count_judge(x, leaf, rule++);
		} else if (rule->verdict == RULE_DROP ||
			   rule->verdict == RULE_GOTO) {
			/* goto: to a chain that logs and drops */
			add_denied(x, leaf, count_of(rule));
		} else if (rule->packets) {
			add_allowed(x, leaf, count_of(rule));
			add_allowed(x, find_net(x, &rule->net),
				    count_of(rule));
		}
	}
}

/* The packets to clients that have no rule in the sender's VPx-<client>. */
static void count_received(const struct trees *x,
			   const struct kernel_chain *chain)
{
	const struct kernel_rule *rule;

	vec_each(rule, &chain->rules)
		if (rule->verdict == RULE_RETURN && rule->packets)
			add_allowed(x, find_net(x, &rule->net),
				    count_of(rule));
}

static void count_chain(const struct trees *x, const struct kernel_chain *chain)
{
	const struct leaf *leaf;
	const char *id;
	enum lower_ipt_chain kind = lower_ipt_chain_of(chain->name, &id);

	if (kind == CHAIN_IPT_OPEN)
		count_received(x, chain);
	if (kind != CHAIN_IPT_CLIENT_OUT && kind != CHAIN_IPT_CLIENT_IN &&
	    kind != CHAIN_IPT_CLIENT_PAIR)
		return;
	leaf = find_id(x, id);
	if (leaf && kind == CHAIN_IPT_CLIENT_PAIR)
		count_sent(x, leaf, chain, 0);
	else if (leaf && chain->rules.n == 2)
		count_judge(x, leaf, chain->rules.v);
}

void counters_count_ipt(const struct kernel_ruleset *rules,
			const struct policy *p, struct counters *out)
{
	struct trees x = { .rules = rules, .out = out };
	const struct kernel_chain *chain;

	(void)p;
	find_leaves(&x);
	vec_each(chain, &rules->chains)
		count_chain(&x, chain);
	vec_fini(&x.leaves.by_net);
	vec_fini(&x.leaves.by_id);
}
