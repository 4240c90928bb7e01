/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/base/prefix.h"

static struct prefix parsed(const char *text)
{
	struct prefix p;

	if (prefix_parse(str_of(text), &p))
		fail_msg("\"%s\" is not read", text);
	return p;
}

static void prefixes_read_and_print_the_same(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0", "10.8.0.2", "255.255.255.255", "10.8.0.0/24",
		"0.0.0.0/0", "10.8.0.2/24", "::", "::1", "fd00::/8", "::/0",
		"2001:db8::1/64", "fd00::2", "::ffff:10.0.0.1",
	};
	char buf[ADDR_TEXT];
	struct prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		p = parsed(texts[i]);
		assert_string_equal(prefix_format(&p, buf), texts[i]);
	}
	p = parsed("10.8.0.2/32");
	assert_true(prefix_is_host(&p));
	assert_string_equal(prefix_format(&p, buf), "10.8.0.2");
	p = parsed("FD00:0:0::0002/128");
	assert_string_equal(prefix_format(&p, buf), "fd00::2");
}

static void what_is_no_prefix_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "/", "/8", "10", "10.0.0", "10.0.0.0/", "10.0.0.0/33",
		"10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-0", "10.0.0.0/8/8",
		" 10.0.0.1", "10.0.0.1 ", "010.0.0.1", "10.0.0.256",
		"10.0.0.0/0x8", "10.0.0.0/255.0.0.0", "::/129", "::/1000",
		"fd00::%eth0", "fd00:/8", "1:2:3:4:5:6:7:8:9", "nick",
		"0000:0000:0000:0000:0000:0000:255.255.255.2555555",
	};
	struct prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!prefix_parse(str_of(texts[i]), &p))
			fail_msg("\"%s\" is read", texts[i]);
	assert_true(prefix_parse(STR("10.0.0.1\0"), &p) < 0);
}

static void masks_clear_the_bits_behind(void **state)
{
	char buf[ADDR_TEXT];
	struct prefix p = parsed("10.255.255.255/12");

	(void)state;
	assert_true(prefix_mask(&p));
	assert_string_equal(prefix_format(&p, buf), "10.240.0.0/12");
	assert_false(prefix_mask(&p));
	p = parsed("255.255.255.255/0");
	assert_true(prefix_mask(&p));
	assert_string_equal(prefix_format(&p, buf), "0.0.0.0/0");
	p = parsed("10.0.0.1");
	assert_false(prefix_mask(&p));
	p = parsed("fd00:ffff::1/17");
	assert_true(prefix_mask(&p));
	assert_string_equal(prefix_format(&p, buf), "fd00:8000::/17");
}

static void ip4_is_converted_from_and_to_numbers(void **state)
{
	char buf[ADDR_TEXT];
	struct prefix p = prefix_ip4(0x0a080002, 24);

	(void)state;
	assert_string_equal(prefix_format(&p, buf), "10.8.0.2/24");
	assert_int_equal(addr_ip4(&p.addr), 0x0a080002);
	p = prefix_ip4(0xffffffff, 32);
	assert_int_equal(addr_ip4(&p.addr), 0xffffffff);
}

static void nets_contain_what_begins_alike(void **state)
{
	struct prefix net = parsed("10.8.128.0/17"), a;

	(void)state;
	a = parsed("10.8.128.0");
	assert_true(prefix_contains(&net, &a.addr));
	a = parsed("10.8.255.255");
	assert_true(prefix_contains(&net, &a.addr));
	a = parsed("10.8.127.255");
	assert_false(prefix_contains(&net, &a.addr));
	net = parsed("0.0.0.0/0");
	assert_true(prefix_contains(&net, &a.addr));
	net = parsed("10.8.127.255");
	assert_true(prefix_contains(&net, &a.addr));
}

static void nets_cover_longer_nets_of_their_family(void **state)
{
	const struct prefix ten = parsed("10.0.0.0/8");
	const struct prefix sub = parsed("10.8.0.0/16");
	const struct prefix other = parsed("11.0.0.0/16");
	const struct prefix all4 = parsed("0.0.0.0/0"), all6 = parsed("::/0");

	(void)state;
	assert_true(prefix_covers(&ten, &sub));
	assert_true(prefix_covers(&ten, &ten));
	assert_false(prefix_covers(&sub, &ten));
	assert_false(prefix_covers(&ten, &other));
	assert_true(prefix_covers(&all4, &other));
	assert_false(prefix_covers(&all6, &other));
}

static void only_ip4_nets_that_hold_zero_hold_the_unknown(void **state)
{
	const struct prefix all4 = parsed("0.0.0.0/0");
	const struct prefix zero = parsed("0.0.0.0");
	const struct prefix low = parsed("0.0.0.0/8");
	const struct prefix half = parsed("128.0.0.0/1");
	const struct prefix all6 = parsed("::/0");
	const struct prefix none = parsed("::");

	(void)state;
	assert_true(prefix_holds_unknown(&all4));
	assert_true(prefix_holds_unknown(&zero));
	assert_true(prefix_holds_unknown(&low));
	assert_false(prefix_holds_unknown(&half));
	assert_false(prefix_holds_unknown(&all6));
	assert_false(prefix_holds_unknown(&none));
}

static void a_net_sorts_right_before_what_it_contains(void **state)
{
	static const char *const order[] = {
		"0.0.0.0/0", "0.0.0.0", "10.0.0.0/8", "10.0.0.0/16",
		"10.0.0.0", "10.1.0.0/16", "11.0.0.0/8", "255.255.255.255",
		"::/0", "::", "fd00::/8", "fd00::1",
	};
	struct prefix a, b;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		for (j = 0; j < sizeof(order) / sizeof(*order); j++) {
			a = parsed(order[i]);
			b = parsed(order[j]);
			assert_int_equal(prefix_cmp(&a, &b) < 0, i < j);
			assert_int_equal(prefix_cmp(&a, &b) == 0, i == j);
		}
}

static void the_last_address_has_all_bits_behind_set(void **state)
{
	char buf[ADDR_TEXT];
	struct prefix p = parsed("10.8.0.0/23");
	struct addr a = prefix_last(&p);

	(void)state;
	assert_string_equal(addr_format(FAMILY_IP4, &a, buf), "10.8.1.255");
	p = parsed("10.8.0.1");
	a = prefix_last(&p);
	assert_string_equal(addr_format(FAMILY_IP4, &a, buf), "10.8.0.1");
	p = parsed("fd00::/9");
	a = prefix_last(&p);
	assert_string_equal(addr_format(FAMILY_IP6, &a, buf),
			    "fd7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

/* WANTED: the prefixes that fill [FIRST, LAST]. */
static void assert_filled(const char *first, const char *last,
			  const char *wanted)
{
	struct prefix a, b, net;
	char text[ADDR_TEXT], got[800] = "";

	assert_int_equal(prefix_parse(str_of(first), &a), 0);
	assert_int_equal(prefix_parse(str_of(last), &b), 0);
	do {
		net = prefix_within(a.family, &a.addr, &b.addr);
		strcat(strcat(got, prefix_format(&net, text)), " ");
		a.addr = prefix_last(&net);
	} while (memcmp(a.addr.b, b.addr.b, sizeof(a.addr.b)) != 0 &&
		 addr_next(a.family, &a.addr));
	assert_string_equal(got, wanted);
}

static void ranges_are_filled_with_the_largest_prefixes(void **state)
{
	(void)state;
	assert_filled("10.8.0.2", "10.8.0.2", "10.8.0.2 ");
	assert_filled("10.8.0.1", "10.8.0.6",
		      "10.8.0.1 10.8.0.2/31 10.8.0.4/31 10.8.0.6 ");
	assert_filled("0.0.0.0", "255.255.255.255", "0.0.0.0/0 ");
	assert_filled("128.0.0.0", "255.255.255.254",
		      "128.0.0.0/2 192.0.0.0/3 224.0.0.0/4 240.0.0.0/5 "
		      "248.0.0.0/6 252.0.0.0/7 254.0.0.0/8 255.0.0.0/9 "
		      "255.128.0.0/10 255.192.0.0/11 255.224.0.0/12 "
		      "255.240.0.0/13 255.248.0.0/14 255.252.0.0/15 "
		      "255.254.0.0/16 255.255.0.0/17 255.255.128.0/18 "
		      "255.255.192.0/19 255.255.224.0/20 255.255.240.0/21 "
		      "255.255.248.0/22 255.255.252.0/23 255.255.254.0/24 "
		      "255.255.255.0/25 255.255.255.128/26 "
		      "255.255.255.192/27 255.255.255.224/28 "
		      "255.255.255.240/29 255.255.255.248/30 "
		      "255.255.255.252/31 255.255.255.254 ");
	assert_filled("fd00::ffff", "fd00::1:ffff",
		      "fd00::ffff fd00::1:0/112 ");
	assert_filled("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		      "::/0 ");
}

static void neighbours_carry_and_end_at_the_edge(void **state)
{
	char buf[ADDR_TEXT];
	struct addr a = parsed("10.8.255.255").addr;

	(void)state;
	assert_true(addr_next(FAMILY_IP4, &a));
	assert_string_equal(addr_format(FAMILY_IP4, &a, buf), "10.9.0.0");
	assert_true(addr_prev(FAMILY_IP4, &a));
	assert_string_equal(addr_format(FAMILY_IP4, &a, buf), "10.8.255.255");
	a = parsed("255.255.255.255").addr;
	assert_false(addr_next(FAMILY_IP4, &a));
	a = parsed("0.0.0.0").addr;
	assert_false(addr_prev(FAMILY_IP4, &a));
	a = parsed("fd00::ffff").addr;
	assert_true(addr_next(FAMILY_IP6, &a));
	assert_string_equal(addr_format(FAMILY_IP6, &a, buf), "fd00::1:0");
	a = parsed("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").addr;
	assert_false(addr_next(FAMILY_IP6, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_read_and_print_the_same),
		cmocka_unit_test(what_is_no_prefix_is_refused),
		cmocka_unit_test(masks_clear_the_bits_behind),
		cmocka_unit_test(ip4_is_converted_from_and_to_numbers),
		cmocka_unit_test(nets_contain_what_begins_alike),
		cmocka_unit_test(nets_cover_longer_nets_of_their_family),
		cmocka_unit_test(only_ip4_nets_that_hold_zero_hold_the_unknown),
		cmocka_unit_test(a_net_sorts_right_before_what_it_contains),
		cmocka_unit_test(the_last_address_has_all_bits_behind_set),
		cmocka_unit_test(ranges_are_filled_with_the_largest_prefixes),
		cmocka_unit_test(neighbours_carry_and_end_at_the_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
