/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/traffic_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_nft_name.h"
#include "compiler/state/state.h"
#include "tests/unit/lib/fake_backend.h"

/* Of the client of E, all of them denied or none; SET counts both. */
static void send_to_elem(struct counters *want, const struct set *set,
			 struct elem *e, uint64_t n)
{
	char *name = lower_nft_comment_name(e->comment);
	struct client_count c = {
		.name = str_of(name), .allowed = { n, 10 * n },
	};

	if (lower_set_of(set->name) == SET_DENIED) {
		c.denied = c.allowed;
		c.allowed = (struct count){ 0 - n, 0 - 10 * n };
	}
	vec_push(&want->texts, name);
	counters_add(want, c);
	e->packets += n;
	e->bytes += 10 * n;
}

void traffic_send(struct counters *want, struct rng *rng)
{
	struct fake_set *s;
	struct elem *e;

	vec_each(s, &fake_kernel.sets)
		if (s->set.counter)
			vec_each(e, &s->set.elems)
				send_to_elem(want, &s->set, e,
					     rng_below(rng, 3));
	counters_sum(want);
}

static void copy_names(struct counters *counters)
{
	struct client_count *c;
	char *copy;

	vec_each(c, &counters->list) {
		copy = mem_dup(c->name.p, c->name.n);
		vec_push(&counters->texts, copy);
		c->name = str_of(copy);
	}
}

/* What is known; owns what it names. */
static void known(const char *state_dir, struct counters *out)
{
	struct diag silent = { 0 };
	struct kernel_ruleset old;
	struct state state;
	uint32_t generation;
	unsigned int lists = fake_kernel.lists;

	assert_int_equal(state_open(state_dir, true, &state, &silent), 0);
	fake_backend.list(NULL, &old, &generation, &silent);
	fake_kernel.lists = lists;
	fake_backend.count(&old, out);
	state_read_counters(&state, out);
	counters_sum(out);
	copy_names(out);
	kernel_ruleset_fini(&old);
	state_close(&state);
}

void traffic_check(const struct counters *want, const char *state_dir,
		   const char *event)
{
	struct counters differs = { 0 }, copy = { 0 };
	const struct client_count *c;

	vec_each(c, &want->list)
		counters_add(&copy, *c);
	known(state_dir, &differs);
	counters_subtract(&differs, &copy);
	counters_sum(&differs);
	vec_each(c, &differs.list)
		fail_msg("%s: %.*s: %lld allowed, %lld denied too many", event,
			 STR_ARG(c->name), (long long)c->allowed.packets,
			 (long long)c->denied.packets);
	counters_fini(&differs);
}

void traffic_recount(struct counters *want, const char *state_dir)
{
	counters_fini(want);
	known(state_dir, want);
}
