/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The change that a hook makes: only what it concerns is lowered, before and
 * after, from the state tables; where a backend takes no parts, all of it.
 */
#include "config.h"

#include "cli/sync/sync_commit.h"

#include <errno.h>
#include <string.h>

#include "compiler/base/name.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"
#include "compiler/query/expect_run.h"

/* The part of the world that a hook's change concerns. */
struct part {
	struct sync *s;
	struct policy p;
	struct client *updated;		/* or NULL */
	struct ruleset before, after;
	struct kernel_ruleset old;
	struct plan plan;
};

static bool is_used(void *arg, const char *policy_chain)
{
	const struct part *part = arg;

	return state_policy_is_used(&part->s->state, &part->p, policy_chain);
}

static void set_affected(struct policy *p, const struct str *names, size_t n,
			 const struct client *updated)
{
	struct client *c;
	char *name;
	size_t i;

	for (i = 0; i < n; i++) {
		name = name_unmangle(names[i]);
		c = name ? policy_find(p, str_of(name)) : NULL;
		if (c)
			c->affected = true;
		free(name);
	}
	c = updated ? policy_find(p, updated->name) : NULL;
	if (c)
		c->affected = true;
}

static bool layout_equal(const struct layout *a, const struct layout *b)
{
	return a->ip6 == b->ip6 && a->net4 == b->net4 && a->net6 == b->net6;
}

/* The client's file as it is now, in the place of what was compiled. */
static void take_updated(struct part *part)
{
	struct client *c = policy_find(&part->p, part->updated->name);
	struct pffile before = c->pf;

	c->state = part->updated->state;
	c->pf = part->updated->pf;
	c->file = part->updated->file;
	part->updated->pf = before;
}

/* Before and after the change; false: the frame of the table changes too. */
static bool lower_part(struct part *part, const struct str *names, size_t n)
{
	const struct live_view none = { .state = &part->s->state };
	struct sync *s = part->s;
	struct layout layout;
	struct client *c;

	state_load_frame(&s->state, &part->p);
	layout = part->p.layout;
	state_load(&s->state, names, n,
		   part->updated ? &part->updated->pf : NULL,
		   layout.net4 || layout.net6, &part->p, &s->compile.load.sources,
		   &s->cli->diag);
	set_affected(&part->p, names, n, part->updated);
	/* a network's owner loses and regains what others have inside it */
	if (layout.net4 || layout.net6)
		vec_each(c, &part->p.clients)
			c->affected = true;
	state_bind(&s->state, &none, &part->p);
	lower_nft_affected(&part->p, is_used, part, &part->before);
	if (part->updated)
		take_updated(part);
	state_bind(&s->state, &s->view, &part->p);
	if (!layout_equal(&part->p.layout, &layout))
		return false;
	lower_nft_affected(&part->p, is_used, part, &part->after);
	kernel_ruleset_of(&part->before, &part->old);
	plan_make(&part->after, &part->old, &part->plan);
	plan_defer_deletes(&part->plan, lower_pair_holds, &part->p);
	return true;
}

/* Is the kernel as we have left it? */
static int check_kernel(struct sync *s, uint32_t *generation)
{
	char text[LOWER_STATE_TEXT], now[128];
	int r;

	if (!s->state.known)
		return -ENOENT;
	*generation = s->state.generation;
	if (s->cli->dry_run)
		return 0;
	r = s->backend->state(s->handle, now, sizeof(now), generation,
			      &s->cli->diag);
	if (r)
		return r;
	if (!s->backend->incremental)
		return *generation == s->state.generation ? 0 : -ENOENT;
	return strcmp(now, lower_state(s->state.digest, text)) ? -ENOENT : 0;
}

/* -ENOENT: the kernel is not what we think it is. */
static int commit_part(struct part *part, uint32_t generation)
{
	struct sync *s = part->s;
	struct state_write w = {
		.digest = s->state.digest - ruleset_digest(&part->before) +
			  ruleset_digest(&part->after),
	};
	struct sync_step step = {
		.plan = &part->plan, .old = &part->old, .policy = &part->p,
		.generation = generation, .quiet_drift = true,
	};
	int r, tries;

	if (!s->backend->incremental && !plan_is_empty(&part->plan))
		return -ENOTSUP;
	if (s->cli->dry_run) {
		sync_count_change(&part->plan, &s->change);
		return 0;
	}
	if (part->updated)
		w.changed = policy_find(&part->p, part->updated->name);
	if (plan_is_empty(&part->plan)) {
		w.generation = s->state.generation;
		r = state_write(&s->state, &s->view, &w, &s->cli->diag);
		return r ? r : state_commit(&s->state, &s->cli->diag);
	}
	for (tries = 0; tries < SYNC_TRIES; tries++) {
		r = s->backend->read_counters(s->handle, &part->plan,
					      &part->old, &s->cli->diag);
		if (!r)
			r = sync_commit(s, &step, &w);
		if (r == -ERESTART)
			r = check_kernel(s, &step.generation);
		else
			return r;
		if (r)
			return r;
	}
	return -ENOENT;
}

static void part_fini(struct part *part)
{
	plan_fini(&part->plan);
	kernel_ruleset_fini(&part->old);
	ruleset_fini(&part->before);
	ruleset_fini(&part->after);
	policy_fini(&part->p);
}

/* -ENOTSUP: the rules change, and the backend takes no parts. */
static int sync_part(struct sync *s, const struct str *names, size_t n,
		     struct client *updated, uint32_t generation)
{
	struct part part = { .s = s, .updated = updated };
	int r = -ENOENT;

	if (updated && !s->backend->incremental)
		return -ENOTSUP;
	if (lower_part(&part, names, n))
		r = commit_part(&part, generation);
	part_fini(&part);
	return r;
}

/*
 * For a backend that takes no parts: the whole, but without reading files.
 * What is in the kernel is read anyway, and tells whether the tables that this
 * comes from are those of its last commit.
 */
static int sync_from_state(struct sync *s, const struct str *names, size_t n,
			   struct client *updated)
{
	struct part part = { .s = s, .updated = updated };
	struct state_write w = { 0 };
	char known[LOWER_STATE_TEXT];
	struct layout layout;
	int r = -ENOENT;

	if (!s->state.known)
		return r;
	state_load_frame(&s->state, &part.p);
	layout = part.p.layout;
	state_load(&s->state, names, n, updated ? &updated->pf : NULL, true,
		   &part.p, &s->compile.load.sources, &s->cli->diag);
	if (updated) {
		take_updated(&part);
		w.changed = policy_find(&part.p, updated->name);
	}
	state_bind(&s->state, &s->view, &part.p);
	sync_options(s, &part.p);
	if (layout_equal(&part.p.layout, &layout)) {
		s->backend->lower(&part.p, &part.after);
		r = s->cli->dry_run ? 0 :
		    sync_commit_all(s, &part.after, &part.p, &w,
			       lower_state(s->state.digest, known));
	}
	part_fini(&part);
	return r;
}

/* Do the tests hold with UPDATED in place?  *was_open: he has other rules now. */
static int test_whole(struct part *part, bool *was_open)
{
	struct sync *s = part->s;
	int r;

	*was_open = policy_find(&part->p, part->updated->name)->state ==
		    CLIENT_OPEN;
	take_updated(part);
	state_bind(&s->state, &s->view, &part->p);
	r = expect_run_configured(&s->compile.load, &part->p, &s->cli->diag);
	take_updated(part);
	return r;
}

/*
 * As for apply, a file that fails the tests is as good as none: 0 or -errno
 * (said), and *updated is NULL if it may not come into force.  -EACCES: who has
 * it is closed.
 */
static int test_updated(struct sync *s, const struct str *names, size_t n,
			struct client **updated)
{
	struct part part = { .s = s, .updated = *updated };
	bool was_open;
	int r;

	if (!*updated || (*updated)->state != CLIENT_OPEN ||
	    !s->compile.load.conf.tests.n)
		return 0;
	state_load_frame(&s->state, &part.p);
	state_load(&s->state, names, n, &(*updated)->pf, true, &part.p,
		   &s->compile.load.sources, &s->cli->diag);
	r = test_whole(&part, &was_open);
	policy_fini(&part.p);
	if (!r)
		return 0;
	diag_error(&s->cli->diag, LOC_NONE, 0,
		   "the file of \"%.*s\" is not "
		   "loaded: %s",
		   STR_ARG((*updated)->name),
		   was_open ? "its rules before stay in force"
			    : "it is closed");
	*updated = NULL;
	return was_open ? 0 : -EACCES;
}

int sync_clients(struct sync *s, const struct str *names, size_t n,
		 struct client *updated)
{
	uint32_t generation;
	int r, closed = 0;

	r = check_kernel(s, &generation);
	if (!r)
		closed = test_updated(s, names, n, &updated);
	if (!r && !updated && !s->view.edits.list.n)
		return closed;
	if (!r)
		r = sync_part(s, names, n, updated, generation);
	if (!s->backend->incremental && (r == -ENOTSUP || r == -ENOENT))
		r = sync_from_state(s, names, n, updated);
	if (r == -ENOENT || r == -EEXIST)
		r = sync_all(s);
	return r ? r : closed;
}
