/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/plan.h"

#include <string.h>

static void add_wanted(const struct plan *plan, const struct plan_chain *pc,
		       struct kernel_ruleset *out)
{
	struct kernel_chain *chain = vec_add(&out->chains);
	const struct kernel_rule *heir;
	struct kernel_rule rule;
	size_t i;

	*chain = (struct kernel_chain){ .name = pc->chain->name };
	for (i = 0; i < pc->chain->n_rules; i++) {
		rule = kernel_rule_of(plan->want,
				   &plan->want->rules.v[pc->chain->rule + i]);
		heir = plan_heir(pc, i);
		if (heir) {
			rule.packets = heir->packets;
			rule.bytes = heir->bytes;
		}
		vec_push(&chain->rules, rule);
	}
}

static void add_same(const struct kernel_chain *old, struct kernel_ruleset *out)
{
	struct kernel_chain *chain = vec_add(&out->chains);

	*chain = *old;
	chain->lent = true;
}

/* Both are sorted by name. */
static void add_chains(const struct kernel_ruleset *old,
		       const struct plan *plan, struct kernel_ruleset *out)
{
	const struct plan_chain *pc = plan->chains.v;
	const struct kernel_chain *oc = old->chains.v;
	int r;

	while (oc < vec_end(&old->chains) || pc < vec_end(&plan->chains)) {
		r = pc == vec_end(&plan->chains) ? -1 :
		    oc == vec_end(&old->chains) ? 1 :
		    strcmp(oc->name, pc->chain ? pc->chain->name
					       : pc->old->name);
		if (r < 0) {
			add_same(oc++, out);
			continue;
		}
		if (!r)
			oc++;
		if (pc->change != CHAIN_DELETE)
			add_wanted(plan, pc, out);
		pc++;
	}
}

static int cmp_elems(const void *a, const void *b)
{
	return elem_cmp(a, b);
}

/* The elements to delete are in two lists, in the order of the old set. */
static void keep_elems(const struct set *old, const struct plan_set *ps,
		       struct set *out)
{
	const struct elem *const *del = ps->del.v, *const *deferred =
							   ps->deferred.v;
	const struct elem *e;

	vec_each(e, &old->elems) {
		if (del < vec_end(&ps->del) && *del == e)
			del++;
		else if (deferred < vec_end(&ps->deferred) && *deferred == e)
			deferred++;
		else
			vec_push(&out->elems, *e);
	}
}

static void add_set(const struct set *old, const struct plan_set *ps,
		    struct kernel_ruleset *out)
{
	const struct elem *const *e;
	struct set *set = vec_add(&out->sets);

	*set = old ? *old : *ps->set;
	memset(&set->elems, 0, sizeof(set->elems));
	if (old)
		keep_elems(old, ps, set);
	vec_each(e, &ps->add)
		vec_push(&set->elems, **e);
	vec_sort(&set->elems, cmp_elems);
}

static void add_sets(const struct kernel_ruleset *old, const struct plan *plan,
		     struct kernel_ruleset *out)
{
	static const struct plan_set same;
	const struct plan_set *ps;
	const struct set *set;

	vec_each(set, &old->sets) {
		ps = plan_find_set(plan, set);
		if (!ps || ps->set)
			add_set(set, ps ? ps : &same, out);
	}
	vec_each(ps, &plan->sets)
		if (!ps->old)
			add_set(NULL, ps, out);
}

void kernel_ruleset_after(const struct kernel_ruleset *old,
			  const struct plan *plan, struct kernel_ruleset *out)
{
	static const struct kernel_ruleset nothing;

	*out = (struct kernel_ruleset){ .table = true };
	if (plan->rebuild)
		old = &nothing;
	add_chains(old, plan, out);
	add_sets(old, plan, out);
}
