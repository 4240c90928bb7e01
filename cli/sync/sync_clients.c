/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The change of a hook: only the affected clients are lowered, before and after
 * the change, from the state tables; all clients if the backend must list the
 * kernel's rules.
 */
#include "config.h"

#include "cli/sync/sync_commit.h"

#include <errno.h>

static bool is_used(void *arg, const char *policy_chain)
{
	const struct sync *s = arg;

	return state_policy_is_used(&s->state, &s->compile.policy,
				    policy_chain);
}

static void lower(struct sync *s, bool part, struct ruleset *out)
{
	struct policy *p = &s->compile.policy;

	if (part)
		s->backend->lower_affected(p, is_used, s, out);
	else
		s->backend->lower(p, out);
}

/* Does the change need no rules, only the live table? Looks at the clients of A
 * only. */
static bool changes_no_rule(struct sync *s, const struct affected *a)
{
	struct client *updated = NULL;

	compile_state(&s->compile, &s->state, a, NULL, &s->cli->diag);
	return !compile_change(&s->compile, &s->view, &updated,
			       &s->cli->diag) && s->compile.same;
}

static int load_change(struct sync *s, struct sync_want *want)
{
	if (!compile_keeps_layout(&s->compile))
		return -ENOENT;
	if (s->cli->dry_run && !want->part)
		return 0;	/* nothing to compare with */
	lower(s, want->part, &want->rules);
	return sync_commit(s, want);
}

/* -ENOENT, -EEXIST: tables and kernel do not match, or the tables are
 * incomplete. *REFUSED: the result of compile_change. */
static int change(struct sync *s, const struct affected *a,
		  struct client *updated, int *refused)
{
	struct sync_want want = { .known = true, .w.now = state_clock() };
	const struct client *changed;
	struct affected what = *a;
	struct compile *c = &s->compile;
	struct diag *d = &s->cli->diag;
	int r = sync_check_kernel(s, &want.generation, d);
	bool same = !r || want.generation == s->state.generation;

	if (r && r != -ESTALE)
		return r;
	if (same && !updated && !s->view.edits.list.n)
		return 0;
	want.part = !r;
	r = 0;
	if (same && !want.part && !updated && changes_no_rule(s, a)) {
		want.part = true;	/* a part without clients */
		return sync_commit(s, &want);
	}
	what.all = what.unbound = !want.part;
	compile_state(c, &s->state, &what, updated, d);
	if (want.part)
		lower(s, true, &want.before);
	*refused = compile_change(c, &s->view, &updated, d);
	changed = updated ? policy_find(&c->policy, updated->name) : NULL;
	want.w.changed = &changed;
	want.w.n_changed = updated ? 1 : 0;
	if (!same || updated || s->view.edits.list.n)
		r = load_change(s, &want);
	ruleset_fini(&want.before);
	ruleset_fini(&want.rules);
	return r;
}

int sync_clients(struct sync *s, const struct affected *a,
		 struct client *updated)
{
	int refused = 0, r;

	/* what is closed for that is read again by reconcile */
	if (updated && s->compile.load.unread.n)
		s->state.read_at.now = 0;
	r = change(s, a, updated, &refused);
	if (r == -ENOENT || r == -EEXIST)
		r = sync_all(s);
	return r ? r : refused;
}
