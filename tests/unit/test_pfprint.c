/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/pf_reading.h"

static char *printed(const struct pffile *pf)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	pffile_print(pf, out);
	fclose(out);
	return text;
}

static void expect_printed(const char *text, const char *wanted)
{
	struct reading r;
	char *got;

	reading_init(&r, text, strlen(text), &plain);
	got = printed(&r.pf);
	assert_string_equal(got, wanted);
	free(got);
	reading_fini(&r);
}

static void a_policy_is_printed_in_plain_form(void **state)
{
	(void)state;
	expect_printed("[subnets accept]\n+ 010.1.2.3/8 # x\n-unknown\n"
		       "+0.0.0.0\n+10.0.4.0\n-1.2.3.4/32\n[clients drop]\n"
		       "+ a # b\n[SERVICES]\n+10.1.2.3/8 tcp 80,22,81\n"
		       "-::1 any\n[end]\nrubbish",
		       "[CLIENTS DROP]\n+ a # b\n[SERVICES]\n"
		       "+10.0.0.0/8 tcp 22,80-81\n-::1 any\n"
		       "[SUBNETS ACCEPT]\n+10.0.0.0/8\n-unknown\n+unknown\n"
		       "+10.0.4.0/32\n-1.2.3.4\n[END]\n");
	expect_printed("[SERVICES]\n[SUBNETS DROP]\n+FD00::1/8\n[END]",
		       "[CLIENTS DROP]\n[SERVICES]\n[SUBNETS DROP]\n"
		       "+fd00::/8\n[END]\n");
	expect_printed("[END]", "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n");
}

static void names_that_nobody_can_have_are_left_out(void **state)
{
	(void)state;
	expect_printed("[CLIENTS ACCEPT]\n-a\tb\n-c\n-\x1b[31m\n[END]\n",
		       "[CLIENTS ACCEPT]\n-c\n[SUBNETS DROP]\n[END]\n");
}

static void expect_same_again(const char *text, size_t size)
{
	struct reading first, second;
	char *print, *again;

	reading_init(&first, text, size, &plain);
	if (first.pf.state == PFFILE_OK) {
		print = printed(&first.pf);
		reading_init(&second, print, strlen(print), &plain);
		assert_string_equal(first.means, second.means);
		again = printed(&second.pf);
		assert_string_equal(print, again);
		free(again);
		free(print);
		reading_fini(&second);
	}
	reading_fini(&first);
}

/* Any odd mix of lines; those that are refused have nothing to print. */
static void what_is_printed_reads_back_equal(void **state)
{
	static const char *const lines[] = {
		"[CLIENTS DROP]", "[CLIENTS ACCEPT]", "[SUBNETS DROP]",
		"[SUBNETS ACCEPT]", "[SERVICES]", "# x", "",
		"+a", "-b", "+c d", "++e", "- f", "+g # h", "+10.8.0.2/8",
		"-0.0.0.0/0", "+10.0.4.0", "-unknown", "+fd00::1/8", "-::1",
		"+::10.1.2.3", "+10.0.0.1 tcp 3,1,2", "-10.0.0.0/8 icmp",
		"+fd00::/8 udp 1-2,4 from 7", "+1.2.3.4/0x8",
		"-010.1.1.1 x",
	};
	const unsigned int n = sizeof(lines) / sizeof(*lines);
	static const unsigned int section[][2] = {
		{ 5, 13 }, { 5, 13 }, { 13, 20 }, { 13, 20 }, { 20, 23 },
	};
	unsigned int seed = 1, round, i, pick, now = 0;
	char text[2048];
	size_t size;

	(void)state;
	for (round = 0; round < 5000; round++) {
		now = round % 5;
		size = (size_t)sprintf(text, "%s%s\n", round & 8 ? ""
				       : "[SERVICES]\n", lines[now]);
		for (i = 0; i < 12; i++) {
			seed = seed * 1103515245 + 12345;
			pick = (seed >> 16) % n;
			if (pick < 5)
				now = pick;
			else if (seed >> 28)
				pick = section[now][0] + pick %
				       (section[now][1] - section[now][0]);
			size += (size_t)sprintf(text + size, "%s\n",
						lines[pick]);
		}
		size += (size_t)sprintf(text + size, "[END]\n");
		expect_same_again(text, size);
	}
}

/* "::a00:1" is printed longer than it was read. */
static void expect_two_lines(const char *client_ports)
{
	char text[512], *print;
	struct reading r, again;
	size_t n, i;

	n = (size_t)sprintf(text, "[SERVICES]\n+::a0aa:aaaa/128 tcp 1");
	for (i = 3; n < 11 + 250 - strlen(client_ports); i += 2)
		n += (size_t)sprintf(text + n, ",%zu", i);
	n += (size_t)sprintf(text + n, "%s\n[END]\n", client_ports);
	reading_init(&r, text, n, &plain);
	assert_string_equal(r.said, "");
	print = printed(&r.pf);
	reading_init(&again, print, strlen(print), &plain);
	assert_string_equal(again.said, "");
	assert_int_equal(again.pf.services.n, 2);
	assert_int_equal(again.pf.services.v[0].ports.n +
			 again.pf.services.v[1].ports.n,
			 r.pf.services.v[0].ports.n);
	for (i = 0; i < 2; i++)
		assert_int_equal(again.pf.services.v[i].client_ports.to,
				 r.pf.services.v[0].client_ports.to);
	free(print);
	reading_fini(&again);
	reading_fini(&r);
}

static void lines_that_would_get_too_long_are_cut_in_two(void **state)
{
	(void)state;
	expect_two_lines("");
	expect_two_lines(" from 10000-65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_is_printed_in_plain_form),
		cmocka_unit_test(names_that_nobody_can_have_are_left_out),
		cmocka_unit_test(what_is_printed_reads_back_equal),
		cmocka_unit_test(lines_that_would_get_too_long_are_cut_in_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
