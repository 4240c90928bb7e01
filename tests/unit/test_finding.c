/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/capture.h"

static char said[8192];

/* What findings_print puts on stdout. */
static const char *printed(const struct findings *f, const char *verb,
			   bool verbose)
{
	struct capture c;

	capture_begin(&c);
	findings_print(f, verb, verbose);
	capture_end(&c, said, sizeof(said));
	return said;
}

__attribute__((format(printf, 3, 4)))
static struct finding *add(struct findings *f, const char *kind,
			   const char *fmt, ...)
{
	struct finding *added;
	va_list ap;

	va_start(ap, fmt);
	added = findings_vadd(f, kind, fmt, ap);
	va_end(ap);
	return added;
}

static void a_verb_or_the_server_comes_first(void **state)
{
	struct findings f = { 0 };
	struct finding *added;

	(void)state;
	findings_add(&f, "chain-missing", "chain %s was missing", "x");
	assert_string_equal(printed(&f, "found", false),
			    "found: chain x was missing [chain-missing]\n");
	findings_cut(&f, 0);
	added = add(&f, "hook-missing", "no hook");
	added->server = "office";
	added->cure = "add it";
	assert_string_equal(printed(&f, NULL, false),
			    "office: no hook [hook-missing]\n\tcure: add it\n");
	findings_fini(&f);
}

static void for_the_journal_each_line_is_a_notice(void **state)
{
	static const char begin[] = "<5>found: no hook [hook-missing]\n"
				    "<5>\tcure: add it\n<5>found: ";
	static const char end[] = "<5>found: 1 more of this kind ";
	struct findings f = { .journal = true };
	int i;

	(void)state;
	for (i = 0; i < 21; i++)
		add(&f, "hook-missing", "no hook")->cure = "add it";
	printed(&f, "found", false);
	assert_memory_equal(said, begin, sizeof(begin) - 1);
	assert_non_null(strstr(said, end));
	findings_fini(&f);
}

static void what_stands_has_its_place_and_is_not_repaired(void **state)
{
	const struct source src = { .name = (char *)"john.pf",
				    .text = (char *)"a\nb\n", .size = 4 };
	struct findings f = { 0 };
	struct finding *added = add(&f, "bad-file", "it is bad");

	(void)state;
	added->at = (struct loc){ .src = &src, .off = 2 };
	added->stands = true;
	assert_string_equal(printed(&f, "repaired", false),
			    "stands: john.pf:2:1: it is bad [bad-file]\n");
	findings_fini(&f);
}

static void kinds_are_counted_over_lists(void **state)
{
	struct findings f = { 0 }, more = { 0 };
	struct finding_kinds kinds = { 0 };

	(void)state;
	findings_add(&f, "chain-missing", "a");
	findings_add_minor(&f, "policy-gone", "b");
	findings_add(&more, "chain-missing", "c");
	findings_add(&more, "bad-file", "d");
	findings_count_kinds(&f, &kinds);
	findings_count_kinds(&more, &kinds);
	assert_int_equal(kinds.list.n, 2);
	assert_string_equal(kinds.list.v[0].name, "chain-missing");
	assert_int_equal(kinds.list.v[0].n, 2);
	assert_int_equal(kinds.list.v[1].n, 1);
	findings_move(&f, &more);
	assert_int_equal(f.list.n, 4);
	assert_int_equal(more.list.n, 0);
	vec_fini(&kinds.list);
	findings_fini(&f);
}

static void minor_ones_are_for_the_verbose(void **state)
{
	struct findings f = { 0 };

	(void)state;
	findings_add_minor(&f, "policy-gone", "nobody has it");
	assert_int_equal(findings_count(&f), 0);
	assert_string_equal(printed(&f, "found", false), "");
	assert_string_equal(printed(&f, "found", true),
			    "found: nobody has it [policy-gone, minor]\n");
	findings_fini(&f);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static void of_one_kind_a_screen_is_shown(void **state)
{
	struct findings f = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 25; i++) {
		findings_add(&f, "many", "%d", i);
		findings_add_minor(&f, "many", "%d", i);
	}
	findings_add(&f, "few", "last");
	printed(&f, "found", false);
	assert_int_equal(count_lines(said), 22);
	assert_non_null(strstr(said, "found: 19 [many]\nfound: last [few]\n"
			       "found: 5 more of this kind [many]\n"));
	assert_int_equal(count_lines(printed(&f, "found", true)), 51);
	findings_fini(&f);
}

static void json_has_both_names_of_a_kind(void **state)
{
	struct findings f = { 0 };
	json_t *list, *item;

	(void)state;
	findings_add_minor(&f, "policy-gone", "nobody has it");
	add(&f, "hook-missing", "no hook")->server = "office";
	list = findings_json(&f, false);
	assert_int_equal(json_array_size(list), 1);
	item = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(item, "kind")),
			    "hook-missing");
	assert_string_equal(json_string_value(json_object_get(item, "name")),
			    "hook-missing");
	assert_string_equal(json_string_value(json_object_get(item, "server")),
			    "office");
	assert_true(json_is_false(json_object_get(item, "minor")));
	assert_null(json_object_get(item, "cure"));
	json_decref(list);
	list = findings_json(&f, true);
	item = json_array_get(list, 0);
	assert_true(json_is_true(json_object_get(item, "minor")));
	json_decref(list);
	findings_fini(&f);
}

static void one_kind_of_many_clients_is_one_line(void **state)
{
	struct findings f = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 12; i++)
		add(&f, "address-in-pool", "of c%u", i)->who =
			mem_printf("c%u", i);
	add(&f, "other", "of c3")->who = mem_printf("c3");
	add(&f, "address-in-pool", "ignored")->who = mem_printf("c13");
	f.list.v[13].minor = "ignored";
	add(&f, "address-in-pool", "of c0, too")->who = mem_printf("c0");
	assert_string_equal(printed(&f, "found", false),
			    "found: of c0 [address-in-pool]\n"
			    "\tthe same: c1, c2, c3, c4, c5, c6, c7, c8 and 3 more\n"
			    "found: of c3 [other]\n");
	assert_non_null(strstr(printed(&f, "found", true),
			       "found: of c11 [address-in-pool]\n"));
	assert_null(strstr(said, "the same"));
	findings_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verb_or_the_server_comes_first),
		cmocka_unit_test(for_the_journal_each_line_is_a_notice),
		cmocka_unit_test(what_stands_has_its_place_and_is_not_repaired),
		cmocka_unit_test(kinds_are_counted_over_lists),
		cmocka_unit_test(minor_ones_are_for_the_verbose),
		cmocka_unit_test(of_one_kind_a_screen_is_shown),
		cmocka_unit_test(one_kind_of_many_clients_is_one_line),
		cmocka_unit_test(json_has_both_names_of_a_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
