/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ccd_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void assert_copy(const char *file, enum ccd_copy copy, const char *of)
{
	struct str stem;

	if (ccd_name_copy(str_of(file), &stem) != copy)
		fail_msg("\"%s\" is taken for something else", file);
	if (copy != CCD_ORIGINAL && !str_equal(stem, str_of(of)))
		fail_msg("\"%s\" is a copy of \"%.*s\"", file, STR_ARG(stem));
}

static void copies_are_known_by_their_names(void **state)
{
	static const char *const names[] = {
		"john~", "john.bak", "john.BAK", "john.bak2", "john.old",
		"john.orig", "john.save", "john.swp", "john.tmp", "john.new",
		"john.off", "john.disabled", "john.rpmsave", "john.rpmnew",
		"john.rpmorig", "john.dpkg-old", "john.dpkg-new",
		"john.dpkg-dist", "john.dpkg-bak", "john.ucf-old",
		"john.ucf-dist", "john.pf", ".john", "#john#",
		"Copy of john", "copy of john", "john (copy)",
		"john (2nd copy)", "john (1)", "john - Copy",
		"john - Copy 2", "john copy", "john copy 2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_copy(names[i], CCD_COPY, "john");
	assert_copy("john.bak.1~", CCD_COPY, "john.bak.1");
	assert_copy(".john.swp", CCD_COPY, "john.swp");
	assert_copy(".", CCD_COPY, "");
	assert_copy("a b.bak", CCD_COPY, "a b");
}

static void some_are_so_only_beside_the_file(void **state)
{
	static const char *const names[] = {
		"john.1", "john.12", "john.20240131", "john.2024-01-31",
		"john_old", "john_OFF", "john-bak", "john_disabled",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_copy(names[i], CCD_COPY_BESIDE, "john");
	assert_copy("10.8.0.6", CCD_COPY_BESIDE, "10.8.0");
}

static void names_of_clients_are_none(void **state)
{
	static const char *const names[] = {
		"john", "john2", "john-2", "2", "2024-01-31", "bak", "old",
		"~", "_old", "harold", "john.doe", "john@example.org",
		"www.example.org", "John (Sales)", "copy", "copyright",
		"Copy of ", "(1)", "#1", "#", "##", "john.bakery", "new.york",
		"scaffold", "-", "1-", "J\303\274rgen", "john 2", "copy 2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_copy(names[i], CCD_ORIGINAL, NULL);
	assert_copy("", CCD_ORIGINAL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_known_by_their_names),
		cmocka_unit_test(some_are_so_only_beside_the_file),
		cmocka_unit_test(names_of_clients_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
