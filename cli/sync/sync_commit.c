/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/sync_commit.h"

#include <errno.h>

#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"
#include "compiler/plan/plan.h"

/* The limit of retries, against endless other commits. */
#define TRIES 50

/* A try: PLAN was made against OLD. */
struct step {
	struct sync_want *want;
	struct kernel_ruleset old;
	struct plan plan;
};

int sync_check_kernel(struct sync *s, uint32_t *generation, struct diag *d)
{
	char text[LOWER_STATE_TEXT];
	int r;

	*generation = s->state.generation;
	if (!s->state.known)
		return -ENOENT;
	r = s->backend->check(s->handle, lower_state(s->state.digest, text),
			      generation, d);
	s->found = !r;
	return r;
}

static void count_change(const struct plan *plan, struct sync_change *out)
{
	const struct plan_chain *c;
	const struct plan_set *set;

	*out = (struct sync_change){ .table = plan->create_table };
	vec_each(c, &plan->chains) {
		out->chains_added += c->change == CHAIN_ADD;
		out->chains_replaced += c->change == CHAIN_REPLACE;
		out->chains_deleted += c->change == CHAIN_DELETE;
	}
	vec_each(set, &plan->sets) {
		out->elems_added += set->add.n;
		out->elems_deleted += set->del.n + set->deferred.n;
	}
}

static int put_tables(struct sync *s, const struct state_write *w)
{
	int r = state_commit(&s->state, &s->cli->diag);

	if (!r)
		s->done = (struct state_write){
			.digest = w->digest, .generation = w->generation,
		};
	return r;
}

/* The rules need no change. After the check of a part the other rules are not
 * known, so the tables keep their generation for reconcile. */
static int write_tables(struct sync *s, struct sync_want *want)
{
	struct state_write *w = &want->w;
	int r;

	if (want->bare)
		return 0;
	w->generation = want->part ? s->state.generation : want->generation;
	r = state_write(&s->state, &s->view, w, &s->cli->diag);
	return r ? r : put_tables(s, w);
}

/*
 * Write the tables as *.new, commit the rules, rename the tables: a full disk
 * is found before the commit, and a crash after the commit leaves tables that
 * do not match the kernel's state element, so that the next call compiles
 * everything.
 */
static int commit_plan(struct sync *s, const struct step *step)
{
	struct state_write *w = &step->want->w;
	uint32_t generation = step->want->generation;
	struct diag *d = &s->cli->diag;
	char text[LOWER_STATE_TEXT];
	int r;

	w->generation = generation + plan_batches(&step->plan);
	r = step->want->bare ? 0 : state_write(&s->state, &s->view, w, d);
	if (r)
		return r;
	r = s->backend->commit(s->handle, &step->plan,
			       lower_state(w->digest, text), &generation,
			       step->want->part, d);
	if (r && !step->want->bare)
		state_abort(&s->state);
	if (r)
		return r;
	count_change(&step->plan, &s->change);
	if (step->want->bare)
		return 0;
	if (generation != w->generation) {
		w->generation = generation;
		r = state_write(&s->state, &s->view, w, d);
	}
	return r ? r : put_tables(s, w);
}

/* -ERESTART: another program has changed the kernel meanwhile. */
static int commit_step(struct sync *s, struct step *step)
{
	size_t n = s->retired.list.n;
	int r;

	if (step->want->part) {
		r = s->backend->read_counters(s->handle, &step->plan,
					      &step->old, &s->cli->diag);
		if (r)
			return r;
	}
	sync_retire_counters(s, s->backend, &step->old, &step->plan);
	r = commit_plan(s, step);
	if (!r)
		return 0;
	s->retired.list.n = n;
	s->closing |= r != -ERESTART && step->plan.steps != STEPS_NEVER;
	return r;
}

/* Is the plan empty, and does the state element match? */
static bool is_in_force(const struct step *step)
{
	const struct sync_want *want = step->want;
	char text[LOWER_STATE_TEXT];

	return plan_is_empty(&step->plan) &&
	       (want->part ||
		kernel_ruleset_has_state(&step->old,
					 lower_state(want->w.digest, text)));
}

static int take_step(struct sync *s, struct step *step)
{
	const struct sync_observer *observer = s->observer;

	plan_make(&step->want->rules, &step->old, &step->plan);
	plan_defer_deletes(&step->plan, lower_pair_holds, &s->compile.policy);
	plan_hasten_adds(&step->plan, &s->compile.policy);
	if (observer)
		observer->planned(observer->arg, s, &step->plan, &step->old,
				  &step->want->w);
	if (s->check)
		return 0;
	if (s->cli->dry_run) {
		count_change(&step->plan, &s->change);
		return 0;
	}
	return is_in_force(step) ? write_tables(s, step->want)
				 : commit_step(s, step);
}

/* The kernel's rules: from the tables, or by a listing. */
static int read_old(struct sync *s, struct sync_want *want,
		    struct kernel_ruleset *out)
{
	char text[LOWER_STATE_TEXT];
	int r;

	if (want->part) {
		kernel_ruleset_of(&want->before, out);
		return 0;
	}
	r = s->backend->list(s->handle, out, &want->generation, &s->cli->diag);
	if (r)
		return r;
	if (s->deep)
		kernel_ruleset_distrust(out);
	if (!want->known ||
	    kernel_ruleset_has_state(out, lower_state(s->state.digest, text)))
		return 0;
	kernel_ruleset_fini(out);
	return -ENOENT;
}

static int try_commit(struct sync *s, struct sync_want *want)
{
	struct step step = { .want = want };
	int r = read_old(s, want, &step.old);

	if (r)
		return r;
	r = take_step(s, &step);
	plan_fini(&step.plan);
	kernel_ruleset_fini(&step.old);
	return r;
}

static void begin(const struct sync *s, struct sync_want *want)
{
	want->w.retired = &s->retired;
	ruleset_seal(&want->rules);
	want->w.digest = ruleset_digest(&want->rules);
	if (want->part)
		want->w.digest += s->state.digest -
				  ruleset_digest(&want->before);
}

int sync_commit(struct sync *s, struct sync_want *want)
{
	struct diag *d = &s->cli->diag;
	int tries, r = 0;

	begin(s, want);
	diag_progress(d, "loading rules", 0, 0);
	for (tries = 0; tries < TRIES; tries++) {
		if (tries && want->part)
			r = sync_check_kernel(s, &want->generation, d);
		if (!r)
			r = try_commit(s, want);
		s->found |= !r;
		if (r != -ERESTART)
			return r;
		r = 0;
	}
	if (want->part)
		return -ENOENT;
	return diag_error(d, LOC_NONE, -EBUSY, "others change the rules all "
			  "the time: gave up after %d tries", TRIES);
}
