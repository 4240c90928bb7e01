/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend against the kernel, each test in a network of its own. */
#include "config.h"

#include "backends/backend.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/rules_sample.h"

struct world {
	struct rules_sample sample;
	struct kernel_ruleset old;
	struct plan plan;
	struct backend_handle *h;
	struct diag d;
	char *said;
	size_t said_size;
	uint32_t generation;
};

static int new_world(void **state)
{
	struct world *w = mem_zalloc(1, sizeof(*w));
	struct diag silent = { 0 };

	*state = w;
	rules_sample_init(&w->sample);
	w->d.out = open_memstream(&w->said, &w->said_size);
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 0;
	(void)backend_nft.open(&w->h, NULL, &silent);
	return 0;
}

static void forget(struct world *w)
{
	plan_fini(&w->plan);
	kernel_ruleset_fini(&w->old);
	w->plan = (struct plan){ 0 };
	w->old = (struct kernel_ruleset){ 0 };
}

static int end_world(void **state)
{
	struct world *w = *state;

	if (w->h)
		backend_nft.close(w->h, false);
	forget(w);
	rules_sample_fini(&w->sample);
	fclose(w->d.out);
	free(w->said);
	free(w);
	return 0;
}

/* Read the kernel and plan what is missing. */
static void make_plan(struct world *w)
{
	forget(w);
	assert_int_equal(backend_nft.list(w->h, &w->old, &w->generation,
					  &w->d), 0);
	plan_make(&w->sample.rs, &w->old, &w->plan);
}

static int commit(struct world *w, const char *state, bool quiet)
{
	int r = backend_nft.commit(w->h, &w->plan, state, &w->generation,
				   quiet, &w->d);

	fflush(w->d.out);
	return r;
}

static void apply(struct world *w, const char *state)
{
	make_plan(w);
	assert_int_equal(commit(w, state, false), 0);
}

/* The world, or the end of the test where there is no nftables for us. */
static struct world *begin(void **state)
{
	struct world *w = *state;

	if (!w->h)
		skip();
	return w;
}

static void what_is_committed_is_what_is_listed(void **state)
{
	struct world *w = begin(state);
	uint32_t generation;

	make_plan(w);
	assert_true(w->plan.create_table);
	assert_true(plan_has_prepared(&w->plan));
	assert_int_equal(commit(w, "vpnpf 1", false), 0);
	generation = w->generation;
	make_plan(w);
	assert_true(plan_is_empty(&w->plan));
	assert_int_equal(w->generation, generation);
}

static void nothing_that_the_kernel_lists_is_altered(void **state)
{
	struct world *w = begin(state);
	const struct kernel_chain *chain;
	const struct kernel_rule *rule;
	size_t n = 0;

	apply(w, "vpnpf 1");
	make_plan(w);
	vec_each(chain, &w->old.chains)
		vec_each(rule, &chain->rules) {
			assert_false(rule->altered);
			n++;
		}
	assert_int_equal(n, w->sample.rs.rules.n);
}

static void state_is_written_with_each_commit(void **state)
{
	struct world *w = begin(state);
	uint32_t generation;

	assert_int_equal(backend_nft.check(w->h, "", &generation, &w->d),
			 -ENOENT);
	apply(w, "vpnpf 1");
	apply(w, "vpnpf 2");
	assert_int_equal(backend_nft.check(w->h, "vpnpf 1", &generation,
					   &w->d), -ENOENT);
	assert_int_equal(backend_nft.check(w->h, "vpnpf 2", &generation,
					   &w->d), 0);
	assert_int_equal(generation, w->generation);
}

static void change_of_somebody_else_restarts(void **state)
{
	struct world *w = begin(state);
	uint32_t before;

	make_plan(w);
	before = w->generation;
	assert_int_equal(commit(w, "vpnpf 1", false), 0);
	w->generation = before;
	assert_int_equal(commit(w, "vpnpf 2", false), -ERESTART);
	assert_string_equal(w->said, "");
	assert_int_equal(w->d.errors, 0);
}

static void drift_is_said_unless_it_is_expected(void **state)
{
	struct world *w = begin(state);

	make_plan(w);
	assert_int_equal(commit(w, "vpnpf 1", false), 0);
	/* the plan again: all of it is there by now */
	assert_int_equal(commit(w, "vpnpf 1", true), -EEXIST);
	assert_string_equal(w->said, "");
	assert_int_equal(commit(w, "vpnpf 1", false), -EEXIST);
	assert_non_null(strstr(w->said, "the kernel refuses the table "
					"\"vpnpf\": File exists"));
}

static void refusal_names_the_line(void **state)
{
	struct world *w = begin(state);

	/* rule 0 has a place */
	w->sample.rs.rules.v[0].target = "c/nobody";
	make_plan(w);
	assert_int_equal(commit(w, "vpnpf 1", false), -ENOENT);
	assert_non_null(strstr(w->said,
		"john.pf:3:1: error: the kernel refuses the rule "
		"\"counter jump c/nobody\": No such file or directory\n"));
	assert_int_equal(w->d.errors, 1);
}

static void refusal_of_an_element_names_it(void **state)
{
	struct world *w = begin(state);
	struct set *set;

	apply(w, "vpnpf 1");
	set = ruleset_find_set(&w->sample.rs, "edge4n");
	rules_sample_elem(set, "10.9.9.0/24", NULL);
	set = ruleset_find_set(&w->sample.rs, "allow4_net");
	rules_sample_elem(set, "10.9.9.9", "10.0.0.0/8");
	ruleset_sort(&w->sample.rs);
	make_plan(w);
	assert_int_equal(commit(w, "vpnpf 2", false), 0);
	assert_int_equal(commit(w, "vpnpf 2", false), -EEXIST);
	assert_non_null(strstr(w->said, "elements of the set \"allow4_net\""));
	assert_non_null(strstr(w->said,
			       "the element is 10.9.9.9 . 10.0.0.0/8\n"));
}

static void first_of_two_batches_alone_is_taken_back_by_apply(void **state)
{
	struct world *w = begin(state);
	const struct ruleset kept = w->sample.rs;

	kept.rules.v[0].target = "c/nobody";
	make_plan(w);
	assert_int_equal(commit(w, "vpnpf 1", true), -ENOENT);
	w->sample.rs = (struct ruleset){ 0 };
	apply(w, "vpnpf 2");
	make_plan(w);
	assert_true(w->old.table);
	assert_int_equal(w->old.sets.n, 0);
	assert_int_equal(w->old.chains.n, 0);
	w->sample.rs = kept;
}

static void in_steps_the_same_is_committed(void **state)
{
	struct world *w = begin(state);
	uint32_t generation;

	make_plan(w);
	assert_int_equal(w->plan.steps, STEPS_IF_NEEDED);
	w->plan.steps = STEPS_ALWAYS;
	assert_int_equal(commit(w, "vpnpf 1", false), 0);
	generation = w->generation;
	make_plan(w);
	assert_true(plan_is_empty(&w->plan));
	assert_int_equal(w->generation, generation);
	assert_int_equal(w->plan.steps, STEPS_NEVER);
	assert_true(kernel_ruleset_has_state(&w->old, "vpnpf 1"));
}

static void steps_that_do_not_end_are_continued(void **state)
{
	struct world *w = begin(state);
	const char **target = &w->sample.rs.rules.v[0].target;
	const char *right = *target;

	*target = "c/nobody";
	make_plan(w);
	w->plan.steps = STEPS_ALWAYS;
	assert_int_equal(commit(w, "vpnpf 1", true), -ENOENT);
	*target = right;
	make_plan(w);
	assert_true(w->old.unfinished);
	assert_int_equal(w->plan.steps, STEPS_ALWAYS);
	assert_int_equal(commit(w, "vpnpf 1", false), 0);
	make_plan(w);
	assert_false(w->old.unfinished);
	assert_true(plan_is_empty(&w->plan));
}

static void all_can_be_taken_out_again(void **state)
{
	struct world *w = begin(state);
	struct kernel_ruleset old;

	apply(w, "vpnpf 1");
	assert_int_equal(backend_nft.remove(w->h, &w->d), 0);
	assert_int_equal(backend_nft.remove(w->h, &w->d), 0);
	assert_int_equal(backend_nft.list(w->h, &old, &w->generation, &w->d),
			 0);
	assert_false(old.table);
	kernel_ruleset_fini(&old);
}

static struct plan_chain *find_change(struct world *w, const char *name)
{
	struct plan_chain *pc;

	vec_each(pc, &w->plan.chains)
		if (pc->chain && !strcmp(pc->chain->name, name))
			return pc;
	fail();
	return NULL;
}

static void replaced_chain_keeps_its_counter(void **state)
{
	struct world *w = begin(state);
	struct plan_chain *pc;
	size_t i;

	apply(w, "vpnpf 1");
	w->sample.rs.rules.v[0].target = "p/none";
	make_plan(w);
	assert_int_equal(w->plan.chains.n, 1);
	pc = find_change(w, "c/john");
	assert_int_equal(pc->change, CHAIN_REPLACE);
	pc->old->rules.v[0].packets = 42;
	assert_int_equal(commit(w, "vpnpf 2", false), 0);
	make_plan(w);
	assert_true(plan_is_empty(&w->plan));
	for (i = 0; strcmp(w->old.chains.v[i].name, "c/john"); i++)
		;
	assert_int_equal(w->old.chains.v[i].rules.v[0].packets, 42);
}

static void elements_come_and_go(void **state)
{
	struct world *w = begin(state);
	struct set *set;

	apply(w, "vpnpf 1");
	set = ruleset_find_set(&w->sample.rs, "edge4n");
	set->elems.n = 0;
	rules_sample_elem(set, "0.0.0.1-10.0.0.9", NULL);
	rules_sample_elem(set, "10.0.0.10-255.255.255.254", NULL);
	set = ruleset_find_set(&w->sample.rs, "client_chain4_net");
	set->elems.v[1].target = "c/john";
	set = ruleset_find_set(&w->sample.rs, "allow4_net");
	set->elems.n--;
	ruleset_sort(&w->sample.rs);
	make_plan(w);
	assert_int_equal(w->plan.sets.n, 3);
	assert_false(plan_has_prepared(&w->plan));
	assert_int_equal(commit(w, "vpnpf 2", false), 0);
	make_plan(w);
	assert_true(plan_is_empty(&w->plan));
}

/* What nft lists, malloced. */
static char *listing(void)
{
	FILE *in = popen("nft list table inet vpnpf", "r"), *out;
	char *text = NULL;
	size_t size;
	int c;

	assert_non_null(in);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	while ((c = getc(in)) != EOF)
		putc(c, out);
	fclose(out);
	assert_int_equal(pclose(in), 0);
	return text;
}

static void nft_lists_what_is_committed_as_what_is_printed(void **state)
{
	struct world *w = begin(state);
	char *committed, *printed;
	FILE *out;

	/* of another user's namespace it has no rights here */
	if (system("nft list tables >/dev/null 2>&1"))
		skip();
	apply(w, "vpnpf 1");
	committed = listing();
	assert_int_equal(backend_nft.remove(w->h, &w->d), 0);
	out = popen("nft -f -", "w");
	assert_non_null(out);
	assert_int_equal(backend_nft.print(&w->sample.rs, "vpnpf 1", NULL, 0,
					   out, &w->d), 0);
	assert_int_equal(pclose(out), 0);
	printed = listing();
	assert_string_equal(committed, printed);
	free(committed);
	free(printed);
}

static void close_may_detach(void **state)
{
	struct world *w = begin(state);

	apply(w, "vpnpf 1");
	apply(w, "vpnpf 2");
	backend_nft.close(w->h, true);
	w->h = NULL;
}

#define kernel_test(f) cmocka_unit_test_setup_teardown(f, new_world, end_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		kernel_test(what_is_committed_is_what_is_listed),
		kernel_test(nothing_that_the_kernel_lists_is_altered),
		kernel_test(state_is_written_with_each_commit),
		kernel_test(change_of_somebody_else_restarts),
		kernel_test(drift_is_said_unless_it_is_expected),
		kernel_test(refusal_names_the_line),
		kernel_test(refusal_of_an_element_names_it),
		kernel_test(first_of_two_batches_alone_is_taken_back_by_apply),
		kernel_test(in_steps_the_same_is_committed),
		kernel_test(steps_that_do_not_end_are_continued),
		kernel_test(all_can_be_taken_out_again),
		kernel_test(replaced_chain_keeps_its_counter),
		kernel_test(elements_come_and_go),
		kernel_test(nft_lists_what_is_committed_as_what_is_printed),
		kernel_test(close_may_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
