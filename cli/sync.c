/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync.h"

#include <errno.h>
#include <string.h>

#include "compiler/check.h"
#include "compiler/lower.h"
#include "compiler/name.h"
#include "compiler/plan.h"

/* A writer that never rests does not keep us for ever. */
#define TRIES 50

int sync_open(struct cli *cli, struct sync *s)
{
	*s = (struct sync){ .cli = cli, .state = { .dirfd = -1, .lock = -1 } };
	s->view.state = &s->state;
	return conf_load(&cli->conf, &s->load.sources, &s->load.conf,
			 &cli->diag);
}

/* The backend that is wanted, or with ANY the first that this kernel has. */
static int open_backend(struct sync *s, bool any)
{
	struct diag *d = &s->cli->diag;
	int r = -EPROTONOSUPPORT;
	size_t i;

	if (!any)
		r = s->backend->open(&s->handle, &s->load.conf.ipt, d);
	for (i = 0; any && r == -EPROTONOSUPPORT && backend_at(i); i++) {
		s->backend = backend_at(i);
		r = s->backend->open(&s->handle, &s->load.conf.ipt, d);
	}
	if (r == -EPROTONOSUPPORT)
		diag_error(d, LOC_NONE, r, "this kernel has no %s",
			   any ? "nftables, and no iptables-legacy"
			       : s->backend->name);
	return r;
}

int sync_ready(struct sync *s)
{
	struct diag *d = &s->cli->diag;
	bool any;
	int r;

	if (s->state.dirfd >= 0)
		return 0;
	s->backend = cli_backend(s->cli, &s->load.conf, &any);
	if (!s->backend)
		return -ENOENT;
	r = state_open(s->load.conf.state_dir, s->cli->dry_run, &s->state, d);
	if (!r && !s->cli->dry_run)
		r = open_backend(s, any);
	return r ? r : conf_check_backend(&s->load.conf, s->backend->name, d);
}

void sync_close(struct sync *s, bool hook)
{
	if (s->handle)
		s->backend->close(s->handle, hook);
	live_fini(&s->view);
	state_close(&s->state);
	load_fini(&s->load);
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
		out->elems_deleted += set->del.n + set->late.n;
	}
}

void sync_print_change(const struct sync *s)
{
	const struct sync_change *c = &s->change;

	if (!c->table && !c->chains_added && !c->chains_replaced &&
	    !c->chains_deleted && !c->elems_added && !c->elems_deleted) {
		puts("nothing to change");
		return;
	}
	printf("%schains: %u added, %u changed, %u deleted; "
	       "elements: %zu added, %zu deleted\n",
	       c->table ? "table made; " : "", c->chains_added,
	       c->chains_replaced, c->chains_deleted, c->elems_added,
	       c->elems_deleted);
}

/*
 * Tables to *.new, rules to the kernel, tables in place: a full disk is met
 * before the kernel is touched, and a crash after leaves tables that do not
 * fit the kernel's state element, so that the next call makes all anew.
 */
static int commit(struct sync *s, const struct plan *plan,
		  struct state_write *w, uint32_t generation, bool quiet_drift)
{
	char text[LOWER_STATE_TEXT];
	struct diag *d = &s->cli->diag;
	int r;

	w->generation = generation + plan_batches(plan);
	r = state_write(&s->state, &s->view, w, d);
	if (r)
		return r;
	r = s->backend->commit(s->handle, plan, lower_state(w->digest, text),
			       &generation, quiet_drift, d);
	if (r) {
		state_abort(&s->state);
		return r;
	}
	count_change(plan, &s->change);
	if (!s->backend->parts) {
		/* its generation is known only now */
		w->generation = generation;
		r = state_write(&s->state, &s->view, w, d);
	}
	return r ? r : state_commit(&s->state, d);
}

static bool state_is(const struct old_ruleset *old, const char *text)
{
	const struct set *set;

	vec_each(set, &old->sets)
		if (!strcmp(set->name, "state"))
			return set->elems.n == 1 && set->elems.v[0].comment &&
			       !strcmp(set->elems.v[0].comment, text);
	return false;
}

/*
 * Against what the kernel has, until no other writer comes between.  KNOWN: it
 * must be what the state tables say, else -ENOENT; or NULL.
 */
static int commit_all(struct sync *s, const struct ruleset *want,
		      struct policy *p, struct state_write *w,
		      const char *known)
{
	char text[LOWER_STATE_TEXT];
	struct old_ruleset old;
	uint32_t generation;
	struct plan plan;
	int r, tries;

	w->digest = ruleset_digest(want);
	for (tries = 0; tries < TRIES; tries++) {
		r = s->backend->list(s->handle, &old, &generation,
				     &s->cli->diag);
		if (r)
			return r;
		if (known && !state_is(&old, known)) {
			old_ruleset_fini(&old);
			return -ENOENT;
		}
		plan_make(want, &old, &plan);
		plan_postpone(&plan, lower_pair_holds, p);
		if (plan_is_empty(&plan) &&
		    state_is(&old, lower_state(w->digest, text))) {
			w->generation = generation;
			r = state_write(&s->state, &s->view, w, &s->cli->diag);
			if (!r)
				r = state_commit(&s->state, &s->cli->diag);
		} else {
			r = commit(s, &plan, w, generation, false);
		}
		plan_fini(&plan);
		old_ruleset_fini(&old);
		if (r != -ERESTART)
			return r;
	}
	return diag_error(&s->cli->diag, LOC_NONE, -EBUSY, "others change the "
			  "rules all the time: gave up after %d tries", TRIES);
}

/* A bad file leaves the rules before in force. */
static void keep_old(struct sync *s, struct policy *p)
{
	struct diag *d = &s->cli->diag;
	struct client *c, old;

	vec_each(c, &p->clients) {
		if (c->state != CLIENT_BAD_FILE)
			continue;
		old = (struct client){ .name = c->name };
		if (state_client(&s->state, &old, &s->load.sources, d) &&
		    old.state == CLIENT_OPEN) {
			pffile_fini(&c->pf);
			c->pf = old.pf;
			c->kind = 0;
			c->state = CLIENT_OPEN;
			diag_note(d, LOC_NONE, "\"%.*s\" keeps the rules of its "
				  "file before", STR_ARG(c->name));
		} else {
			pffile_fini(&old.pf);
			diag_note(d, LOC_NONE, "\"%.*s\" is closed",
				  STR_ARG(c->name));
		}
	}
}

static int read_all(struct sync *s, struct policy *p,
		    struct binding **statics, size_t *n_statics)
{
	struct diag *d = &s->cli->diag;
	struct load *l = &s->load;
	int r;

	r = load_policy(l, &l->conf, p, d);
	if (r)
		return r;
	live_add_names(&s->view, p, &l->sources);
	r = load_bind(l, &l->conf, p, d);
	if (r)
		return r;
	keep_old(s, p);
	*n_statics = p->bindings.n;
	*statics = mem_alloc(*n_statics * sizeof(**statics));
	if (*n_statics)
		memcpy(*statics, p->bindings.v, *n_statics * sizeof(**statics));
	live_bind_all(&s->view, p);
	r = policy_resolve(p, d);
	if (!r)
		check_policy(&l->conf, p, d);
	return r;
}

static int load_kernel(struct sync *s, struct state_write *w,
		       struct policy *p)
{
	struct ruleset want;
	char text[LOWER_STATE_TEXT];
	int r = 0;

	p->ipt = s->load.conf.ipt;
	s->backend->lower(p, &want);
	w->policy = p;
	if (s->cli->dry_run)
		r = s->backend->print(&want, lower_state(ruleset_digest(&want),
							 text), NULL, 0, stdout,
				      &s->cli->diag);
	else
		r = commit_all(s, &want, p, w, NULL);
	ruleset_fini(&want);
	return r;
}

int sync_remove_others(struct sync *s)
{
	struct diag *d = &s->cli->diag;
	const struct backend *b;
	struct backend_handle *h;
	int r = 0;
	size_t i;

	for (i = 0; !r && (b = backend_at(i)); i++) {
		if (b == s->backend || !b->present())
			continue;
		r = b->open(&h, &s->load.conf.ipt, d);
		if (r)
			break;
		r = b->remove(h, d);
		b->close(h, false);
		if (!r)
			diag_note(d, LOC_NONE, "the rules in %s are removed",
				  b->name);
	}
	return r;
}

int sync_all(struct sync *s)
{
	struct state_write w = { 0 };
	struct binding *statics = NULL;
	struct policy policy = { 0 };
	int r;

	r = read_all(s, &policy, &statics, &w.n_statics);
	w.statics = statics;
	if (!r)
		r = load_kernel(s, &w, &policy);
	if (!r && !s->cli->dry_run)
		r = sync_remove_others(s);
	free(statics);
	policy_fini(&policy);
	return r;
}

int sync_closed(struct sync *s)
{
	struct state_write w = { 0 };
	struct policy nobody = { 0 };
	const struct instance *in;
	int r;

	vec_each(in, &s->load.conf.instances)
		policy_add_vpn(&nobody, str_of(in->dev), in->tap, in->ipsec);
	r = load_kernel(s, &w, &nobody);
	policy_fini(&nobody);
	return r;
}

/* The part of the world that a hook's change concerns. */
struct part {
	struct sync *s;
	struct policy p;
	struct client *fresh;		/* or NULL */
	struct ruleset before, after;
	struct old_ruleset old;
	struct plan plan;
};

static bool is_used(void *arg, const char *policy_chain)
{
	const struct part *part = arg;

	return state_policy_is_used(&part->s->state, &part->p, policy_chain);
}

static void set_focus(struct policy *p, const struct str *names, size_t n,
		      const struct client *fresh)
{
	struct client *c;
	char *name;
	size_t i;

	for (i = 0; i < n; i++) {
		name = name_unmangle(names[i]);
		c = name ? policy_find(p, str_of(name)) : NULL;
		if (c)
			c->focus = true;
		free(name);
	}
	c = fresh ? policy_find(p, fresh->name) : NULL;
	if (c)
		c->focus = true;
}

static bool layout_equal(const struct layout *a, const struct layout *b)
{
	return a->ip6 == b->ip6 && a->net4 == b->net4 && a->net6 == b->net6;
}

/* The client's file as it is now, in the place of what was compiled. */
static void take_fresh(struct part *part)
{
	struct client *c = policy_find(&part->p, part->fresh->name);
	struct pffile before = c->pf;

	c->state = part->fresh->state;
	c->pf = part->fresh->pf;
	c->file = part->fresh->file;
	part->fresh->pf = before;
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
	state_load(&s->state, names, n, part->fresh ? &part->fresh->pf : NULL,
		   layout.net4 || layout.net6, &part->p, &s->load.sources,
		   &s->cli->diag);
	set_focus(&part->p, names, n, part->fresh);
	/* a network's owner loses and regains what others have inside it */
	if (layout.net4 || layout.net6)
		vec_each(c, &part->p.clients)
			c->focus = true;
	state_bind(&s->state, &none, &part->p);
	lower_focus(&part->p, is_used, part, &part->before);
	if (part->fresh)
		take_fresh(part);
	state_bind(&s->state, &s->view, &part->p);
	if (!layout_equal(&part->p.layout, &layout))
		return false;
	lower_focus(&part->p, is_used, part, &part->after);
	old_ruleset_of(&part->before, &part->old);
	plan_make(&part->after, &part->old, &part->plan);
	plan_postpone(&part->plan, lower_pair_holds, &part->p);
	return true;
}

/* Is the kernel as we have left it? */
static int check_kernel(struct sync *s, uint32_t *generation)
{
	char text[LOWER_STATE_TEXT], now[128];
	int r;

	if (!s->state.known)
		return -ENOENT;
	if (s->cli->dry_run)
		return 0;
	r = s->backend->state(s->handle, now, sizeof(now), generation,
			      &s->cli->diag);
	if (r)
		return r;
	if (!s->backend->parts)
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
	int r, tries;

	if (!s->backend->parts && !plan_is_empty(&part->plan))
		return -ENOTSUP;
	if (s->cli->dry_run) {
		count_change(&part->plan, &s->change);
		return 0;
	}
	if (part->fresh)
		w.changed = policy_find(&part->p, part->fresh->name);
	if (plan_is_empty(&part->plan)) {
		w.generation = s->state.generation;
		r = state_write(&s->state, &s->view, &w, &s->cli->diag);
		return r ? r : state_commit(&s->state, &s->cli->diag);
	}
	for (tries = 0; tries < TRIES; tries++) {
		r = commit(s, &part->plan, &w, generation, true);
		if (r == -ERESTART)
			r = check_kernel(s, &generation);
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
	old_ruleset_fini(&part->old);
	ruleset_fini(&part->before);
	ruleset_fini(&part->after);
	policy_fini(&part->p);
}

/* -ENOTSUP: the rules change, and the backend takes no parts. */
static int sync_part(struct sync *s, const struct str *names, size_t n,
		     struct client *fresh, uint32_t generation)
{
	struct part part = { .s = s, .fresh = fresh };
	int r = -ENOENT;

	if (fresh && !s->backend->parts)
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
static int sync_known(struct sync *s, const struct str *names, size_t n,
		      struct client *fresh)
{
	struct part part = { .s = s, .fresh = fresh };
	struct state_write w = { 0 };
	char known[LOWER_STATE_TEXT];
	struct layout layout;
	int r = -ENOENT;

	if (!s->state.known)
		return r;
	state_load_frame(&s->state, &part.p);
	layout = part.p.layout;
	state_load(&s->state, names, n, fresh ? &fresh->pf : NULL, true,
		   &part.p, &s->load.sources, &s->cli->diag);
	if (fresh) {
		take_fresh(&part);
		w.changed = policy_find(&part.p, fresh->name);
	}
	state_bind(&s->state, &s->view, &part.p);
	part.p.ipt = s->load.conf.ipt;
	if (layout_equal(&part.p.layout, &layout)) {
		s->backend->lower(&part.p, &part.after);
		r = s->cli->dry_run ? 0 :
		    commit_all(s, &part.after, &part.p, &w,
			       lower_state(s->state.digest, known));
	}
	part_fini(&part);
	return r;
}

int sync_some(struct sync *s, const struct str *names, size_t n,
	      struct client *fresh)
{
	uint32_t generation;
	int r;

	r = check_kernel(s, &generation);
	if (!r && !fresh && !s->view.edits.list.n)
		return 0;
	if (!r)
		r = sync_part(s, names, n, fresh, generation);
	if (!s->backend->parts && (r == -ENOTSUP || r == -ENOENT))
		r = sync_known(s, names, n, fresh);
	if (r == -ENOENT || r == -EEXIST)
		r = sync_all(s);
	return r;
}
