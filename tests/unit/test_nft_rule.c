/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void types_of_keys_are_nfts(void **state)
{
	static const struct {
		enum set_key key;
		enum family family;
		uint32_t type;
	} cases[] = {
		{ SET_KEY_ADDR, FAMILY_IP4, 7 },
		{ SET_KEY_ADDR, FAMILY_IP6, 8 },
		{ SET_KEY_PAIR, FAMILY_IP4, 7 << 6 | 7 },
		{ SET_KEY_PAIR, FAMILY_IP6, 8 << 6 | 8 },
		{ SET_KEY_MAC_ADDR, FAMILY_IP4, 9 << 6 | 7 },
		{ SET_KEY_MAC_ADDR, FAMILY_IP6, 9 << 6 | 8 },
		{ SET_KEY_ADDR_REQID, FAMILY_IP4, 7 << 6 | 4 },
		{ SET_KEY_ADDR_REQID, FAMILY_IP6, 8 << 6 | 4 },
		{ SET_KEY_STATE, FAMILY_IP4, 19 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct set set = { .key = (uint8_t)cases[i].key,
					 .family = (uint8_t)cases[i].family };

		assert_int_equal(nft_rule_key_type(&set), cases[i].type);
	}
}

static void each_part_of_a_key_is_padded_to_4_bytes(void **state)
{
	const struct set set = { .key = SET_KEY_MAC_ADDR };
	const uint8_t key[32] = { 1, 2, 3, 4, 5, 6, 10, 8, 0, 1 };
	const uint8_t kernel[32] = { 1, 2, 3, 4, 5, 6, 0, 0, 10, 8, 0, 1 };
	uint8_t padded[32], back[32] = { 0 };

	(void)state;
	assert_int_equal(nft_rule_pad(&set, key, padded), 12);
	assert_memory_equal(padded, kernel, sizeof(kernel));
	assert_true(nft_rule_unpad(&set, padded, 12, back));
	assert_memory_equal(back, key, sizeof(key));
}

static void key_of_another_length_is_none(void **state)
{
	const struct set set = { .key = SET_KEY_PAIR };
	const uint8_t kernel[32] = { 10, 8, 0, 1, 10, 8, 0, 2 };
	uint8_t key[32];

	(void)state;
	assert_true(nft_rule_unpad(&set, kernel, 8, key));
	assert_false(nft_rule_unpad(&set, kernel, 4, key));
	assert_false(nft_rule_unpad(&set, kernel, 7, key));
	assert_false(nft_rule_unpad(&set, kernel, 12, key));
}

/* As the kernel loads it from a policy; but where nft could have ranges of
 * it, they are compared byte by byte. */
static void reqid_is_of_host_order_but_in_intervals(void **state)
{
	struct set set = { .key = SET_KEY_ADDR_REQID };
	const uint8_t key[32] = { 10, 0, 2, 10, 1, 2, 3, 4 };
	const uint32_t host = 0x01020304;
	uint8_t padded[32], back[32] = { 0 };

	(void)state;
	assert_int_equal(nft_rule_pad(&set, key, padded), 8);
	assert_memory_equal(padded, key, 4);
	assert_memory_equal(padded + 4, &host, 4);
	assert_true(nft_rule_unpad(&set, padded, 8, back));
	assert_memory_equal(back, key, sizeof(key));
	set.interval = true;
	nft_rule_pad(&set, key, padded);
	assert_memory_equal(padded, key, sizeof(key));
}

static void comment_has_neither_quote_nor_control(void **state)
{
	char buf[COMMENT_MAX_BYTES + 1];

	(void)state;
	assert_string_equal(nft_rule_comment("a\"b\n\x7f\\ \xc3\xa4", buf),
			    "a_b__\\ \xc3\xa4");
}

static void long_comment_is_cut_between_characters(void **state)
{
	char text[200], buf[COMMENT_MAX_BYTES + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[199] = '\0';
	assert_int_equal(strlen(nft_rule_comment(text, buf)), 128);
	memcpy(text + 127, "\xc3\xa4", 2);
	assert_int_equal(strlen(nft_rule_comment(text, buf)), 127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_of_keys_are_nfts),
		cmocka_unit_test(each_part_of_a_key_is_padded_to_4_bytes),
		cmocka_unit_test(key_of_another_length_is_none),
		cmocka_unit_test(reqid_is_of_host_order_but_in_intervals),
		cmocka_unit_test(comment_has_neither_quote_nor_control),
		cmocka_unit_test(long_comment_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
