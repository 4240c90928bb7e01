/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_commit.h"

#include <errno.h>
#include <string.h>

#include "backends/ipt/ipt_sock.h"

struct edit {
	struct ipt_commit *c;
	struct ipt_table *t;
	const struct ruleset *rs;	/* of the wanted rules */
	const struct kernel_rule *heir;	/* its counter continues, or NULL */
	char entry[IPT_ENTRY_MAX] __attribute__((aligned(8)));
};

static int say(struct ipt_commit *c, const struct ipt_table *t, struct loc at,
	       const char *chain, int error)
{
	if (c->quiet_drift && (error == -ENOENT || error == -EEXIST))
		return error;
	return diag_error(c->d, at, error, "%stables refuses \"%s\": %s",
			  ipt_chain_family(t->family), chain,
			  ipt_table_strerror(error));
}

static int build(struct edit *e, const struct rule *rule)
{
	int r = ipt_entry_build(e->c->x, e->t->family, e->rs, rule, e->entry,
				e->c->d);
	struct ipt_view v;

	if (!r && e->heir) {
		ipt_entry_view(e->t->family, e->entry, &v);
		v.counters->pcnt = e->heir->packets;
		v.counters->bcnt = e->heir->bytes;
	}
	return r;
}

/* libiptc takes a chain that does not exist for an extension. */
static bool has_target(const struct edit *e, const struct rule *rule)
{
	return !rule->target || ipt_ext_target_name(rule) ||
	       ipt_table_has_chain(e->t, ipt_chain_label(rule->target));
}

enum how {
	APPEND,
	INSERT,
	REPLACE,
};

static int put_rule(struct edit *e, const char *chain, enum how how,
		    unsigned int at, const struct rule *rule)
{
	int r;

	if (!has_target(e, rule))
		return diag_error(e->c->d, rule->at, -EINVAL,
				  "\"%s\" refers to \"%s\", which does not exist",
				  chain, rule->target);
	r = build(e, rule);
	if (r)
		return r;
	if (how == APPEND)
		r = ipt_table_append(e->t, chain, e->entry);
	else if (how == INSERT)
		r = ipt_table_insert(e->t, chain, at, e->entry);
	else
		r = ipt_table_replace(e->t, chain, at, e->entry);
	return r ? say(e->c, e->t, rule->at, chain, r) : 0;
}

static const struct rule *wanted(const struct edit *e,
				 const struct plan_chain *pc, size_t i)
{
	return &e->rs->rules.v[pc->chain->rule + i];
}

/* The rules at both ends that stay are not edited. */
static int edit_rules(struct edit *e, const struct plan_chain *pc)
{
	const char *chain = ipt_chain_label(pc->chain->name);
	size_t n = pc->chain->n_rules - pc->tails, i = pc->heads;
	size_t n_old = ipt_list_rules(pc->old) - pc->tails;
	int r = 0;

	for (; !r && i < n; i++) {
		e->heir = plan_heir(pc, i);
		r = put_rule(e, chain, i < n_old ? REPLACE : INSERT,
			     (unsigned int)i, wanted(e, pc, i));
	}
	e->heir = NULL;
	for (; !r && n_old > i; n_old--) {
		r = ipt_table_delete(e->t, chain, (unsigned int)i);
		if (r)
			r = say(e->c, e->t, LOC_NONE, chain, r);
	}
	return r;
}

static int add_rules(struct edit *e, const struct chain *chain)
{
	unsigned int i;
	int r = 0;

	for (i = 0; !r && i < chain->n_rules; i++)
		r = put_rule(e, ipt_chain_label(chain->name), APPEND, 0,
			     &e->rs->rules.v[chain->rule + i]);
	return r;
}

/* The chain of PC, old or new, if it is of the table's family, else NULL. */
static const char *label_of(const struct edit *e, const struct plan_chain *pc)
{
	const char *name = pc->chain ? pc->chain->name : pc->old->name;

	return ipt_chain_is_of(e->t->family, name) ? ipt_chain_label(name)
						   : NULL;
}

/* All new chains, before any rule refers to one. */
static int add_chains(struct edit *e)
{
	const struct plan_chain *pc;
	const char *name;
	int r;

	vec_each(pc, &e->c->plan->chains) {
		name = label_of(e, pc);
		if (!name || pc->change != CHAIN_ADD)
			continue;
		r = ipt_table_add_chain(e->t, name);
		if (r)
			return say(e->c, e->t, LOC_NONE, name, r);
	}
	return 0;
}

static int edit_chains(struct edit *e)
{
	const struct plan_chain *pc;
	int r = 0;

	vec_each(pc, &e->c->plan->chains) {
		if (r)
			break;
		if (!label_of(e, pc))
			continue;
		if (pc->change == CHAIN_ADD)
			r = add_rules(e, pc->chain);
		else if (pc->change == CHAIN_REPLACE)
			r = edit_rules(e, pc);
	}
	return r;
}

struct names {
	VEC(const char *) list;
};

static int delete_chains(struct edit *e)
{
	const struct plan_chain *pc;
	struct names doomed = { 0 };
	int r;

	vec_each(pc, &e->c->plan->chains)
		if (pc->change == CHAIN_DELETE && label_of(e, pc))
			vec_push(&doomed.list, label_of(e, pc));
	r = ipt_table_remove(e->t, doomed.list.v, doomed.list.n);
	vec_fini(&doomed.list);
	return r ? say(e->c, e->t, LOC_NONE, e->t->name, r) : 0;
}

static int put_jumps(struct edit *e)
{
	const struct ruleset *want = e->c->plan->want;
	const struct chain *chain;
	const char *name;
	int r;

	vec_each(chain, &want->chains) {
		if (chain->hook == HOOK_NONE ||
		    !ipt_chain_is_of(e->t->family, chain->name))
			continue;
		name = ipt_chain_label(chain->name);
		r = ipt_table_put_jump(e->t, name);
		if (r)
			return say(e->c, e->t, LOC_NONE, name, r);
	}
	return 0;
}

/* The rule of the state chain changes with each commit. */
static int put_state(struct edit *e)
{
	struct ruleset rs = { 0 };
	int r;

	ipt_chain_state(&rs, e->c->state);
	e->rs = &rs;
	r = ipt_table_has_chain(e->t, IPT_STATE_CHAIN) ?
		ipt_table_flush(e->t, IPT_STATE_CHAIN) :
		ipt_table_add_chain(e->t, IPT_STATE_CHAIN);
	r = r ? say(e->c, e->t, LOC_NONE, IPT_STATE_CHAIN, r) :
		add_rules(e, rs.chains.v);
	ruleset_fini(&rs);
	return r;
}

static int prepare(struct ipt_commit *c, struct ipt_table *t)
{
	struct edit e = { .c = c, .t = t, .rs = c->plan->want };
	int r = add_chains(&e);

	if (!r)
		r = edit_chains(&e);
	if (!r)
		r = delete_chains(&e);
	if (!r)
		r = put_jumps(&e);
	if (!r && t->family == FAMILY_IP4)
		r = put_state(&e);
	return r;
}

static bool lacks_match(const struct ipt_table *t, const struct match *m,
			const char **name)
{
	*name = ipt_ext_name(m);
	return *name && !ipt_sock_has_match(t->sock, t->family, *name);
}

static bool lacks_target(const struct ipt_table *t, const struct rule *rule,
			 const char **name)
{
	*name = ipt_ext_target_name(rule);
	return *name && !ipt_sock_has_target(t->sock, t->family, *name);
}

/* The first rule with an extension that the kernel lacks; *NAME is the
 * extension. */
static const struct rule *find_lack(const struct ipt_commit *c,
				    const struct ipt_table *t,
				    const char **name)
{
	const struct ruleset *want = c->plan->want;
	const struct chain *chain;
	const struct rule *rule;
	unsigned int i, k;

	vec_each(chain, &want->chains) {
		if (!ipt_chain_is_of(t->family, chain->name))
			continue;
		for (i = 0; i < chain->n_rules; i++) {
			rule = &want->rules.v[chain->rule + i];
			for (k = 0; k < rule->n_matches; k++)
				if (lacks_match(t, &want->matches.v[
						rule->match + k], name))
					return rule;
			if (lacks_target(t, rule, name))
				return rule;
		}
	}
	return NULL;
}

static int say_refusal(struct ipt_commit *c, const struct ipt_table *t,
		       int error)
{
	const struct rule *lack;
	const char *name;

	if (error == -EAGAIN)
		return -ERESTART;
	if (error == -EINVAL && *c->doubts) {
		--*c->doubts;
		return -ERESTART;
	}
	lack = error == -ENOENT ? find_lack(c, t, &name) : NULL;
	if (lack)
		return diag_error(c->d, lack->at, -EPROTONOSUPPORT,
				  "this kernel has no %stables extension \"%s\" (module xt_%s)",
				  ipt_chain_family(t->family), name, name);
	diag_error(c->d, LOC_NONE, error,
		   "%stables refuses the new rules of table \"%s\": %s",
		   ipt_chain_family(t->family), t->name,
		   ipt_table_strerror(error));
	if (error == -ENOMEM)
		diag_note(c->d, LOC_NONE,
			  "the kernel has no memory to replace the whole table: raise the memory limit of the control group (memory.max); a 32-bit kernel may need a larger vmalloc=");
	return error;
}

static int commit_one(struct ipt_commit *c, struct ipt_table *t)
{
	int r = ipt_table_commit(t);

	return r ? say_refusal(c, t, r) : 0;
}

static int put_back(struct ipt_commit *c, const struct ipt_table *t,
		    const struct ipt_snapshot *before, int error)
{
	int r = ipt_sock_restore(t->sock, t->family, before);

	if (r)
		diag_error(c->d, LOC_NONE, r,
			   "cannot restore the previous %stables rules: %s",
			   ipt_chain_family(t->family), strerror(-r));
	return error;
}

/*
 * IPv6 first: the state is in ip_tables, and must be in the last commit.
 */
static int commit_both(struct ipt_commit *c)
{
	struct ipt_table *ip4 = c->tables[FAMILY_IP4];
	struct ipt_table *ip6 = c->tables[FAMILY_IP6];
	struct ipt_snapshot before = { 0 };
	int r = 0;

	if (ip6 && ip6->changed)
		r = ipt_sock_snapshot(ip6->sock, ip6->family, ip6->name,
				      &before);
	if (r)
		return say_refusal(c, ip6, r);
	if (ip6)
		r = commit_one(c, ip6);
	if (!r) {
		r = commit_one(c, ip4);
		if (r && before.entries)
			r = put_back(c, ip6, &before, r);
	}
	ipt_snapshot_fini(&before);
	return r;
}

int ipt_commit_plan(struct ipt_commit *c)
{
	unsigned int f;
	int r = 0;

	for (f = FAMILY_IP4; !r && f <= FAMILY_IP6; f++)
		if (c->tables[f])
			r = prepare(c, c->tables[f]);
	if (!r)
		r = commit_both(c);
	for (f = FAMILY_IP4; !r && f <= FAMILY_IP6; f++)
		if (c->tables[f] && !ipt_table_is_as_meant(c->tables[f]))
			r = -ERESTART;
	return r;
}

int ipt_commit_remove(struct ipt_table *t)
{
	struct names ours = { 0 };
	const char *name;
	int r;

	for (name = ipt_table_first(t); name; name = ipt_table_next(t))
		if (ipt_chain_is_ours(name))
			vec_push(&ours.list, name);
	r = ipt_table_remove(t, ours.list.v, ours.list.n);
	vec_fini(&ours.list);
	return r ? r : ipt_table_commit(t);
}
