/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/pfdiff.h"

#include "tests/unit/lib/pf_reading.h"

static void expect_most(const char *old, const char *new, size_t most,
			const char *wanted)
{
	struct reading a, b;
	char *text;

	reading_init(&a, old, strlen(old), &plain);
	reading_init(&b, new, strlen(new), &plain);
	text = pfdiff_text(&a.pf, &b.pf, most);
	assert_string_equal(text, wanted);
	free(text);
	reading_fini(&a);
	reading_fini(&b);
}

static void expect_says(const char *old, const char *new,
			const char *wanted)
{
	expect_most(old, new, 100, wanted);
}

static void clients_are_gained_and_lost(void **state)
{
	(void)state;
	expect_says("[CLIENTS DROP]\n+bob\n[END]",
		    "[CLIENTS DROP]\n+nick\n[END]",
		    "+ nick, - bob");
	expect_says("[CLIENTS DROP]\n+a\n+b\n+c\n[END]",
		    "[CLIENTS DROP]\n+new\n+a\n-b\n+c\n[END]", "+ new, - b");
	expect_says("[CLIENTS ACCEPT]\n-max\n[END]", "[CLIENTS ACCEPT]\n[END]",
		    "+ max");
	expect_says("[CLIENTS ACCEPT]\n-max\n-bob\n[END]",
		    "[CLIENTS DROP]\n+nick\n-bob\n[END]",
		    "- all other clients");
	expect_says("[CLIENTS DROP]\n+nick\n[END]",
		    "[CLIENTS ACCEPT]\n-max\n[END]", "+ all other clients");
}

static void what_changes_no_right_is_not_told(void **state)
{
	(void)state;
	expect_says("[CLIENTS DROP]\n+a\n+b\n[END]",
		    "[CLIENTS DROP]\n+b\n-c\n+a\n[END]",
		    "other lines, the same rights");
	expect_says("[SUBNETS ACCEPT]\n-10.0.4.0/24\n-10.0.5.0/24\n[END]",
		    "[SUBNETS ACCEPT]\n-10.0.5.0/24\n-10.0.4.0/24\n"
		    "-10.0.4.7\n+10.0.5.9\n+10.9.0.0/16\n[END]",
		    "other lines, the same rights");
}

static void addresses_are_gained_and_lost(void **state)
{
	(void)state;
	expect_says("[SUBNETS ACCEPT]\n-10.0.4.0/24\n[END]",
		    "[SUBNETS ACCEPT]\n-10.0.5.0/24\n[END]",
		    "- 10.0.5.0/24, + 10.0.4.0/24");
	expect_says("[SUBNETS DROP]\n[END]",
		    "[SUBNETS DROP]\n+10.0.0.1\n[END]",
		    "+ 10.0.0.1");
	/* a hole in what was allowed as a whole */
	expect_says("[SUBNETS DROP]\n+10.0.0.0/8\n[END]",
		    "[SUBNETS DROP]\n-10.1.0.0/16\n+10.0.0.0/8\n[END]",
		    "- 10.1.0.0/16");
	/* the whole around a hole */
	expect_says("[SUBNETS DROP]\n-10.1.0.0/16\n[END]",
		    "[SUBNETS DROP]\n-10.1.0.0/16\n+10.0.0.0/8\n[END]",
		    "+ 10.0.0.0/8");
	/* the order decides */
	expect_says("[SUBNETS DROP]\n-10.1.0.0/16\n+10.0.0.0/8\n[END]",
		    "[SUBNETS DROP]\n+10.0.0.0/8\n-10.1.0.0/16\n[END]",
		    "+ 10.1.0.0/16");
	expect_says("[SUBNETS DROP]\n+10.0.0.0/8\n[END]",
		    "[SUBNETS ACCEPT]\n+10.0.0.0/8\n[END]",
		    "+ all other addresses");
	expect_says("[SERVICES]\n[SUBNETS DROP]\n+fd00::/8\n[END]",
		    "[SUBNETS DROP]\n[END]", "- fd00::/8");
}

static void services_are_gained_and_lost(void **state)
{
	(void)state;
	expect_says("[SERVICES]\n+10.0.0.0/8 tcp 22\n[END]",
		    "[SERVICES]\n+10.0.0.0/8 tcp 22,80\n[END]",
		    "+ 10.0.0.0/8 tcp 22,80, - 10.0.0.0/8 tcp 22");
	expect_says("[SERVICES]\n-10.0.0.0/8 tcp 22\n+10.0.0.0/8 any\n[END]",
		    "[SERVICES]\n+10.0.0.0/8 any\n-10.0.0.0/8 tcp 22\n[END]",
		    "services in another order");
	expect_says("[SERVICES]\n-10.0.0.1/32 udp 53 from 1024-65535\n[END]",
		    "[SERVICES]\n[END]", "+ 10.0.0.1 udp 53 from 1024-65535");
}

static void the_rest_is_counted(void **state)
{
	(void)state;
	expect_most("[CLIENTS DROP]\n[END]",
		    "[CLIENTS DROP]\n+a\n+b\n+c\n+d\n[END]", 2,
		    "+ a, + b and 2 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_gained_and_lost),
		cmocka_unit_test(what_changes_no_right_is_not_told),
		cmocka_unit_test(addresses_are_gained_and_lost),
		cmocka_unit_test(services_are_gained_and_lost),
		cmocka_unit_test(the_rest_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
