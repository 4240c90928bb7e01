/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_commit.h"

#include <string.h>

#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_rule.h"
#include "backends/nft/nft_set.h"

const struct set *nft_commit_state_set(const struct plan *plan)
{
	const struct set *set;

	vec_each(set, &plan->want->sets)
		if (set->key == SET_KEY_STATE)
			return set;
	return NULL;
}

static bool chain_uses(const struct ruleset *rs, const struct chain *chain,
		       const struct set *set)
{
	const struct rule *rule = rs->rules.v + chain->rule;
	const struct rule *end = rule + chain->n_rules;
	const struct match *m;

	for (; rule < end; rule++)
		for (m = rs->matches.v + rule->match;
		     m < rs->matches.v + rule->match + rule->n_matches; m++)
			if (m->name && !strcmp(m->name, set->name))
				return true;
	return false;
}

/* Does the first of the steps need the set? */
static bool is_first(const struct ruleset *rs, const struct set *set)
{
	const struct chain *chain;

	vec_each(chain, &rs->chains)
		if (nft_rule_round(chain) && chain_uses(rs, chain, set))
			return true;
	return set->key == SET_KEY_STATE;
}

static void add_sets(struct nft_batch *b, const struct plan *plan,
		     enum nft_part part)
{
	const struct plan_set *ps;

	vec_each(ps, &plan->sets)
		if (!ps->old &&
		    (part == PART_ALL || (part == PART_SHUT) ==
					 is_first(plan->want, ps->set)))
			nft_set_add(b, ps->set);
}

/* Chains without a hook in round 0, with a hook in round 1. */
static void add_chains(struct nft_batch *b, const struct plan *plan,
		       unsigned int turn)
{
	const struct plan_chain *pc;

	vec_each(pc, &plan->chains)
		if (pc->change == CHAIN_ADD &&
		    nft_rule_round(pc->chain) == turn)
			nft_netlink_add_chain(b, pc->chain);
}

/* Of new chains, which no packet meets before something leads to them, or of
 * the others, without or with base chains. */
enum which_rules {
	RULES_NEW,
	RULES_CHANGED,
	RULES_CHANGED_BASE,
};

static bool is_meant(const struct plan_chain *pc, enum which_rules which)
{
	bool base = pc->chain && nft_rule_round(pc->chain);

	if (pc->change == CHAIN_DELETE || which == RULES_NEW)
		return pc->change == CHAIN_ADD && !base;
	return base ? which == RULES_CHANGED_BASE : pc->change != CHAIN_ADD;
}

static void add_rules(struct nft_batch *b, const struct plan *plan,
		      enum which_rules which)
{
	const struct ruleset *rs = plan->want;
	const struct plan_chain *pc;
	unsigned int i;

	vec_each(pc, &plan->chains) {
		if (!is_meant(pc, which))
			continue;
		if (pc->change == CHAIN_REPLACE)
			nft_netlink_delete_rules(b, pc->chain->name);
		for (i = 0; i < pc->chain->n_rules; i++)
			nft_netlink_add_rule(b, rs, pc->chain,
					     &rs->rules.v[pc->chain->rule + i],
					     plan_heir(pc, i));
	}
}

static void delete_elems(struct nft_batch *b, const struct plan *plan)
{
	const struct plan_set *ps;

	vec_each(ps, &plan->sets)
		if (ps->set)
			nft_set_delete_elems(b, ps->set, ps->del.v, ps->del.n);
}

static void delete_late(struct nft_batch *b, const struct plan *plan)
{
	const struct plan_set *ps;

	vec_each(ps, &plan->sets)
		if (ps->deferred.n)
			nft_set_delete_elems(b, ps->set, ps->deferred.v,
					     ps->deferred.n);
}

static void add_elems(struct nft_batch *b, const struct plan *plan,
		      enum nft_part part)
{
	const struct plan_set *ps;
	size_t first, end;

	vec_each(ps, &plan->sets) {
		first = part == PART_REST ? ps->n_early : 0;
		end = part == PART_OBJECTS ? ps->n_early : ps->add.n;
		if (first < end)
			nft_set_add_elems(b, ps->set, ps->add.v + first,
					  end - first);
	}
}

static void delete_base_chains(struct nft_batch *b, const struct plan *plan)
{
	const struct plan_chain *pc;

	vec_each(pc, &plan->chains)
		if (pc->change == CHAIN_DELETE && pc->old->base) {
			nft_netlink_delete_rules(b, pc->old->name);
			nft_netlink_delete_chain(b, pc->old->name);
		}
}

/*
 * First the rules, which refer to sets and chains; then the sets, whose
 * elements refer to chains.
 */
static void delete_objects(struct nft_batch *b, const struct plan *plan,
			   bool late)
{
	const struct plan_chain *pc;
	const struct plan_set *ps;

	if (plan_deletes_late(plan) != late)
		return;
	if (!late)
		delete_base_chains(b, plan);
	vec_each(pc, &plan->chains)
		if (pc->change == CHAIN_DELETE && !pc->old->base)
			nft_netlink_delete_rules(b, pc->old->name);
	vec_each(ps, &plan->sets)
		if (!ps->set)
			nft_set_delete(b, ps->old);
	vec_each(pc, &plan->chains)
		if (pc->change == CHAIN_DELETE && !pc->old->base)
			nft_netlink_delete_chain(b, pc->old->name);
}

static void put_state(struct nft_batch *b, const struct plan *plan,
		      const char *state, bool had_state)
{
	const struct set *set = nft_commit_state_set(plan);

	if (!set)
		return;
	if (had_state)
		nft_set_delete_state(b, set);
	if (state && *state)
		nft_set_add_state(b, set, state);
}

static void add_table(struct nft_batch *b, const struct plan *plan)
{
	if (plan->rebuild)
		nft_netlink_delete_table(b);
	if (plan->create_table)
		nft_netlink_add_table(b);
}

/* The rules of all base chains in place of those that are there: open, or
 * shut. */
static void put_base_rules(struct nft_batch *b, const struct plan *plan,
			   bool shut)
{
	const struct ruleset *rs = plan->want;
	const struct chain *chain;
	const struct rule *rule, *end;

	vec_each(chain, &rs->chains) {
		if (!nft_rule_round(chain))
			continue;
		nft_netlink_delete_rules(b, chain->name);
		rule = rs->rules.v + chain->rule;
		for (end = rule + chain->n_rules; rule < end; rule++)
			if (shut)
				nft_netlink_add_shut(b, rs, chain, rule);
			else
				nft_netlink_add_rule(b, rs, chain, rule, NULL);
	}
}

static void shut(struct nft_batch *b, const struct plan *plan, bool had_state)
{
	add_table(b, plan);
	add_sets(b, plan, PART_SHUT);
	add_chains(b, plan, 1);
	put_base_rules(b, plan, true);
	put_state(b, plan, VPNPF_STATE_UNFINISHED, had_state);
}

static void fill(struct nft_batch *b, const struct plan *plan)
{
	add_sets(b, plan, PART_FILL);
	add_chains(b, plan, 0);
	add_rules(b, plan, RULES_NEW);
	add_rules(b, plan, RULES_CHANGED);
	delete_elems(b, plan);
	add_elems(b, plan, PART_FILL);
	delete_objects(b, plan, false);
}

/*
 * Base chains come after all other chains, so that nft lists them in the order
 * of the text.  Of two parts the first makes the new chains, with their rules,
 * and all new sets, to which no rule that a packet meets refers yet, and elements
 * that change no verdict yet.  If the second part fails, they stay: the next apply
 * finds them in the kernel, and deletes those that it does not need.
 */
static void add_at_once(struct nft_batch *b, const struct plan *plan,
			enum nft_part part)
{
	if (part != PART_REST) {
		add_table(b, plan);
		add_sets(b, plan, PART_ALL);
		add_chains(b, plan, 0);
		add_rules(b, plan, RULES_NEW);
	}
	if (part == PART_OBJECTS) {
		add_elems(b, plan, part);
		return;
	}
	add_chains(b, plan, 1);
	add_rules(b, plan, RULES_CHANGED_BASE);
	delete_elems(b, plan);
	add_elems(b, plan, part);
	delete_objects(b, plan, false);
}

void nft_commit_plan(struct nft_batch *b, const struct plan *plan,
		     enum nft_part part, const char *state, bool had_state)
{
	switch (part) {
	case PART_ALL:
	case PART_OBJECTS:
	case PART_REST:
		add_at_once(b, plan, part);
		break;
	case PART_UNHOOK:
		delete_base_chains(b, plan);
		return;
	case PART_LATE:
		delete_late(b, plan);
		delete_objects(b, plan, true);
		return;
	case PART_SHUT:
		shut(b, plan, had_state);
		return;
	case PART_FILL:
		fill(b, plan);
		return;
	case PART_OPEN:
		put_base_rules(b, plan, false);
		break;
	}
	if (part != PART_OBJECTS)
		put_state(b, plan, state, had_state);
}
