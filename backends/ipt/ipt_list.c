/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_list.h"

#include <string.h>

#include <linux/netfilter/xt_comment.h>

#include "backends/ipt/ipt_sock.h"
#include "compiler/plan/counters.h"

static const char *own(struct kernel_ruleset *out, char *text)
{
	vec_push(&out->names, text);
	return text;
}

static const char *own_copy(struct kernel_ruleset *out, const char *text)
{
	return text ? own(out, mem_dup(text, strlen(text))) : NULL;
}

static void add_rules(const struct ipt_table *t, struct ipt_parser *p,
		      const char *name, struct kernel_ruleset *out)
{
	struct kernel_chain *chain = &out->chains.v[out->chains.n - 1];
	struct kernel_rule rule;
	struct ipt_view v;
	const void *e;

	p->rules.n = 0;
	for (e = ipt_table_first_rule(t, name); e;
	     e = ipt_table_next_rule(t, e)) {
		ipt_entry_view(t->family, e, &v);
		rule = ipt_parse_rule(p, t->family, e, ipt_table_target(t, e));
		rule.packets = v.counters->pcnt;
		rule.bytes = v.counters->bcnt;
		rule.target = counters_need_target(&rule)
				      ? own_copy(out, rule.target) : NULL;
		rule.comment = own_copy(out, rule.comment);
		vec_push(&p->rules, rule);
	}
	/* there are thousands of chains, most with two rules */
	vec_reserve(&chain->rules, p->rules.n);
	for (; chain->rules.n < p->rules.n; chain->rules.n++)
		chain->rules.v[chain->rules.n] = p->rules.v[chain->rules.n];
}

/* "ip/VPNPF-FROM" */
static char *with_family(unsigned int family, const char *label)
{
	const char *begin = ipt_chain_family(family);
	size_t head = strlen(begin), n = strlen(label);
	char *name = mem_alloc(head + n + 2);

	memcpy(name, begin, head);
	name[head] = '/';
	memcpy(name + head + 1, label, n + 1);
	return name;
}

static struct kernel_chain *add_chain(const struct ipt_table *t,
				      struct ipt_parser *p, const char *name,
				      struct kernel_ruleset *out)
{
	struct kernel_chain *chain = vec_add(&out->chains);

	*chain = (struct kernel_chain){
		.name = own(out, with_family(t->family, name)),
		.hook = ipt_chain_hook_kind(name),
	};
	add_rules(t, p, name, out);
	return chain;
}

static void add_wanted_chain(const struct ipt_table *t, struct ipt_parser *p,
			     const char *name, struct kernel_ruleset *out)
{
	struct kernel_chain *chain = add_chain(t, p, name, out);

	if (!ipt_chain_hook(name))
		return;
	chain->base = ipt_table_has_jump(t, name);
	if (!chain->base)
		vec_push(&chain->rules, (struct kernel_rule){ 0 });
}

size_t ipt_list_rules(const struct kernel_chain *chain)
{
	bool hook = ipt_chain_hook(ipt_chain_label(chain->name));

	return chain->rules.n - (hook && !chain->base);
}

/* Is E the only rule of the state chain, and the rule we make with TEXT? */
static bool is_state(const struct ipt_table *t, struct ipt_parser *p,
		     const void *e, const char *text)
{
	struct ruleset rs = { 0 };
	bool equal;

	ipt_chain_state(&rs, text);
	equal = rule_digest(&rs, rs.rules.v) ==
		ipt_parse_rule(p, t->family, e, ipt_table_target(t, e)).digest;
	ruleset_fini(&rs);
	return equal && !ipt_table_next_rule(t, e);
}

/* A state chain with another rule than ours counts as absent. */
static void add_state(const struct ipt_table *t, struct ipt_parser *p,
		      struct kernel_ruleset *out)
{
	const void *e = ipt_table_first_rule(t, IPT_STATE_CHAIN);
	const struct xt_comment_info *comment;
	struct ipt_view v;
	struct set *set;
	char *text;

	if (!e)
		return;
	ipt_entry_view(t->family, e, &v);
	if (v.size == *v.target_offset ||
	    strcmp(ipt_entry_match(&v, v.size)->u.user.name, "comment") != 0)
		return;
	comment = (void *)ipt_entry_match(&v, v.size)->data;
	text = mem_dup(comment->comment, strnlen(comment->comment,
						 sizeof(comment->comment)));
	own(out, text);
	if (!is_state(t, p, e, text))
		return;
	set = vec_add(&out->sets);
	*set = (struct set){ .name = "state", .key = SET_KEY_STATE };
	set_add_elem(set)->comment = text;
}

void ipt_list_table(const struct ipt_table *t, struct ipt_parser *p,
		    struct kernel_ruleset *out)
{
	const char *name;

	for (name = ipt_table_first(t); name; name = ipt_table_next(t)) {
		if (!ipt_chain_is_ours(name))
			continue;
		if (t->family == FAMILY_IP4 && !strcmp(name, IPT_STATE_CHAIN))
			add_state(t, p, out);
		else
			add_wanted_chain(t, p, name, out);
	}
}

static const char *in_table(const struct ipt_table *t, const char *name,
			    struct kernel_ruleset *out)
{
	return name ? own(out, mem_printf("%s:%s", t->name, name)) : NULL;
}

void ipt_list_old_table(const struct ipt_table *t, struct ipt_parser *p,
			struct kernel_ruleset *out)
{
	struct kernel_chain *chain;
	struct kernel_rule *rule;
	const char *name;

	for (name = ipt_table_first(t); name; name = ipt_table_next(t)) {
		if (!ipt_chain_is_ours(name))
			continue;
		chain = add_chain(t, p, name, out);
		chain->name = in_table(t, chain->name, out);
		chain->hook = HOOK_NONE;
		vec_each(rule, &chain->rules)
			rule->target = in_table(t, rule->target, out);
	}
}

static int cmp_chains(const void *a, const void *b)
{
	return strcmp(((const struct kernel_chain *)a)->name,
		      ((const struct kernel_chain *)b)->name);
}

void ipt_list_finish(struct kernel_ruleset *out)
{
	const struct kernel_chain *chain;

	vec_sort(&out->chains, cmp_chains);
	vec_each(chain, &out->chains)
		if (chain->hook != HOOK_NONE)
			out->table = true;
}
