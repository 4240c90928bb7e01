/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Since when a client's file is missing: in the policy table, over any number
 * of writes.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/state_dir.h"

static long long since(struct state_dir *f, const char *name, long long now)
{
	struct state s;
	long long r;

	state_dir_read(f, &s);
	r = state_missing_since(&s, str_of(name), now);
	state_close(&s);
	return r;
}

static bool is_one_of(void *arg, struct str name, long long when)
{
	assert_true(when >= 0);
	return name.n == 1 && strchr(arg, *name.p);
}

/* A write at NOW: of the one client CHANGED, else of all; who has left and is
 * in LEFT is remembered. */
static void leave(struct state_dir *f, long long now, const char *changed,
		  const char *left)
{
	struct live_view v = { 0 };
	const struct client *one = NULL;
	struct state_write w = { .now = now, .changed = &one };
	struct state s;

	if (changed)
		one = policy_find(&f->policy, str_of(changed));
	w.n_changed = changed ? 1 : 0;
	if (!changed)
		w.policy = &f->policy;
	if (left) {
		w.is_missed = is_one_of;
		w.missed_arg = (char *)left;
	}
	ruleset_fini(&f->rs);
	lower_nft(&f->policy, &f->rs);
	state_dir_open(f, &s);
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	state_close(&s);
}

static void take_file(struct state_dir *f, const char *name)
{
	struct client *c = policy_find(&f->policy, str_of(name));

	pffile_fini(&c->pf);
	c->pf = (struct pffile){ 0 };
	c->state = CLIENT_NO_FILE;
}

static void give_file(struct state_dir *f, const char *name)
{
	struct client *c = policy_find(&f->policy, str_of(name));
	const struct pffile_options opt = { 0 };

	assert_int_equal(pffile_parse(c->file, &opt, &c->pf, &f->silent), 0);
	c->state = CLIENT_OPEN;
}

static void only_who_had_a_file_is_missed(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	assert_int_equal(since(f, "a", 1000), 1000);
	assert_int_equal(since(f, "d", 1000), -1);	/* no file */
	assert_int_equal(since(f, "e", 1000), -1);	/* a bad one */
	assert_int_equal(since(f, "f", 1000), -1);	/* [KILL] */
	assert_int_equal(since(f, "g", 1000), -1);	/* nobody */
	take_file(f, "a");
	take_file(f, "e");
	take_file(f, "f");
	leave(f, 1000, NULL, NULL);
	assert_int_equal(since(f, "a", 1500), 1000);
	assert_int_equal(since(f, "b", 1500), 1500);
	assert_int_equal(since(f, "d", 1500), -1);
	assert_int_equal(since(f, "e", 1500), -1);
	assert_int_equal(since(f, "f", 1500), -1);
}

static void the_first_time_counts(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	take_file(f, "a");
	leave(f, 1000, "a", NULL);
	assert_int_equal(since(f, "a", 1500), 1000);
	leave(f, 1100, "a", NULL);
	leave(f, 1200, NULL, NULL);
	take_file(f, "b");
	leave(f, 1300, "b", NULL);
	leave(f, 1400, NULL, NULL);
	assert_int_equal(since(f, "a", 1500), 1000);
	assert_int_equal(since(f, "b", 1500), 1300);
}

static void a_file_that_is_back_is_not_missing(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	take_file(f, "a");
	take_file(f, "c");
	leave(f, 1000, NULL, NULL);
	give_file(f, "a");
	leave(f, 1100, "a", NULL);
	assert_int_equal(since(f, "a", 1500), 1500);
	policy_find(&f->policy, STR("c"))->state = CLIENT_KILL;
	leave(f, 1200, NULL, NULL);
	assert_int_equal(since(f, "a", 1500), 1500);
	assert_int_equal(since(f, "c", 1500), -1);
	policy_find(&f->policy, STR("a"))->state = CLIENT_KILL;
	leave(f, 1300, "a", NULL);
	assert_int_equal(since(f, "a", 1500), -1);
}

/* The clock begins anew; all sessions have ended. */
static void a_boot_forgets(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	take_file(f, "a");
	leave(f, 1000, NULL, NULL);
	assert_int_equal(since(f, "a", 1000), 1000);
	assert_int_equal(since(f, "a", 999), -1);
	leave(f, 20, NULL, NULL);
	assert_int_equal(since(f, "a", 1500), -1);
}

static void who_forces_forgets(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	take_file(f, "a");
	take_file(f, "b");
	leave(f, 1000, "a", NULL);
	leave(f, 0, NULL, "abc");
	assert_int_equal(since(f, "a", 1500), -1);
	assert_int_equal(since(f, "b", 1500), -1);
}

/* A client without a file and without an address is in no policy. */
static void who_has_left_is_missed_if_the_writer_says_so(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	take_file(f, "b");
	leave(f, 1000, NULL, NULL);
	policy_fini(&f->policy);
	f->policy = (struct policy){ 0 };
	f->statics.n = 0;
	leave(f, 1100, NULL, "abd");
	assert_int_equal(since(f, "a", 1500), 1100);
	assert_int_equal(since(f, "b", 1500), 1000);
	assert_int_equal(since(f, "c", 1500), -1);
	assert_int_equal(since(f, "d", 1500), -1);
	leave(f, 1200, NULL, "b");
	assert_int_equal(since(f, "a", 1500), -1);
	assert_int_equal(since(f, "b", 1500), 1000);
	leave(f, 1300, NULL, NULL);
	assert_int_equal(since(f, "b", 1500), -1);
}

static void a_time_that_is_none_is_none(void **state)
{
	static const char *const wrong[] = {
		"", "\t", "\tx", "\t-1", "\t1e3", "\t99999999999",
	};
	struct state_dir *f = *state;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		text = mem_printf(STATE_POLICY_HEADER "\nm\ta%s\n", wrong[i]);
		state_dir_put(f, "policy", text);
		assert_int_equal(since(f, "a", 1500), -1);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, state_dir_set_up, \
						state_dir_tear_down)
		T(only_who_had_a_file_is_missed),
		T(the_first_time_counts),
		T(a_file_that_is_back_is_not_missing),
		T(a_boot_forgets),
		T(who_forces_forgets),
		T(who_has_left_is_missed_if_the_writer_says_so),
		T(a_time_that_is_none_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
