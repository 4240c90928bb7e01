/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/rules_sample.h"

static void each_kind_of_rule_has_its_text(void **state)
{
	struct rules_sample s;
	char *text;
	size_t i;

	(void)state;
	rules_sample_init(&s);
	for (i = 0; rules_sample_text[i]; i++) {
		assert_true(i < s.rs.rules.n);
		text = nft_text_rule(&s.rs, &s.rs.rules.v[i]);
		assert_string_equal(text, rules_sample_text[i]);
		free(text);
	}
	assert_int_equal(i, s.rs.rules.n);
	rules_sample_fini(&s);
}

static void interval_is_a_prefix_where_it_can_be_one(void **state)
{
	static const char *const same[] = {
		"0.0.0.0/0", "10.0.0.1", "10.0.0.0/31", "10.0.0.1-10.0.0.2",
		"0.0.0.0-255.255.255.254", "255.255.255.255",
		"10.0.0.0-10.0.2.255",
	};
	struct set set = { .key = SET_KEY_ADDR, .interval = true };
	char buf[ELEM_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(*same); i++)
		assert_string_equal(elem_format(&set,
				    rules_sample_elem(&set, same[i], NULL),
				    buf), same[i]);
	assert_string_equal(elem_format(&set,
			    rules_sample_elem(&set, "10.0.0.4-10.0.0.7", NULL),
			    buf), "10.0.0.4/30");
	vec_fini(&set.elems);
}

/* Into *text, malloced. */
static void print(const struct ruleset *rs, const char *state,
		  const char *const *names, size_t n, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	assert_non_null(out);
	assert_int_equal(nft_text_print(rs, state, names, n, out, NULL), 0);
	fclose(out);
}

static void table_replaces_what_is_there(void **state)
{
	static const char head[] = "\n"
		"table inet vpnpf\n"
		"delete table inet vpnpf\n\n"
		"table inet vpnpf {\n"
		"\tset all4n {\n"
		"\t\ttype ipv4_addr\n"
		"\t\tflags interval\n"
		"\t\telements = { 0.0.0.0/0 }\n"
		"\t}\n";
	struct rules_sample s;
	char *text;

	(void)state;
	rules_sample_init(&s);
	print(&s.rs, "vpnpf 12", NULL, 0, &text);
	assert_true(*text == '#');
	assert_memory_equal(strchr(text, '\n'), head, strlen(head));
	assert_non_null(strstr(text,
			"\telements = { 0x00000001 comment \"vpnpf 12\" }\n"));
	free(text);
	rules_sample_fini(&s);
}

static void reqids_stand_in_sets_of_a_type_that_nft_reads(void **state)
{
	static const char want[] =
		"\tset tunnel_reqid4 {\n"
		"\t\ttypeof ip saddr . ipsec in reqid\n"
		"\t\telements = { 10.0.2.10 . 1, 10.0.2.10 . 16909060,\n"
		"\t\t\t     10.0.2.11 . 4294967295 }\n"
		"\t}\n"
		"\n"
		"\tset tunnel_reqid4_net {\n"
		"\t\ttypeof ip saddr . ipsec in reqid\n"
		"\t\tflags interval\n"
		"\t\telements = { 10.0.3.0/24 . 1, "
		"10.0.4.1-10.0.4.5 . 16909060 }\n"
		"\t}\n"
		"\n"
		"\tset tunnel_reqid6 {\n"
		"\t\ttypeof ip6 saddr . ipsec in reqid\n"
		"\t\telements = { fd00::6 . 256 }\n"
		"\t}\n";
	struct rules_sample s;
	char *text;

	(void)state;
	rules_sample_init(&s);
	print(&s.rs, "", NULL, 0, &text);
	assert_non_null(strstr(text, want));
	free(text);
	rules_sample_fini(&s);
}

static void base_chains_come_last(void **state)
{
	struct rules_sample s;
	char *text;

	(void)state;
	rules_sample_init(&s);
	print(&s.rs, "", NULL, 0, &text);
	assert_true(strstr(text, "chain a_vpn") > strstr(text, "chain p/none"));
	assert_non_null(strstr(text, "\tchain from_vpn {\n"
		"\t\ttype filter hook prerouting priority -101; policy accept;\n"
		"\t\tiifname \"tun0\" goto from_client\n\t}\n"));
	assert_non_null(strstr(text,
		"hook postrouting priority 101; policy accept;\n"));
	free(text);
	rules_sample_fini(&s);
}

static void named_chains_alone_are_printed_with_their_places(void **state)
{
	static const char *const names[] = { "c/john", "c/nobody",
					     "c/o/20//2fx" };
	struct rules_sample s;
	char *text;

	(void)state;
	rules_sample_init(&s);
	print(&s.rs, "x", names, 3, &text);
	assert_string_equal(strchr(text, '\n') + 1,
		"table inet vpnpf {\n"
		"\tchain c/john {\n"
		"\t\tcomment \"john\"\n"
		"\t\tcounter jump p/1 # john.pf:3:1\n"
		"\t}\n"
		"\n"
		"\tchain c/o/20//2fx {\n"
		"\t\tcomment \"o_ /\xc3\xa4\\ #;} _$\"\n"
		"\t\tcounter jump p/1\n"
		"\t}\n"
		"}\n");
	free(text);
	rules_sample_fini(&s);
}

static void newline_in_a_file_name_stays_a_comment(void **state)
{
	static const char *const names[] = { "c" };
	struct sources sources = { 0 };
	struct ruleset rs = { 0 };
	const struct source *src;
	char *text;

	(void)state;
	src = source_text(&sources, "a\naccept", "x", 1);
	ruleset_add_chain(&rs, "c");
	ruleset_add_rule(&rs, RULE_DROP, NULL, (struct loc){ src, 0, 1 });
	print(&rs, "x", names, 1, &text);
	assert_non_null(strstr(text, "\t\tdrop # a\\x0aaccept:1:1\n"));
	free(text);
	ruleset_fini(&rs);
	sources_fini(&sources);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_rule_has_its_text),
		cmocka_unit_test(interval_is_a_prefix_where_it_can_be_one),
		cmocka_unit_test(table_replaces_what_is_there),
		cmocka_unit_test(reqids_stand_in_sets_of_a_type_that_nft_reads),
		cmocka_unit_test(base_chains_come_last),
		cmocka_unit_test(named_chains_alone_are_printed_with_their_places),
		cmocka_unit_test(newline_in_a_file_name_stays_a_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
