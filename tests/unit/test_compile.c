/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the state tables to a policy, and what the tests of the configuration
 * let into it.
 */
#include "config.h"

#include "compiler/compile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/state_dir.h"

/* What a hook does for one client. */
struct call {
	struct state_dir *f;
	struct state s;
	struct live_view view;
	struct affected a;
	struct compile c;
	struct client file, *updated;
};

static void begin(struct call *h, struct state_dir *f, const char *name)
{
	*h = (struct call){ .f = f, .view.state = &h->s };
	state_dir_leave_six(f);
	state_dir_read(f, &h->s);
	h->file.name = str_of(name);
	vec_push(&h->a.names, h->file.name);
}

static void end(struct call *h)
{
	compile_fini(&h->c);
	pffile_fini(&h->file.pf);
	vec_fini(&h->a.names);
	live_fini(&h->view);
	state_close(&h->s);
}

/* The client's file is TEXT now. */
static void update(struct call *h, const char *text)
{
	const struct pffile_options opt = { 0 };

	h->file.file = source_text(&h->f->sources, "file", text, strlen(text));
	assert_int_equal(pffile_parse(h->file.file, &opt, &h->file.pf,
				      &h->f->silent), 0);
	h->file.state = CLIENT_OPEN;
	h->updated = &h->file;
}

/* TEXT: a file of expectations that the configuration names. */
static void test_by(struct call *h, const char *text)
{
	state_dir_put(h->f, "live.new", text);
	vec_push(&h->c.load.conf.tests, state_dir_path(h->f, "live.new"));
}

static int change(struct call *h)
{
	compile_state(&h->c, &h->s, &h->a, h->updated, &h->f->silent);
	return compile_change(&h->c, &h->view, &h->updated, &h->f->silent);
}

static void connect(struct call *h, const char *addr)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(str_of(addr), &e), 0);
	live_add(&h->view, &(struct live){
		.addr = e, .name = h->file.name,
		.instance = STR("office"), .since = 1,
	});
}

static const struct client *client(const struct call *h)
{
	return policy_find(&h->c.policy, h->file.name);
}

static void only_those_concerned_are_loaded(void **state)
{
	struct call h;

	begin(&h, *state, "b");
	assert_int_equal(change(&h), 0);
	assert_int_equal(h.c.policy.clients.n, 3);	/* a and c list b */
	assert_true(client(&h)->affected);
	assert_false(policy_find(&h.c.policy, STR("a"))->affected);
	h.a.all = true;
	assert_int_equal(change(&h), 0);
	assert_int_equal(h.c.policy.clients.n, 6);
	end(&h);
}

static void an_address_that_is_the_clients_changes_nothing(void **state)
{
	struct call h;

	begin(&h, *state, "b");
	assert_int_equal(change(&h), 0);
	assert_true(h.c.same);
	connect(&h, "10.8.0.3");
	assert_int_equal(change(&h), 0);
	assert_true(h.c.same);
	connect(&h, "10.8.0.9");
	assert_int_equal(change(&h), 0);
	assert_false(h.c.same);
	assert_true(compile_keeps_layout(&h.c));
	connect(&h, "fd00::9");
	assert_int_equal(change(&h), 0);
	assert_false(compile_keeps_layout(&h.c));
	end(&h);
}

static void a_new_file_is_taken(void **state)
{
	struct call h;

	begin(&h, *state, "a");
	test_by(&h, "a -> 10.0.4.7 accept\n");
	update(&h, "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n[END]\n");
	assert_int_equal(change(&h), 0);
	assert_ptr_equal(h.updated, &h.file);
	assert_false(h.c.same);
	assert_int_equal(client(&h)->pf.peers.n, 0);
	assert_int_equal(h.file.pf.peers.n, 1);
	end(&h);
}

/* And the tests ask for everybody. */
static void a_file_that_fails_a_test_leaves_that_of_before(void **state)
{
	struct call h;

	begin(&h, *state, "a");
	test_by(&h, "f -> c drop\na -> 10.0.4.7 drop\n");
	update(&h, "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n[END]\n");
	assert_int_equal(change(&h), 0);
	assert_null(h.updated);
	assert_true(h.c.same);
	assert_int_equal(client(&h)->state, CLIENT_OPEN);
	assert_int_equal(client(&h)->pf.peers.n, 1);
	end(&h);
}

static void who_had_no_rules_gets_none_by_it(void **state)
{
	struct call h;

	begin(&h, *state, "d");
	test_by(&h, "d -> 10.0.4.7 drop\n");
	update(&h, "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n");
	assert_int_equal(change(&h), -EACCES);
	assert_null(h.updated);
	assert_int_equal(client(&h)->state, CLIENT_NO_FILE);
	end(&h);
}

static void a_bad_file_keeps_what_was_loaded(void **state)
{
	struct client old, now;
	struct call h;

	begin(&h, *state, "a");
	now = (struct client){ .name = STR("a"), .state = CLIENT_BAD_FILE };
	assert_true(compile_keeps(&h.s, &now, &old));
	assert_int_equal(old.pf.peers.n, 1);
	pffile_fini(&old.pf);
	now.state = CLIENT_NO_FILE;
	assert_false(compile_keeps(&h.s, &now, &old));
	pffile_fini(&old.pf);
	now = (struct client){ .name = STR("d"), .state = CLIENT_BAD_FILE };
	assert_false(compile_keeps(&h.s, &now, &old));
	pffile_fini(&old.pf);
	end(&h);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, state_dir_set_up, \
					state_dir_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_those_concerned_are_loaded),
		TEST(an_address_that_is_the_clients_changes_nothing),
		TEST(a_new_file_is_taken),
		TEST(a_file_that_fails_a_test_leaves_that_of_before),
		TEST(who_had_no_rules_gets_none_by_it),
		TEST(a_bad_file_keeps_what_was_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
