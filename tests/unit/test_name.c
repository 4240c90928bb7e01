/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/base/name.h"

#define C32 "0123456789abcdef0123456789abcdef"

static void possible_names_are_1_to_64_bytes(void **state)
{
	(void)state;
	assert_false(name_is_possible(STR("")));
	assert_true(name_is_possible(STR("a")));
	assert_true(name_is_possible(STR(C32 C32)));
	assert_false(name_is_possible(STR(C32 C32 "x")));
}

static void possible_names_hold_no_control_bytes(void **state)
{
	char name[] = "a?b";
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		name[1] = (char)c;
		assert_int_equal(name_is_possible((struct str){ name, 3 }),
				 c >= 32 && c != 127);
	}
}

static void expect_mangled(struct str name, const char *wanted)
{
	char *got = name_mangle(name);

	assert_string_equal(got, wanted);
	free(got);
}

static void names_of_chains_are_mangled(void **state)
{
	(void)state;
	expect_mangled(STR("john"), "john");
	expect_mangled(STR("A-z_0.9"), "A-z_0.9");
	expect_mangled(STR("J\xc3\xbcrgen M"), "J/c3/bcrgen/20M");
	expect_mangled(STR("a/b"), "a/2fb");
	expect_mangled(STR("\"\\\n\0"), "/22/5c/0a/00");
	expect_mangled(STR(""), "");
}

/* All names of up to two bytes out of some that could be mixed up. */
static void no_two_names_are_mangled_alike(void **state)
{
	static const char bytes[] = "/2fa _F";
	char *mangled[57], name[2];
	size_t i, j, n = 0;

	(void)state;
	for (i = 0; i < 7; i++)
		for (j = 0; j < 8; j++) {
			name[0] = bytes[i];
			name[1] = bytes[j % 7];
			mangled[n++] = name_mangle((struct str){
						name, j == 7 ? 1 : 2 });
		}
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(mangled[i], mangled[j]);
	while (n)
		free(mangled[--n]);
}

static void only_what_was_mangled_has_a_name(void **state)
{
	static const struct str none[] = {
		STR("a b"), STR("/61"), STR("/2F"), STR("/2"), STR("/"),
		STR("a/g0"), STR("/00"), STR("a\0b"), STR("\xc3"), STR("-/5f"),
	};
	char *name = name_unmangle(STR("J/c3/bcrgen/20M_/2f"));
	size_t i;

	(void)state;
	assert_string_equal(name, "J\xc3\xbcrgen M_/");
	free(name);
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_null(name_unmangle(none[i]));
}

static void expect_file(struct str name, const char *wanted)
{
	char *got = name_file(name, ".pf");

	assert_string_equal(got, wanted);
	free(got);
}

static void names_of_files_have_no_slash(void **state)
{
	(void)state;
	expect_file(STR("john"), "john.pf");
	expect_file(STR("../../etc/passwd"), ".._.._etc_passwd.pf");
	expect_file(STR("/"), "_.pf");
	expect_file(STR("..."), "....pf");
	expect_file(STR("a b"), "a b.pf");
}

static void folders_are_no_names_of_files(void **state)
{
	(void)state;
	assert_null(name_file(STR(""), ".pf"));
	assert_null(name_file(STR("."), ".pf"));
	assert_null(name_file(STR(".."), ""));
}

static void expect_identity(const char *id, const char *wanted)
{
	struct str name = { NULL, 0 };
	int r = name_of_identity(str_of(id), &name);

	if (!wanted) {
		assert_int_equal(r, -EINVAL);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(name.n, strlen(wanted));
	assert_memory_equal(name.p, wanted, name.n);
}

static void identities_have_names(void **state)
{
	(void)state;
	expect_identity("C=FR, O=Example, OU=Staff, CN=alice", "alice");
	expect_identity("CN=alice", "alice");
	expect_identity("CN=J\303\274rgen M., E=x@y", "J\303\274rgen M.");
	expect_identity("O=Example, Inc., CN=a, b", "a, b");
	expect_identity("1.2.3.4=x, CN=alice", "alice");
	expect_identity("CN=a=b", "a=b");
	expect_identity("CN=", "");
	expect_identity("alice@example.org", "alice@example.org");
	expect_identity("laptop.example.org", "laptop.example.org");
	expect_identity("192.0.2.2", "192.0.2.2");
	expect_identity("fd00::2", "fd00::2");
	expect_identity("a b, CN=c", "a b, CN=c");
	expect_identity("", "");
	expect_identity("=x", "=x");
	expect_identity("CN", "CN");
}

static void a_name_must_be_told_by_one_cn(void **state)
{
	(void)state;
	expect_identity("CN=alice, CN=bob", NULL);
	expect_identity("CN=alice, O=x, CN=", NULL);
	expect_identity("C=FR, O=Example", NULL);
	expect_identity("O=Example, cn=alice", NULL);
	expect_identity("O=", NULL);
	expect_identity("O=, ", NULL);
	expect_identity("O=x, SCN=bob", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(possible_names_are_1_to_64_bytes),
		cmocka_unit_test(possible_names_hold_no_control_bytes),
		cmocka_unit_test(names_of_chains_are_mangled),
		cmocka_unit_test(no_two_names_are_mangled_alike),
		cmocka_unit_test(only_what_was_mangled_has_a_name),
		cmocka_unit_test(names_of_files_have_no_slash),
		cmocka_unit_test(folders_are_no_names_of_files),
		cmocka_unit_test(identities_have_names),
		cmocka_unit_test(a_name_must_be_told_by_one_cn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
