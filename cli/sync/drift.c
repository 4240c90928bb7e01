/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/drift.h"

#include <string.h>

#include "cli/sync/report.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"
#include "compiler/plan/plan.h"

/* The most elements of one set that are listed one by one. */
#define ELEMENTS_TOLD 3

static void tell_chain(const struct plan_chain *pc, struct findings *out)
{
	const struct kernel_chain *old = pc->old;

	switch (pc->change) {
	case CHAIN_ADD:
		findings_add(out, "chain-missing", "chain %s was missing",
			     pc->chain->name);
		break;
	case CHAIN_REPLACE:
		if (pc->chain->hook != HOOK_NONE && !old->base)
			findings_add(out, "jump-moved",
				     "the jump to %s was not the first rule of its hook",
				     old->name);
		else
			findings_add(out, "chain-changed",
				     "the rules of chain %s were different",
				     old->name);
		break;
	case CHAIN_DELETE:
		findings_add(out, "chain-added",
			     "chain %s is not ours", old->name);
		break;
	}
}

struct elems {
	const struct set *set;
	const struct elem *const *v;
	size_t n;
};

/* "10.8.0.2 comment "john", 10.8.0.3 comment "nick" and 7 more" */
static void tell_elems(const char *kind, const char *what,
		       const struct elems *e, struct findings *out)
{
	char text[ELEM_TEXT], list[ELEMENTS_TOLD * (ELEM_TEXT + 2)] = "";
	char more[32] = "";
	size_t i;

	if (!e->n)
		return;
	for (i = 0; i < e->n && i < ELEMENTS_TOLD; i++) {
		strcat(list, i ? ", " : "");
		strcat(list, elem_format(e->set, e->v[i], text));
	}
	if (e->n > i)
		snprintf(more, sizeof(more), " and %zu more", e->n - i);
	findings_add(out, kind, "set %s %s %s%s", e->set->name, what, list,
		     more);
}

static void tell_set(const struct plan_set *ps, struct findings *out)
{
	const struct set *set = ps->set ? ps->set : ps->old;
	struct elems e = { .set = ps->old, .v = ps->del.v, .n = ps->del.n };

	if (set->key == SET_KEY_STATE)
		return;		/* its missing rules are reported already */
	if (!ps->old) {
		findings_add(out, "set-missing", "set %s was missing",
			     ps->set->name);
		return;
	}
	if (!ps->set) {
		findings_add(out, "set-added", "set %s is not ours",
			     ps->old->name);
		return;
	}
	tell_elems("element-added", "should not have", &e, out);
	e = (struct elems){ .set = ps->set, .v = ps->add.v, .n = ps->add.n };
	tell_elems("element-missing", "was without", &e, out);
}

void drift_of_rules(const struct plan *plan, const struct kernel_ruleset *old,
		    struct findings *out)
{
	const struct plan_chain *pc;
	const struct plan_set *ps;

	if (plan->rebuild) {
		findings_add(out, "table-damaged",
			     "the table was damaged: all rules are created again");
		return;
	}
	if (!old->chains.n) {
		findings_add(out, "rules-missing", "there were no rules");
		return;
	}
	vec_each(pc, &plan->chains)
		tell_chain(pc, out);
	vec_each(ps, &plan->sets)
		tell_set(ps, out);
}

/* Lower the rules that were loaded last, from the state tables; false: not
 * known. */
static bool lower_loaded(struct sync *s, struct compile *loaded,
			 struct ruleset *out)
{
	const struct affected everybody = { .all = true };
	struct diag silent = { 0 };

	*out = (struct ruleset){ 0 };
	if (!s->state.known)
		return false;
	compile_state(loaded, &s->state, &everybody, NULL, &silent);
	s->backend->lower(&loaded->policy, out);
	return ruleset_digest(out) == s->state.digest;
}

/* Deleted or new lines of the state's policy table. */
struct changes {
	const struct sync *s;
	const struct policy *p;		/* as the files are */
	struct findings *out;
	unsigned int explained;	/* clients with what they gain and lose */
	/* the last one that was reported */
	char kind;
	struct str key;
};

/* More are not shown, and would cost time under the lock. */
#define MOST_EXPLAINED 20

static void tell_file(struct changes *x, const struct client *c)
{
	struct client old = { .name = c->name };
	struct diag silent = { 0 };
	char *text = NULL;

	if (x->explained++ < MOST_EXPLAINED) {
		state_client(&x->s->state, &old, &silent);
		text = report_of_client(&old, c, x->s->cli->verbose);
		pffile_fini(&old.pf);
	}
	findings_add(x->out, "policy-changed",
		     "the rules of \"%.*s\" were older than its file (now: %s)",
		     STR_ARG(c->name), text ? text : client_state_name(c->state));
	free(text);
}

static void tell_client(struct changes *x, const struct state_change *change)
{
	const struct client *c = policy_find(x->p, change->key);

	if (!c && (!change->open || x->s->compile.load.conf.default_policy))
		findings_add_minor(x->out, "policy-gone",
				   "\"%.*s\" has left, and had no file of its own",
				   STR_ARG(change->key));
	else if (!c)
		findings_add(x->out, "policy-gone",
			     "\"%.*s\" has no file and no address any more",
			     STR_ARG(change->key));
	else if (state_has_client(&x->s->state, c->name))
		tell_file(x, c);
	else
		findings_add(x->out, "policy-added",
			     "\"%.*s\" was not known (now: %s)",
			     STR_ARG(c->name), client_state_name(c->state));
}

/* OpenVPN writes ipp.txt all the time. */
static void tell_address(struct changes *x, struct str addr,
			 struct str source)
{
	static const char fmt[] = "the owner of %.*s has changed in %.*s";

	if (str_equal(source, STR("ipp")))
		findings_add_minor(x->out, "address-changed", fmt,
				   STR_ARG(addr), STR_ARG(source));
	else
		findings_add(x->out, "address-changed", fmt, STR_ARG(addr),
			     STR_ARG(source));
}

/* The old and the new line of one client or address follow each other, and are
 * reported once. */
static void take_change(void *arg, const struct state_change *change)
{
	struct changes *x = arg;

	if (x->kind == change->kind && str_equal(x->key, change->key))
		return;
	x->kind = change->kind;
	x->key = change->key;
	if (change->kind == 'c' && change->key.p)
		tell_client(x, change);
	else if (change->kind == 'a')
		tell_address(x, change->key, change->source);
	else if (change->kind == 'v' || change->kind == 'o')
		findings_add(x->out, "interface-changed",
			     "the configuration's interfaces have changed");
	else if (change->kind == 'y')
		findings_add_minor(x->out, "layout-changed",
				   "parts of the rules come or go");
}

bool drift_of_kernel(struct sync *s, const struct kernel_ruleset *old,
		     struct findings *out)
{
	char state[LOWER_STATE_TEXT];
	struct compile loaded = {
		.load.conf.ipt = s->compile.load.conf.ipt,
		.load.conf.log = s->compile.load.conf.log,
	};
	struct ruleset rs;
	size_t before = out->list.n;
	bool known = lower_loaded(s, &loaded, &rs);
	struct plan drift;

	if (known) {
		plan_make(&rs, old, &drift);
		drift_of_rules(&drift, old, out);
		plan_fini(&drift);
		if (out->list.n == before &&
		    !kernel_ruleset_has_state(old, lower_state(s->state.digest,
							    state)))
			findings_add(out, "state-missing",
				     "the digest of the rules was missing");
	} else if (old->chains.n) {
		findings_add(out, "state-lost",
			     "what was loaded before is not known");
	}
	ruleset_fini(&rs);
	compile_fini(&loaded);
	return known;
}

void drift_of_plan(struct sync *s, const struct plan *plan,
		   const struct kernel_ruleset *old,
		   const struct state_write *w, const struct drift *out)
{
	struct changes x = { .s = s, .p = w->policy, .out = out->files };

	if (drift_of_kernel(s, old, out->kernel))
		state_compare(&s->state, w, take_change, &x);
	else
		drift_of_rules(plan, old, out->files);
}
