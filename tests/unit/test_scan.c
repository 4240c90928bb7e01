/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "compiler/base/scan.h"

static void words_are_cut_at_blanks(void **state)
{
	struct str s = STR(" \ta  b,c\t");

	(void)state;
	assert_true(str_equal(scan_word(&s), STR("a")));
	assert_true(str_equal(s, STR("b,c\t")));
	assert_true(str_equal(scan_word(&s), STR("b,c")));
	assert_int_equal(s.n, 0);
	assert_int_equal(scan_word(&s).n, 0);
}

static void only_ascii_letters_lose_their_case(void **state)
{
	(void)state;
	assert_true(scan_equal_nocase(STR("[eNd]"), STR("[END]")));
	assert_false(scan_equal_nocase(STR("[end"), STR("[END]")));
	assert_false(scan_equal_nocase(STR("{end]"), STR("[END]")));
	assert_false(scan_equal_nocase(STR("\xe4"), STR("\xc4")));
}

static void decimals_are_strict(void **state)
{
	unsigned int v = 7;

	(void)state;
	assert_true(scan_decimal(STR("0"), 9, &v));
	assert_int_equal(v, 0);
	assert_true(scan_decimal(STR("65535"), 65535, &v));
	assert_int_equal(v, 65535);
	assert_false(scan_decimal(STR("65536"), 65535, &v));
	assert_false(scan_decimal(STR(""), 9, &v));
	assert_false(scan_decimal(STR("01"), 9, &v));
	assert_false(scan_decimal(STR("+1"), 9, &v));
	assert_false(scan_decimal(STR("1 "), 9, &v));
	assert_true(scan_decimal(STR("4294967295"), UINT_MAX, &v));
	assert_true(v == 4294967295u);
	assert_false(scan_decimal(STR("4294967296"), UINT_MAX, &v));
	assert_false(scan_decimal(STR("10000000000"), UINT_MAX, &v));
	assert_false(scan_decimal(STR("4294967297"), 9, &v));
}

static void check_against_sscanf(const char *text)
{
	struct str a = str_of(text), b = a;
	struct scan_number n;
	unsigned int u;
	int i, used = 0;
	bool ok;

	ok = sscanf(text, "%d%n", &i, &used) == 1;
	if (scan_signed(&a, &n) != ok ||
	    (ok && (n.value != (uint32_t)i || a.p != text + used)))
		fail_msg("%%d reads \"%s\" otherwise", text);
	ok = sscanf(text, "%u%n", &u, &used) == 1;
	if (scan_unsigned(&b, &n) != ok ||
	    (ok && (n.value != u || b.p != text + used)))
		fail_msg("%%u reads \"%s\" otherwise", text);
}

/* The rule is glibc's for a long of 64 bits; elsewhere there is no witness. */
static void numbers_are_read_as_sscanf_does(void **state)
{
	static const char *const parts[] = {
		"", " ", "\t", "\v", "\f", "\r", "\n", "+", "-", "0", "00",
		"8", "x", ".", "10", "255", "256", "2147483647", "2147483648",
		"4294967295", "4294967296", "9223372036854775807",
		"9223372036854775808", "18446744073709551615",
		"18446744073709551616", "99999999999999999999999", "0x8", "'",
	};
	const size_t n = sizeof(parts) / sizeof(*parts);
	char text[128];
	size_t i;

	(void)state;
	if (sizeof(long) != 8)
		skip();
	for (i = 0; i < n * n * n; i++) {
		snprintf(text, sizeof(text), "%s%s%s", parts[i % n],
			 parts[i / n % n], parts[i / n / n]);
		check_against_sscanf(text);
	}
}

static void numbers_that_are_not_what_they_say_are_marked(void **state)
{
	struct scan_number n;
	struct str s = STR("4294967296");

	(void)state;
	assert_true(scan_unsigned(&s, &n));
	assert_true(n.wraps);
	s = STR("-1");
	assert_true(scan_unsigned(&s, &n));
	assert_true(n.wraps);
	s = STR("-0");
	assert_true(scan_unsigned(&s, &n));
	assert_false(n.wraps);
	s = STR("010");
	assert_true(scan_unsigned(&s, &n));
	assert_true(n.octal && n.value == 10);
	s = STR("007");
	assert_true(scan_unsigned(&s, &n));
	assert_false(n.octal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_cut_at_blanks),
		cmocka_unit_test(only_ascii_letters_lose_their_case),
		cmocka_unit_test(decimals_are_strict),
		cmocka_unit_test(numbers_are_read_as_sscanf_does),
		cmocka_unit_test(numbers_that_are_not_what_they_say_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
