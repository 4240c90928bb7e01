/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/plan.h"

#include <string.h>

void kernel_ruleset_fini(struct kernel_ruleset *old)
{
	struct kernel_chain *chain;
	struct set *set;
	char **name;

	vec_each(chain, &old->chains)
		if (!chain->lent)
			vec_fini(&chain->rules);
	vec_each(set, &old->sets)
		vec_fini(&set->elems);
	vec_each(name, &old->names)
		free(*name);
	vec_fini(&old->chains);
	vec_fini(&old->sets);
	vec_fini(&old->names);
}

struct kernel_rule kernel_rule_of(const struct ruleset *rs,
				  const struct rule *rule)
{
	struct kernel_rule old = {
		.digest = rule_digest(rs, rule),
		.verdict = rule->verdict,
		.target = rule->target,
	};
	const struct match *m;
	unsigned int i;

	for (i = 0; i < rule->n_matches; i++) {
		m = &rs->matches.v[rule->match + i];
		if (m->kind == MATCH_ADDR && !old.net.len)
			old.net = m->net;
		if (m->kind == MATCH_COMMENT)
			old.comment = m->name;
		if (m->kind == MATCH_IPSEC)
			old.reqid = m->reqid;
		if (m->kind == MATCH_ETHER)
			memcpy(old.mac, m->mac, sizeof(old.mac));
	}
	return old;
}

void kernel_ruleset_of(const struct ruleset *rs, struct kernel_ruleset *out)
{
	const struct chain *chain;
	const struct set *set;
	struct kernel_chain *oc;
	struct set *os;
	unsigned int i;

	*out = (struct kernel_ruleset){ .table = true };
	vec_each(chain, &rs->chains) {
		oc = vec_add(&out->chains);
		*oc = (struct kernel_chain){
			.name = chain->name, .hook = chain->hook,
			.priority = chain->priority,
			.base = chain->hook != HOOK_NONE,
		};
		vec_reserve(&oc->rules, chain->n_rules);
		for (i = 0; i < chain->n_rules; i++)
			vec_push(&oc->rules, kernel_rule_of(rs,
					&rs->rules.v[chain->rule + i]));
	}
	vec_each(set, &rs->sets) {
		os = vec_add(&out->sets);
		*os = *set;
		os->elems.v = mem_alloc(set->elems.n * sizeof(*os->elems.v));
		os->elems.room = set->elems.n;
		if (set->elems.n)
			memcpy(os->elems.v, set->elems.v,
			       set->elems.n * sizeof(*os->elems.v));
	}
}

void kernel_ruleset_distrust(struct kernel_ruleset *old)
{
	struct kernel_chain *chain;
	struct kernel_rule *rule;

	vec_each(chain, &old->chains)
		vec_each(rule, &chain->rules)
			if (rule->altered)
				rule->digest = 0;
}

bool kernel_ruleset_has_state(const struct kernel_ruleset *old,
			      const char *text)
{
	const struct set *set;

	vec_each(set, &old->sets)
		if (set->key == SET_KEY_STATE)
			return set->elems.n == 1 && set->elems.v[0].comment &&
			       !strcmp(set->elems.v[0].comment, text);
	return false;
}

static bool rule_stays(const struct ruleset *want, const struct plan_chain *pc,
		       size_t i, size_t old)
{
	return ruleset_rule_digest(want, pc->chain->rule + i) ==
	       pc->old->rules.v[old].digest;
}

/* Set the number of rules that stay at both ends; false: all rules stay. */
static bool find_ends(const struct ruleset *want, struct plan_chain *pc)
{
	size_t n = pc->chain->n_rules, n_old = pc->old->rules.n;
	size_t most = n < n_old ? n : n_old;

	while (pc->heads < most && rule_stays(want, pc, pc->heads, pc->heads))
		pc->heads++;
	if (pc->heads == n && n == n_old)
		return false;
	while (pc->heads + pc->tails < most &&
	       rule_stays(want, pc, n - 1 - pc->tails, n_old - 1 - pc->tails))
		pc->tails++;
	return true;
}

static void plan_same(const struct ruleset *want, const struct chain *chain,
		      const struct kernel_chain *old, struct plan *out)
{
	struct plan_chain pc = { CHAIN_REPLACE, chain, old, 0, 0 };

	if (find_ends(want, &pc))
		vec_push(&out->chains, pc);
}

const struct kernel_rule *plan_heir(const struct plan_chain *pc, size_t i)
{
	size_t n_old = pc->old ? pc->old->rules.n : 0;

	if (i >= pc->chain->n_rules - pc->tails)
		return &pc->old->rules.v[i + n_old - pc->chain->n_rules];
	return i < n_old - pc->tails ? &pc->old->rules.v[i] : NULL;
}

/* Both sides are sorted by name, so one merge finds all changes. */
static void plan_chains(const struct ruleset *want,
			const struct kernel_ruleset *old, struct plan *out)
{
	const struct chain *c = want->chains.v, *c_end = vec_end(&want->chains);
	const struct kernel_chain *o = old->chains.v;
	const struct kernel_chain *o_end = vec_end(&old->chains);
	int r;

	while (c < c_end || o < o_end) {
		r = c == c_end ? 1 : o == o_end ? -1 : strcmp(c->name, o->name);
		if (r < 0)
			vec_push(&out->chains, ((struct plan_chain){
				CHAIN_ADD, c, NULL, 0, 0 }));
		else if (r > 0)
			vec_push(&out->chains, ((struct plan_chain){
				CHAIN_DELETE, NULL, o, 0, 0 }));
		else
			plan_same(want, c, o, out);
		if (r <= 0)
			c++;
		if (r >= 0)
			o++;
	}
}

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void plan_elems(const struct set *want, const struct set *old,
		       struct plan_set *out)
{
	const struct elem *w = want ? want->elems.v : NULL;
	const struct elem *w_end = want ? vec_end(&want->elems) : NULL;
	const struct elem *o = old ? old->elems.v : NULL;
	const struct elem *o_end = old ? vec_end(&old->elems) : NULL;
	int r;

	while (w < w_end || o < o_end) {
		r = w == w_end ? 1 : o == o_end ? -1 : elem_cmp(w, o);
		if (!r && texts_equal(w->target, o->target) &&
		    texts_equal(w->comment, o->comment)) {
			w++;
			o++;
			continue;
		}
		if (r <= 0)
			vec_push(&out->add, w++);
		if (r >= 0)
			vec_push(&out->del, o++);
	}
}

static void plan_set(const struct set *want, const struct set *old,
		     struct plan *out)
{
	struct plan_set ps = { .set = want, .old = old };

	/* the backend writes the state element at each commit */
	if (want && want->key != SET_KEY_STATE)
		plan_elems(want, old, &ps);
	if (!old && want->interval)
		ps.n_early = ps.add.n;
	if (!want || !old || ps.add.n || ps.del.n)
		vec_push(&out->sets, ps);
}

static void plan_sets(const struct ruleset *want,
		      const struct kernel_ruleset *old, struct plan *out)
{
	const struct set *w = want->sets.v, *w_end = vec_end(&want->sets);
	const struct set *o = old->sets.v, *o_end = vec_end(&old->sets);
	int r;

	while (w < w_end || o < o_end) {
		r = w == w_end ? 1 : o == o_end ? -1 : strcmp(w->name, o->name);
		plan_set(r <= 0 ? w : NULL, r >= 0 ? o : NULL, out);
		if (r <= 0)
			w++;
		if (r >= 0)
			o++;
	}
}

static bool set_shapes_equal(const struct set *a, const struct set *b)
{
	return a->key == b->key && a->family == b->family &&
	       a->interval == b->interval && a->map == b->map &&
	       a->counter == b->counter;
}

/*
 * Has another program replaced a chain or a set of ours by one with another
 * hook or type?  The kernel cannot change these, nor delete the chain or set
 * while rules refer to it.
 */
static bool is_damaged(const struct ruleset *want,
		       const struct kernel_ruleset *old)
{
	const struct kernel_chain *oc;
	const struct chain *chain;
	const struct set *os, *set;

	vec_each(oc, &old->chains) {
		chain = ruleset_find_chain(want, oc->name);
		if (chain && (chain->hook != oc->hook ||
			      chain->priority != oc->priority))
			return true;
	}
	vec_each(os, &old->sets) {
		set = ruleset_find_set(want, os->name);
		if (set && !set_shapes_equal(set, os))
			return true;
	}
	return old->damaged;
}

/* No element, no client: all is dropped. */
static bool sets_are_empty(const struct set *set, const struct set *end)
{
	for (; set < end; set++)
		if (set->key != SET_KEY_STATE && set->elems.n)
			return false;
	return true;
}

static enum plan_steps find_steps(const struct ruleset *want,
				  const struct kernel_ruleset *old,
				  bool create_table)
{
	if (old->unfinished)
		return STEPS_ALWAYS;
	if (create_table)
		return STEPS_IF_NEEDED;
	if (!old->whole)
		return STEPS_NEVER;
	return sets_are_empty(old->sets.v, vec_end(&old->sets)) ||
	       sets_are_empty(want->sets.v, vec_end(&want->sets))
		? STEPS_IF_NEEDED : STEPS_NEVER;
}

void plan_make(const struct ruleset *want, const struct kernel_ruleset *old,
	       struct plan *out)
{
	static const struct kernel_ruleset nothing;

	*out = (struct plan){ .want = want, .create_table = !old->table };
	if (old->table && is_damaged(want, old))
		out->rebuild = out->create_table = true;
	out->steps = find_steps(want, old, out->create_table);
	if (out->rebuild)
		old = &nothing;
	plan_chains(want, old, out);
	plan_sets(want, old, out);
}

void plan_fini(struct plan *plan)
{
	struct plan_set *set;

	vec_each(set, &plan->sets) {
		vec_fini(&set->add);
		vec_fini(&set->del);
		vec_fini(&set->deferred);
	}
	vec_fini(&plan->sets);
	vec_fini(&plan->chains);
}

const struct plan_set *plan_find_set(const struct plan *plan,
				     const struct set *old)
{
	const struct plan_set *ps;

	vec_each(ps, &plan->sets)
		if (ps->old == old)
			return ps;
	return NULL;
}

bool plan_is_empty(const struct plan *plan)
{
	return !plan->create_table && !plan->chains.n && !plan->sets.n;
}

/* Of chains that are no base chains. */
static bool has_chain(const struct plan *plan, enum chain_change change)
{
	const struct plan_chain *pc;

	vec_each(pc, &plan->chains)
		if (pc->change == change &&
		    !(pc->chain ? pc->chain->hook != HOOK_NONE : pc->old->base))
			return true;
	return false;
}

bool plan_has_prepared(const struct plan *plan)
{
	const struct plan_set *set;

	/* between two batches there would be no rules */
	if (plan->rebuild)
		return false;
	vec_each(set, &plan->sets)
		if (set->n_early ||
		    (set->set && set->old && set->set->map && set->add.n &&
		     has_chain(plan, CHAIN_ADD)))
			return true;
	return false;
}

static bool is_hash_map(const struct set *set)
{
	return set && set->map && !set->interval;
}

bool plan_deletes_late(const struct plan *plan)
{
	bool adds = false, deletes = false;
	const struct plan_set *ps;

	vec_each(ps, &plan->sets) {
		if (ps->set && ps->set->map && ps->set->interval && ps->del.n &&
		    has_chain(plan, CHAIN_DELETE))
			return true;
		adds |= !ps->old && is_hash_map(ps->set);
		deletes |= !ps->set && is_hash_map(ps->old);
	}
	return adds && deletes;
}

bool plan_unhooks_late(const struct plan *plan)
{
	const struct plan_chain *pc;

	vec_each(pc, &plan->chains)
		if (pc->change == CHAIN_DELETE && pc->old->base)
			return plan_deletes_late(plan);
	return false;
}

bool plan_has_deferred(const struct plan *plan)
{
	const struct plan_set *set;

	vec_each(set, &plan->sets)
		if (set->deferred.n)
			return true;
	return plan_deletes_late(plan);
}

unsigned int plan_batches(const struct plan *plan)
{
	return 1u + plan_has_prepared(plan) + plan_unhooks_late(plan) +
	       plan_has_deferred(plan);
}
