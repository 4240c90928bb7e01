/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/base/endpoint.h"

static struct endpoint parsed(const char *text)
{
	struct endpoint e;

	if (endpoint_parse(str_of(text), &e))
		fail_msg("\"%s\" is not read", text);
	return e;
}

static void endpoints_read_and_print_the_same(void **state)
{
	static const char *const texts[] = {
		"10.8.0.2", "10.8.0.0/24", "fd00::2", "fd00::/64", "::/0",
		"6e:eb:a3:8d:66:69", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
		"0:11:22:33:44:55:66:77",
	};
	struct endpoint e;
	char buf[ADDR_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		e = parsed(texts[i]);
		assert_string_equal(endpoint_format(&e, buf), texts[i]);
	}
}

static void hardware_addresses_are_those_that_openvpn_prints(void **state)
{
	static const uint8_t mac[6] = { 0x6e, 0xeb, 0xa3, 0x8d, 0x66, 0x69 };
	static const char *const bad[] = {
		"", "john", "02:00:00:00:00", "02:00:00:00:00:0g",
		"02-00-00-00-00-07", "02:00:00:00:0007", "02:00:00:00:00:07 ",
		"02:00:00:00:00:07@", "02:00:00:00:00:07@x",
		"02:00:00:00:00:07@1@1", "02:00:00:00:00:0A", "10.8.0.2@0",
	};
	struct endpoint e = parsed("6e:eb:a3:8d:66:69");
	size_t i;

	(void)state;
	assert_true(e.is_mac);
	assert_memory_equal(e.mac, mac, sizeof(mac));
	e = parsed("6e:eb:a3:8d:66:69@4095");
	assert_memory_equal(e.mac, mac, sizeof(mac));
	/* an IPv6 address that begins as one */
	e = parsed("00:11:22:33:44:55:66:77");
	assert_false(e.is_mac);
	assert_int_equal(e.net.family, FAMILY_IP6);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (endpoint_parse(str_of(bad[i]), &e) != -EINVAL)
			fail_msg("\"%s\" is read", bad[i]);
}

static void the_order_is_of_prefixes_and_then_of_bytes(void **state)
{
	static const char *const texts[] = {
		"10.8.0.0/24", "10.8.0.0", "10.8.0.2", "fd00::2",
		"00:00:00:00:00:02", "02:00:00:00:00:01",
	};
	const size_t n = sizeof(texts) / sizeof(*texts);
	struct endpoint a, b;
	size_t i, k;
	int r;

	(void)state;
	for (i = 0; i < n; i++) {
		for (k = 0; k < n; k++) {
			a = parsed(texts[i]);
			b = parsed(texts[k]);
			r = endpoint_cmp(&a, &b);
			assert_true(i < k ? r < 0 : i > k ? r > 0 : !r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_read_and_print_the_same),
		cmocka_unit_test(
			hardware_addresses_are_those_that_openvpn_prints),
		cmocka_unit_test(the_order_is_of_prefixes_and_then_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
