/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change deletes the counters of the deleted objects, and an address that
 * passes to another client takes the counters of its elements along. The
 * difference for each client is kept in the state, so that the sum of kernel
 * and state is continuous.
 */
#include "config.h"

#include "cli/sync/sync_commit.h"

static void take_away_after(const struct backend *b,
			    const struct kernel_ruleset *old,
			    const struct plan *plan, struct counters *out)
{
	struct counters counted = { 0 };
	struct kernel_ruleset after;

	kernel_ruleset_after(old, plan, &after);
	b->count(&after, &counted);
	counters_subtract(out, &counted);
	counters_sum(out);
	kernel_ruleset_fini(&after);
}

void sync_retire_counters(struct sync *s, const struct backend *b,
			  const struct kernel_ruleset *old,
			  const struct plan *plan)
{
	struct counters retired = { 0 };
	struct client_count *c;
	char *name;

	b->count(old, &retired);
	if (plan)
		take_away_after(b, old, plan, &retired);
	vec_each(c, &retired.list) {
		name = mem_dup(c->name.p, c->name.n);
		vec_push(&s->retired.texts, name);
		c->name = str_of(name);
		counters_add(&s->retired, *c);
	}
	counters_fini(&retired);
}

/* Rules that cannot be read must be removed, even without their counters. */
static void add_all(struct sync *s, const struct backend *b,
		    struct backend_handle *h)
{
	struct diag silent = { 0 };
	struct kernel_ruleset old;
	uint32_t generation;

	if (b->list(h, &old, &generation, &silent))
		return;
	sync_retire_counters(s, b, &old, NULL);
	kernel_ruleset_fini(&old);
}

int sync_remove_rules(struct sync *s, const struct backend *b,
		      struct backend_handle *h)
{
	struct state_write w = s->done;
	struct diag *d = &s->cli->diag;
	size_t n = s->retired.list.n;
	int r;

	add_all(s, b, h);
	w.retired = &s->retired;
	r = state_write(&s->state, &s->view, &w, d);
	if (r)
		return r;
	r = b->remove(h, d);
	if (r) {
		s->retired.list.n = n;
		state_abort(&s->state);
		return r;
	}
	return state_commit(&s->state, d);
}
