/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/ipt_sample.h"

static int setup(void **state)
{
	static struct ipt_sample sample;

	ipt_sample_init(&sample);
	*state = &sample;
	return 0;
}

static int teardown(void **state)
{
	ipt_sample_fini(*state);
	return 0;
}

static char *print(const struct ruleset *rs, const char *const *names,
		   size_t n)
{
	struct diag d = { .out = stderr };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(ipt_text_print(rs, "vpnpf 12", names, n, out, &d), 0);
	fclose(out);
	return text;
}

/* The line after the place of *AT; *AT moves there. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	assert_non_null(end);
	*end = '\0';
	*at = end + 1;
	return line;
}

static void each_rule_is_as_save_shows_it(void **state)
{
	static const char *const names[][1] = { { "ip/VPp-sample" },
						{ "ip6/VPp-sample" } };
	struct ipt_sample *s = *state;
	char *text, *at, *line;
	unsigned int f, i;

	for (f = 0; f < 2; f++) {
		text = at = print(&s->rs, names[f], 1);
		for (i = 0; ipt_sample_text[f][i]; i++) {
			do
				line = next_line(&at);
			while (*line != '-');
			assert_string_equal(line, ipt_sample_text[f][i]);
		}
		assert_string_equal(at, "COMMIT\n");
		free(text);
	}
}

static void all_is_two_parts_with_jumps_and_the_state(void **state)
{
	static const char head[] =
		"\n# iptables-legacy-restore --noflush\n"
		"*filter\n"
		":VPNPF-FORWARD - [0:0]\n"
		":VPNPF-STATE - [0:0]\n"
		":VPo-john - [0:0]\n"
		":VPp-sample - [0:0]\n"
		"-I FORWARD 1 -j VPNPF-FORWARD\n"
		"-A VPNPF-FORWARD -i tun0 -g VPp-sample\n"
		"-A VPNPF-STATE -m comment --comment \"vpnpf 12\"\n"
		"-A VPo-john -j DROP\n"
		"# jo\\x0ahn.pf:2:1\n"
		"-A VPp-sample -j DROP\n";
	static const char middle[] =
		"COMMIT\n"
		"# ip6tables-legacy-restore --noflush\n"
		"*filter\n"
		":VPNPF-FORWARD - [0:0]\n"
		":VPo-john - [0:0]\n"
		":VPp-sample - [0:0]\n"
		"-I FORWARD 1 -j VPNPF-FORWARD\n"
		"-A VPNPF-FORWARD -i tun0 -g VPp-sample\n";
	struct ipt_sample *s = *state;
	char *text = print(&s->rs, NULL, 0);

	assert_ptr_equal(strstr(text, head), strchr(text, '\n'));
	assert_non_null(strstr(text, middle));
	free(text);
}

static void table_security_is_said(void **state)
{
	struct ipt_sample *s = *state;
	char *text;

	s->rs.table = TABLE_SECURITY;
	text = print(&s->rs, NULL, 0);
	assert_non_null(strstr(text, "\n*security\n"));
	assert_null(strstr(text, "\n*filter\n"));
	free(text);
}

static void a_family_without_chains_is_left_out(void **state)
{
	struct ipt_sample *s = *state;
	char *text;

	s->rs.chains.n = 3;	/* ip6 comes after ip */
	text = print(&s->rs, NULL, 0);
	assert_null(strstr(text, "ip6tables"));
	free(text);
}

static void what_iptables_cannot_say_is_an_error(void **state)
{
	struct diag d = { 0 };
	struct ruleset rs = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	ruleset_add_chain(&rs, "ip/VPp-x");
	ipt_sample_rule(&rs, RULE_DROP, NULL);
	ipt_sample_name(&rs, MATCH_SET, "client_chain4");
	assert_int_equal(ipt_text_print(&rs, "", NULL, 0, out, &d), -EINVAL);
	rs.matches.n = rs.rules.v[0].n_matches = 0;
	ipt_sample_addr(&rs, FIELD_SADDR, "fd00::1");
	assert_int_equal(ipt_text_print(&rs, "", NULL, 0, out, &d), -EINVAL);
	rs.matches.n = rs.rules.v[0].n_matches = 0;
	ipt_sample_ipsec(&rs, FIELD_SADDR, false, "fd00::1", 0);
	assert_int_equal(ipt_text_print(&rs, "", NULL, 0, out, &d), -ENOPKG);
	assert_int_equal(d.errors, 3);
	fflush(out);
	assert_null(strstr(text, "COMMIT"));
	/* and what is right is so after errors, too */
	rs.matches.v[0].net.len = 0;
	assert_int_equal(ipt_text_print(&rs, "", NULL, 0, out, &d), 0);
	fclose(out);
	free(text);
	ruleset_fini(&rs);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_rule_is_as_save_shows_it),
		TEST(all_is_two_parts_with_jumps_and_the_state),
		TEST(table_security_is_said),
		TEST(a_family_without_chains_is_left_out),
		TEST(what_iptables_cannot_say_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
