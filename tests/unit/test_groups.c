/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups file, and "+@group" in [CLIENTS ...]. */
#include "config.h"

#include <errno.h>

#include "tests/unit/lib/pf_reading.h"

struct grouping {
	struct sources set;
	struct groups groups;
	char *said;
	int ret;
};

static void grouping_init(struct grouping *g, const char *text, size_t size)
{
	struct diag d = { 0 };
	size_t said;

	*g = (struct grouping){ 0 };
	d.out = open_memstream(&g->said, &said);
	g->ret = groups_parse(source_text(&g->set, "groups", text, size),
			      &g->groups, &d);
	fclose(d.out);
	assert_int_equal(g->ret, d.errors ? -EINVAL : 0);
}

static void grouping_fini(struct grouping *g)
{
	groups_fini(&g->groups);
	sources_fini(&g->set);
	free(g->said);
}

/* "admins=john,nick;all=..." in the order of names. */
static void expect_groups(const char *text, const char *wanted)
{
	const struct group_member *m;
	const struct group *group;
	struct grouping g;
	char *got;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	grouping_init(&g, text, strlen(text));
	assert_string_equal(g.said, "");
	vec_each(group, &g.groups.list) {
		fprintf(out, "%.*s=", STR_ARG(group->name));
		vec_each(m, &group->members)
			fprintf(out, "%s%.*s",
				m == group->members.v ? "" : ",",
				STR_ARG(m->name));
		fputc(';', out);
	}
	fclose(out);
	assert_string_equal(got, wanted);
	free(got);
	grouping_fini(&g);
}

static void expect_no_groups(const char *text, const char *said)
{
	struct grouping g;

	grouping_init(&g, text, strlen(text));
	assert_int_equal(g.ret, -EINVAL);
	if (!strstr(g.said, said))
		fail_msg("said: %s\nwanted: %s", g.said, said);
	grouping_fini(&g);
}

static void a_line_is_a_group(void **state)
{
	(void)state;
	expect_groups("admins: john nick\n", "admins=john,nick;");
	expect_groups("# x\n\n  a :\tb\r\nc:d # e f: g\nempty:\n  # y\n",
		      "a=b;c=d;empty=;");
	expect_groups("", "");
	expect_groups("a: b#c", "a=b#c;");
}

static void repeated_lines_add_up(void **state)
{
	(void)state;
	expect_groups("b: x\na: y x\nb: z x\n", "a=y,x;b=x,z;");
}

static void names_can_be_quoted(void **state)
{
	(void)state;
	expect_groups("a: \"John Smith\" \"q\\\"uo\\\\te\" \"b:c\" \"@d\" "
		      "\"#e\" J\xc3\xbcrgen \"\\\"\"\n",
		      "a=John Smith,q\"uo\\te,b:c,@d,#e,J\xc3\xbcrgen,\";");
}

static void groups_contain_groups(void **state)
{
	(void)state;
	expect_groups("all: @staff guest @admins\nstaff: @admins bob\n"
		      "admins: john nick\n",
		      "admins=john,nick;all=john,nick,bob,guest;"
		      "staff=john,nick,bob;");
}

static void a_circle_is_an_error(void **state)
{
	(void)state;
	expect_no_groups("a: @b\nb: @c\nc: x @a\n",
			 "groups:3:6: error: a group cannot contain itself: "
			 "\"a\"");
	expect_no_groups("a: @a\n", "cannot contain itself");
}

static void a_group_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	expect_no_groups("a: @b\n",
			 "groups:1:4: error: there is no group \"b\"");
	expect_no_groups("a: @\n", "there is no group \"\"");
}

static void a_line_must_be_a_group(void **state)
{
	(void)state;
	expect_no_groups("admins john\n", "groups:1:1: error: a line begins "
			 "with a group and \":\", not with \"admins\"");
	expect_no_groups(": john\n", "a line begins with");
	expect_no_groups("\"a\": john\n", "a line begins with");
	expect_no_groups("@a: john\n", "a line begins with");
	expect_no_groups("a\n", "a line begins with");
}

static void words_must_be_plain_or_quoted(void **state)
{
	(void)state;
	expect_no_groups("a: b:c\n", "must stand in double quotes: \"b:c\"");
	expect_no_groups("a: b\"c\n", "must stand in double quotes");
	expect_no_groups("a: \"b\n", "the quotes are not closed");
	expect_no_groups("a: \"b\\\"\n", "the quotes are not closed");
	expect_no_groups("a: \"b\\", "a backslash stands before");
	expect_no_groups("a: \"b\\n\"\n", "a backslash stands before");
	expect_no_groups("a: \"b\"c\n", "a blank must stand before \"c\"");
}

static void names_that_nobody_can_have_are_errors(void **state)
{
	(void)state;
	expect_no_groups("a: \"\"\n", "no client can have the name \"\"");
	expect_no_groups("a: \"b \"\n", "no client can have the name \"b \"");
	expect_no_groups("a: \"b\tc\"\n", "no client can have the name");
	expect_no_groups("a: b\x7f\n", "no client can have the name");
	expect_no_groups("a: 0123456789012345678901234567890123456789"
			 "0123456789012345678901234\n", "no client can have");
}

static void a_nul_is_an_error(void **state)
{
	struct grouping g;

	(void)state;
	grouping_init(&g, "a: b\0c\n", 7);
	assert_int_equal(g.ret, -EINVAL);
	assert_non_null(strstr(g.said, "groups:1:5: error: a NUL byte"));
	grouping_fini(&g);
}

static void groups_can_nest_32_deep_at_least(void **state)
{
	struct grouping g;
	char text[4096];
	size_t n = 0, i;

	(void)state;
	for (i = 0; i < 32; i++)
		n += (size_t)sprintf(text + n, "g%02zu: @g%02zu\n", i, i + 1);
	n += (size_t)sprintf(text + n, "g32: john\n");
	grouping_init(&g, text, n);
	assert_int_equal(g.ret, 0);
	assert_int_equal(groups_find(&g.groups, STR("g00"))->members.n, 1);
	grouping_fini(&g);
}

static void deep_nesting_ends_in_an_error(void **state)
{
	struct grouping g;
	char *text = mem_alloc(1000000);
	size_t n = 0, i;

	(void)state;
	for (i = 0; i < 30000; i++)
		n += (size_t)sprintf(text + n, "g%06zu: @g%06zu\n", i, i + 1);
	n += (size_t)sprintf(text + n, "g%06zu: john\n", i);
	grouping_init(&g, text, n);
	assert_int_equal(g.ret, -EINVAL);
	assert_non_null(strstr(g.said, "nested too deep"));
	assert_non_null(strstr(g.said, "too many errors"));
	grouping_fini(&g);
	free(text);
}

static void find_lends_or_says_no(void **state)
{
	struct grouping g;
	struct groups none = { 0 };

	(void)state;
	grouping_init(&g, "a: b\nab: c\n", 11);
	assert_non_null(groups_find(&g.groups, STR("ab")));
	assert_null(groups_find(&g.groups, STR("b")));
	assert_null(groups_find(&g.groups, STR("")));
	assert_null(groups_find(&none, STR("a")));
	grouping_fini(&g);
}

/* In a .pf file */

static const char *const names = "admins: john nick\nstaff: nick bob\n";

static void expect_with_groups(const char *text, bool openvpn_25,
			       const char *means, const char *said)
{
	struct pffile_options opt = { .openvpn_25 = openvpn_25 };
	struct grouping g;
	struct reading r;

	grouping_init(&g, names, strlen(names));
	opt.groups = &g.groups;
	reading_init(&r, text, strlen(text), &opt);
	if (strcmp(r.means, means) || (said && !strstr(r.said, said)) ||
	    (!said && *r.said))
		fail_msg("%s\nread as: %s\nwanted:  %s\nsaid: %s", text,
			 r.means, means, r.said);
	reading_fini(&r);
	grouping_fini(&g);
}

static void members_become_entries(void **state)
{
	(void)state;
	expect_with_groups("[CLIENTS DROP]\n+@admins\n-max\n[END]\n", false,
			   "DROP +john,+nick,-max | DROP", NULL);
	expect_with_groups("[CLIENTS DROP]\n+@ghosts\n[END]\n", false,
			   "REJECTED", "a.pf:2:2: error: there is no group "
			   "\"ghosts\"");
	expect_with_groups("[CLIENTS DROP]\n+@\n[END]\n", false,
			   "REJECTED", "there is no group \"\"");
	expect_with_groups("+@x\n[CLIENTS DROP]\n[END]\n", false,
			   "DROP | DROP", "before the first section");
}

static void equal_entries_of_groups_are_one(void **state)
{
	(void)state;
	expect_with_groups("[CLIENTS DROP]\n+@admins\n+@staff\n[END]\n", false,
			   "DROP +john,+nick,+bob | DROP", NULL);
	expect_with_groups("[CLIENTS DROP]\n+nick\n+@staff\n[END]\n", false,
			   "DROP +nick,+bob | DROP", NULL);
	expect_with_groups("[CLIENTS DROP]\n+@staff\n+nick\n[END]\n", false,
			   "DROP +nick,+bob | DROP", NULL);
	expect_with_groups("[CLIENTS DROP]\n+@staff\n+@staff\n[END]\n", false,
			   "DROP +nick,+bob | DROP", NULL);
}

static void unlike_entries_of_groups_are_errors(void **state)
{
	(void)state;
	expect_with_groups("[CLIENTS DROP]\n+@admins\n-@staff\n[END]\n", false,
			   "REJECTED", "a.pf:3:2: error: \"nick\" is both "
			   "accepted and dropped");
	expect_with_groups("[CLIENTS DROP]\n-nick\n+@staff\n[END]\n", false,
			   "REJECTED", "a.pf:2:2: note:");
	expect_with_groups("[CLIENTS DROP]\n+@staff\n+nick\n+nick\n[END]\n",
			   false, "REJECTED", "a.pf:4:2: error: \"nick\" is "
			   "named twice");
}

static void groups_are_names_to_openvpn(void **state)
{
	(void)state;
	expect_with_groups("[CLIENTS DROP]\n+@admins\n+@x\n[END]\n", true,
			   "DROP +@admins,+@x | DROP",
			   "the name is \"@admins\": OpenVPN's filter knows "
			   "no groups");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_group),
		cmocka_unit_test(repeated_lines_add_up),
		cmocka_unit_test(names_can_be_quoted),
		cmocka_unit_test(groups_contain_groups),
		cmocka_unit_test(a_circle_is_an_error),
		cmocka_unit_test(a_group_that_is_not_there_is_an_error),
		cmocka_unit_test(a_line_must_be_a_group),
		cmocka_unit_test(words_must_be_plain_or_quoted),
		cmocka_unit_test(names_that_nobody_can_have_are_errors),
		cmocka_unit_test(a_nul_is_an_error),
		cmocka_unit_test(groups_can_nest_32_deep_at_least),
		cmocka_unit_test(deep_nesting_ends_in_an_error),
		cmocka_unit_test(find_lends_or_says_no),
		cmocka_unit_test(members_become_entries),
		cmocka_unit_test(equal_entries_of_groups_are_one),
		cmocka_unit_test(unlike_entries_of_groups_are_errors),
		cmocka_unit_test(groups_are_names_to_openvpn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
