/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovaddr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *ip4(const char *text)
{
	static char buf[ADDR_TEXT];
	struct prefix p;

	return ovaddr_ip4(text, &p) ? "-" : prefix_format(&p, buf);
}

static const char *ip6(const char *text)
{
	static char buf[ADDR_TEXT];
	struct prefix p;

	return ovaddr_ip6(text, &p) ? "-" : prefix_format(&p, buf);
}

static void ip4_is_what_getaddrinfo_takes_as_a_number(void **state)
{
	(void)state;
	assert_string_equal(ip4("10.8.0.5"), "10.8.0.5");
	assert_string_equal(ip4("168296487"), "10.8.0.39");
	assert_string_equal(ip4("168296470"), "10.8.0.22");
	assert_string_equal(ip4("10.8.40"), "10.8.0.40");
	assert_string_equal(ip4("010.8.0.041"), "8.8.0.33");
	assert_string_equal(ip4("10.8.0.030"), "10.8.0.24");
	assert_string_equal(ip4("0xa.8.0.0x11"), "10.8.0.17");
	assert_string_equal(ip4("0"), "0.0.0.0");
	assert_string_equal(ip4(""), "-");
	assert_string_equal(ip4(" 10.8.0.5"), "-");
	assert_string_equal(ip4("10.8.0.5 "), "-");
	assert_string_equal(ip4("10.8.0.5\n"), "-");
	assert_string_equal(ip4("10.8.0.256"), "-");
	assert_string_equal(ip4("10.8.0.08"), "-");
	assert_string_equal(ip4("10.8.0.5.6"), "-");
	assert_string_equal(ip4("fd00::5"), "-");
	assert_string_equal(ip4("localhost"), "-");
}

static void ip4_drops_a_suffix_but_checks_it(void **state)
{
	(void)state;
	assert_string_equal(ip4("10.8.0.17/24"), "10.8.0.17");
	assert_string_equal(ip4("10.8.0.17/"), "10.8.0.17");
	assert_string_equal(ip4("10.8.0.17/+8"), "10.8.0.17");
	assert_string_equal(ip4("10.8.0.17/33"), "-");
	assert_string_equal(ip4("10.8.0.17/-1"), "-");
	assert_string_equal(ip4("10.8.0.17/24x"), "-");
	assert_string_equal(ip4("10.8.0.17/24/8"), "-");
}

static void ip6_without_suffix_is_a_64(void **state)
{
	(void)state;
	assert_string_equal(ip6("fd00::5"), "fd00::5/64");
	assert_string_equal(ip6("FD00:0::5/128"), "fd00::5");
	assert_string_equal(ip6("fd00::5/0"), "fd00::5/0");
	assert_string_equal(ip6("fd00::5/129"), "-");
	assert_string_equal(ip6("10.8.0.5"), "-");
	assert_string_equal(ip6("fd00::g"), "-");
}

static void names_have_a_letter_and_no_odd_byte(void **state)
{
	(void)state;
	assert_true(ovaddr_is_name("alice.example.org"));
	assert_true(ovaddr_is_name("my_host-1"));
	assert_true(ovaddr_is_name("localhost/24"));
	assert_false(ovaddr_is_name("localhost/33x"));
	assert_false(ovaddr_is_name("10.8.0.300"));
	assert_false(ovaddr_is_name("255.255.255.0#c"));
	assert_false(ovaddr_is_name("b\xc3\xbc"));
	assert_false(ovaddr_is_name(""));
}

static void mask_length_refuses_holes(void **state)
{
	(void)state;
	assert_int_equal(ovaddr_mask_length(0xffffff00), 24);
	assert_int_equal(ovaddr_mask_length(0xffffffff), 32);
	assert_int_equal(ovaddr_mask_length(0), 0);
	assert_int_equal(ovaddr_mask_length(0x80000000), 1);
	assert_true(ovaddr_mask_length(0xff00ff00) < 0);
	assert_true(ovaddr_mask_length(0x000000ff) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip4_is_what_getaddrinfo_takes_as_a_number),
		cmocka_unit_test(ip4_drops_a_suffix_but_checks_it),
		cmocka_unit_test(ip6_without_suffix_is_a_64),
		cmocka_unit_test(names_have_a_letter_and_no_odd_byte),
		cmocka_unit_test(mask_length_refuses_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
