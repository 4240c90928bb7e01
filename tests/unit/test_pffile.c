/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, sections, names: the pages of OpenVPN 2.5.11's pf.c, row by row. */
#include "config.h"

#include "tests/unit/lib/pf_reading.h"

#define C10 "0123456789"
#define C50 C10 C10 C10 C10 C10

/* A text of N bytes C. */
static const char *many(char c, size_t n)
{
	static char buf[4][1024];
	static unsigned int turn;
	char *p = buf[turn++ % 4];

	memset(p, c, n);
	p[n] = '\0';
	return p;
}

static void expect_joined(const char *means, const char *said,
			  unsigned int warnings, const char *a, const char *b,
			  const char *c, const char *d)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "%s%s%s%s", a, b, c, d);

	expect_bytes(text, (size_t)n, means, said, warnings);
}

/* Lines */

static void a_line_of_255_bytes_is_one_line(void **state)
{
	(void)state;
	expect_joined("DROP | DROP", NULL, 0, "#", many('x', 254), "\n",
		      "[END]\n");
	expect_joined("DROP | DROP", NULL, 0, "[END]\n#", many('x', 254), "",
		      "");
}

static void a_longer_comment_goes_on_as_a_line(void **state)
{
	(void)state;
	expect_joined("REJECTED", "more than 255 bytes goes on", 0, "#",
		      many('x', 254), "x\n", "[END]\n");
	expect_joined("DROP | DROP", NULL, 0, "#", many('x', 254), "#xx\n",
		      "[END]\n");
	expect_joined("DROP | DROP", NULL, 0, "#", many('x', 254), "  \t\n",
		      "[END]\n");
	expect_joined("DROP | DROP", "from here on", 1, "#", many('x', 254),
		      "[END]\n", "");
}

static void a_long_line_can_be_two_rules(void **state)
{
	(void)state;
	expect_joined("DROP +a,-b | DROP", "a.pf:2:256: warning: the line is "
		      "longer than 255 bytes", 1, "[CLIENTS DROP]\n+a",
		      many(' ', 253), "-b\n", "[END]\n");
}

static void a_nul_ends_its_line(void **state)
{
	static const char text[] = "[CLIENTS DROP]\n+a\0bc\n+d\n[END]\n";
	static const char end[] = "[CLIENTS DROP]\n[END]\0 x\n";
	static const char only[] = "\0+a\n#\0\n[END]";

	(void)state;
	expect_bytes(text, sizeof(text) - 1, "DROP +a,+d | DROP",
		     "a.pf:2:3: warning: a NUL byte ends", 1);
	expect_bytes(end, sizeof(end) - 1, "DROP | DROP", "NUL", 1);
	expect_bytes(only, sizeof(only) - 1, "DROP | DROP", NULL, 0);
}

static void a_nul_ends_its_piece_only(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "#\0[END]", 7);
	memcpy(text + 255, "[END]\n", 6);
	expect_bytes(text, 261, "DROP | DROP", "from here on", 1);
}

static void blanks_at_the_end_are_trimmed(void **state)
{
	(void)state;
	expect("[CLIENTS DROP] \t\r\n+a \t \r\n[END]\t", "DROP +a | DROP");
	expect("[CLIENTS DROP]\r\n+a\r\n[END]\r\n", "DROP +a | DROP");
	expect_rejected("[CLIENTS DROP]\n[END]\v\n", "no such section");
	expect_rejected("[CLIENTS DROP]\f\n[END]\n", "no such section");
}

static void blanks_at_the_start_are_not(void **state)
{
	(void)state;
	expect_rejected("[CLIENTS DROP]\n +a\n[END]\n", "a.pf:2:1: error: a "
			"line begins with");
	expect_rejected(" [END]\n[END]\n", "no blanks may stand before it");
	expect_rejected("\t# x\n[END]\n", "no blanks may stand before it");
	expect("  \t\n[END]\n", "DROP | DROP");
}

static void only_number_signs_begin_comments(void **state)
{
	(void)state;
	expect("#a\n# [KILL]\n##\n[END]\n", "DROP | DROP");
	expect_rejected("; a\n[END]\n", "a comment begins with \"#\"");
	expect_rejected("// a\n[END]\n", "a comment begins with \"#\"");
	expect_rejected("a\n[END]\n", "a line begins with");
}

static void marks_of_unicode_reject(void **state)
{
	(void)state;
	expect_rejected("\xef\xbb\xbf[END]\n[END]\n", "(BOM)");
	expect_rejected("\xff\xfe[\n", "UTF-16");
}

static void cr_alone_is_no_line_end(void **state)
{
	(void)state;
	expect_rejected("[CLIENTS DROP]\r+a\r[END]\r", "CR alone");
	expect_rejected("x\r[END]\r", "CR alone");
}

/* Sections */

static void sections_are_blind_to_case(void **state)
{
	(void)state;
	expect("[clients accept]\n-a\n[SubNets Drop]\n+10.0.0.1\n[eNd]\n",
	       "ACCEPT -a | DROP +10.0.0.1");
	expect("[clients drop]\n[SUBNETS ACCEPT]\n[END]", "DROP | ACCEPT");
}

static void sections_are_exact_but_for_case(void **state)
{
	(void)state;
	expect_rejected("[CLIENTS  DROP]\n[END]\n",
			"did you mean \"[CLIENTS DROP]\"?");
	expect_rejected("[CLIENTS\tDROP]\n[END]\n",
			"did you mean \"[CLIENTS DROP]\"?");
	expect_rejected("[ CLIENTS DROP ]\n[END]\n",
			"did you mean \"[CLIENTS DROP]\"?");
	expect_rejected("[SUBNETS ACCEPT] # x\n[END]\n",
			"did you mean \"[SUBNETS ACCEPT]\"?");
	expect_rejected("[END] x\n", "did you mean \"[END]\"?");
	expect_rejected("[KILL] x\n", "did you mean \"[KILL]\"?");
	expect_rejected("[CLIENTS]\n[END]\n",
			"did you mean \"[CLIENTS DROP]\" or "
			"\"[CLIENTS ACCEPT]\"?");
	expect_rejected("[]\n[END]\n", "no such section \"[]\"");
	expect_rejected("[\n[END]\n", "no such section \"[\"");
}

static void deny_of_openvpns_own_example_is_no_section(void **state)
{
	struct reading r;
	static const char text[] = "[CLIENTS DENY]\n+a\n[SUBNETS DENY]\n[END]";

	(void)state;
	reading_init(&r, text, strlen(text), &plain);
	assert_string_equal(r.means, "REJECTED");
	assert_string_equal(r.said,
		"a.pf:1:1: error: no such section \"[CLIENTS DENY]\"\n"
		"    1 | [CLIENTS DENY]\n"
		"      | ^\n"
		"a.pf:1:1: note: did you mean \"[CLIENTS DROP]\"?\n"
		"    1 | [CLIENTS DENY]\n"
		"      | ^\n"
		"a.pf:3:1: error: no such section \"[SUBNETS DENY]\"\n"
		"    3 | [SUBNETS DENY]\n"
		"      | ^\n"
		"a.pf:3:1: note: did you mean \"[SUBNETS DROP]\"?\n"
		"    3 | [SUBNETS DENY]\n"
		"      | ^\n");
	reading_fini(&r);
}

static void a_missing_section_drops(void **state)
{
	(void)state;
	expect("[END]\n", "DROP | DROP");
	expect("[CLIENTS ACCEPT]\n[END]\n", "ACCEPT | DROP");
	expect("[SUBNETS ACCEPT]\n[END]\n", "DROP | ACCEPT");
}

static void missing_sections_are_said_only_when_asked(void **state)
{
	struct sources set = { 0 };
	struct pffile pf;
	char *said;
	size_t size;
	struct diag d = { .verbose = true };

	(void)state;
	d.out = open_memstream(&said, &size);
	pffile_parse(source_text(&set, "a", "[END]", 5), &plain, &pf, &d);
	fclose(d.out);
	assert_non_null(strstr(said, "a:1:1: info: there is no [CLIENTS"));
	assert_non_null(strstr(said, "a:1:1: info: there is no [SUBNETS"));
	free(said);
	pffile_fini(&pf);
	sources_fini(&set);
}

static void repeated_sections_add_up_and_the_last_default_wins(void **state)
{
	(void)state;
	expect("[CLIENTS DROP]\n+a\n[SUBNETS DROP]\n[CLIENTS DROP]\n+b\n[END]",
	       "DROP +a,+b | DROP");
	expect_warned("[CLIENTS ACCEPT]\n+a\n[CLIENTS DROP]\n-b\n[END]\n",
		      "DROP +a,-b | DROP", "a.pf:3:1: warning: [CLIENTS DROP] "
		      "replaces the [CLIENTS ACCEPT] above");
	expect_warned("[SUBNETS DROP]\n[SUBNETS ACCEPT]\n[END]\n",
		      "DROP | ACCEPT", "a.pf:1:1: note:");
}

static void end_is_needed(void **state)
{
	(void)state;
	expect_rejected("", "a.pf: error: the file does not end in \"[END]\"");
	expect_rejected("\n", "a.pf:1:1: error: the file does not end");
	expect_rejected("[CLIENTS DROP]\n+abc\n", "a.pf:2:5: error: the file");
	expect_rejected("[CLIENTS DROP]\n+abc", "a.pf:2:5: error: the file");
	expect("[CLIENTS DROP]\n+a\n[END]", "DROP +a | DROP");
}

static void nothing_counts_after_end(void **state)
{
	(void)state;
	expect_warned("[CLIENTS DROP]\n[END]\nrubbish\n+a\n[X]\n",
		      "DROP | DROP", "a.pf:3:1: warning: everything after");
	expect_warned("[END]\n[KILL]\n", "DROP | DROP", "after [END]");
	expect("[END]\n\n  \n# that is all\n", "DROP | DROP");
}

static void kill_counts_at_once(void **state)
{
	(void)state;
	expect("[KILL]\n", "KILL");
	expect("[kill]", "KILL");
	expect("[CLIENTS ACCEPT]\n+a\n[KILL]\nrubbish\n[END]\n", "KILL");
	expect_bytes("rubbish\n[X]\n[KILL]\n", 19, "KILL", "error:", 0);
	expect("[CLIENTS DROP]\n+a\n+a\n[KILL]\n", "KILL");
}

static void kill_counts_after_any_number_of_errors(void **state)
{
	char text[256];
	size_t n = 0;

	(void)state;
	while (n < 100)
		n += (size_t)sprintf(text + n, "x\n");
	n += (size_t)sprintf(text + n, "[KILL]\n");
	expect_bytes(text, n, "KILL", "too many errors", 0);
}

static void entries_before_a_section_are_not_looked_at(void **state)
{
	(void)state;
	expect_warned("+10/99/x\n-a\n+a\n+a\n[END]\n", "DROP | DROP",
		      "a.pf:1:1: warning: entries before the first section");
	expect_rejected("+\n[END]\n", "nothing follows \"+\"");
}

static void a_wrong_section_hides_its_entries(void **state)
{
	struct reading r;
	static const char text[] = "[CLIENTS DROP]\n[X]\n+a/b\n+a\n+a\n[END]";

	(void)state;
	reading_init(&r, text, strlen(text), &plain);
	assert_string_equal(r.means, "REJECTED");
	assert_int_equal(r.errors, 1);
	assert_int_equal(r.warnings, 0);
	reading_fini(&r);
}

static void a_sign_alone_rejects(void **state)
{
	(void)state;
	expect_rejected("[CLIENTS DROP]\n+\n[END]\n", "nothing follows \"+\"");
	expect_rejected("[SUBNETS DROP]\n- \t\n[END]\n",
			"nothing follows \"-\"");
}

/* Names */

static void names_are_verbatim(void **state)
{
	(void)state;
	expect("[CLIENTS DROP]\n+J\xc3\xbcrgen M. @x y\n-q'u\"o\\te, a=b/c\n"
	       "[END]", "DROP +J\xc3\xbcrgen M. @x y,-q'u\"o\\te, a=b/c | "
	       "DROP");
	expect("[CLIENTS DROP]\n+unknown\n+a#b\n+[END]\n[END]",
	       "DROP +unknown,+a#b,+[END] | DROP");
	expect("[CLIENTS DROP]\n+a\n-A\n[END]\n", "DROP +a,-A | DROP");
}

static void odd_names_are_kept_and_warned_of(void **state)
{
	(void)state;
	expect_warned("[CLIENTS DROP]\n+ a\n[END]\n", "DROP + a | DROP",
		      "a.pf:2:2: warning: the name is \" a\"");
	expect_warned("[CLIENTS DROP]\n+a # c\n[END]\n", "DROP +a # c | DROP",
		      "the name is \"a # c\": a comment needs a line");
	expect_warned("[CLIENTS DROP]\n++a\n[END]\n", "DROP ++a | DROP",
		      "the name is \"+a\"");
	expect_warned("[CLIENTS DROP]\n+-a\n[END]\n", "DROP +-a | DROP",
		      "the name is \"-a\"");
	expect_warned("[CLIENTS DROP]\n+a*\n[END]\n", "DROP +a* | DROP",
		      "no wildcard");
	expect_warned("[CLIENTS DROP]\n+10.8.0.2\n[END]\n",
		      "DROP +10.8.0.2 | DROP", "addresses belong in");
	expect_warned("[CLIENTS DROP]\n+fd00::/8\n[END]\n",
		      "DROP +fd00::/8 | DROP", "addresses belong in");
	expect_warned("[CLIENTS DROP]\n+J\xfcrgen\n[END]\n",
		      "DROP +J\xfcrgen | DROP", "it is not UTF-8");
	/* "/" in three bytes; half of a pair of UTF-16 */
	expect_warned("[CLIENTS DROP]\n+a\xe0\x80\xaf\n[END]\n",
		      "DROP +a\xe0\x80\xaf | DROP", "it is not UTF-8");
	expect_warned("[CLIENTS DROP]\n+a\xed\xa0\x80\n[END]\n",
		      "DROP +a\xed\xa0\x80 | DROP", "it is not UTF-8");
	expect_warned("[CLIENTS DROP]\n+@a\n[END]\n", "DROP +@a | DROP",
		      "no groups file");
}

static void names_that_nobody_can_have_are_warned_of(void **state)
{
	(void)state;
	expect_warned("[CLIENTS DROP]\n+a\tb\n[END]\n", "DROP +a\tb | DROP",
		      "control character");
	expect_warned("[CLIENTS DROP]\n+" C50 C10 "12345\n[END]\n",
		      "DROP +" C50 C10 "12345 | DROP", "it has 65 bytes");
	expect("[CLIENTS DROP]\n+" C50 C10 "1234\n[END]\n",
	       "DROP +" C50 C10 "1234 | DROP");
}

static void a_name_given_twice_rejects(void **state)
{
	(void)state;
	expect_rejected("[CLIENTS DROP]\n+a\n+b\n+a\n[END]\n",
			"a.pf:4:2: error: \"a\" is named twice");
	expect_rejected("[CLIENTS DROP]\n+a\n-a\n[END]\n",
			"a.pf:2:2: note: first named here");
	expect_rejected("[CLIENTS DROP]\n+a\n[CLIENTS ACCEPT]\n-a\n[END]\n",
			"named twice");
	expect_rejected("[CLIENTS DROP]\n+a\n+a \t\n[END]\n", "named twice");
}

static void a_name_given_twice_is_no_second_error(void **state)
{
	struct reading r;
	static const char text[] = "[CLIENTS DROP]\n+a\n+a\nx\n[END]\n";

	(void)state;
	reading_init(&r, text, strlen(text), &plain);
	assert_int_equal(r.errors, 1);
	assert_null(strstr(r.said, "named twice"));
	reading_fini(&r);
}

static void at_most_20_errors_are_shown(void **state)
{
	const char *p;
	struct reading r;
	char text[256];
	size_t n = 0, shown = 0;

	(void)state;
	while (n < 100)
		n += (size_t)sprintf(text + n, "x\n");
	reading_init(&r, text, n, &plain);
	for (p = r.said; (p = strstr(p, "a line begins with")); p++)
		shown++;
	assert_int_equal(shown, DIAG_BUDGET);
	assert_non_null(strstr(r.said, "a.pf:21:1: error: too many errors"));
	assert_null(strstr(r.said, "a.pf:22"));
	reading_fini(&r);
}

static void many_names_are_read_quickly(void **state)
{
	const size_t room = 2000000;
	char *text = mem_alloc(room);
	struct reading r;
	size_t n, i;

	(void)state;
	n = (size_t)sprintf(text, "[CLIENTS DROP]\n");
	for (i = 0; i < 100000; i++)
		n += (size_t)sprintf(text + n, "+n%zu\n", i * 7919 % 100003);
	n += (size_t)sprintf(text + n, "[END]\n");
	reading_init(&r, text, n, &plain);
	assert_int_equal(r.pf.peers.n, 100000);
	assert_string_equal(r.said, "");
	reading_fini(&r);
	free(text);
}

static void places_are_of_the_text_after_the_sign(void **state)
{
	struct reading r;
	static const char text[] = "[CLIENTS DROP]\n+nick  \n[SUBNETS DROP]\n"
				   "-10.0.0.0/8 \n[END]\n";
	char buf[64];

	(void)state;
	reading_init(&r, text, strlen(text), &plain);
	loc_format(r.pf.peers.v[0].at, buf, sizeof(buf));
	assert_string_equal(buf, "a.pf:2:2");
	assert_int_equal(r.pf.peers.v[0].at.len, 4);
	loc_format(r.pf.subnets.v[0].at, buf, sizeof(buf));
	assert_string_equal(buf, "a.pf:4:2");
	assert_int_equal(r.pf.subnets.v[0].at.len, 10);
	loc_format(r.pf.subnets_at, buf, sizeof(buf));
	assert_string_equal(buf, "a.pf:3:1");
	loc_format(r.pf.end, buf, sizeof(buf));
	assert_string_equal(buf, "a.pf:5:1");
	reading_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_255_bytes_is_one_line),
		cmocka_unit_test(a_longer_comment_goes_on_as_a_line),
		cmocka_unit_test(a_long_line_can_be_two_rules),
		cmocka_unit_test(a_nul_ends_its_line),
		cmocka_unit_test(a_nul_ends_its_piece_only),
		cmocka_unit_test(blanks_at_the_end_are_trimmed),
		cmocka_unit_test(blanks_at_the_start_are_not),
		cmocka_unit_test(only_number_signs_begin_comments),
		cmocka_unit_test(marks_of_unicode_reject),
		cmocka_unit_test(cr_alone_is_no_line_end),
		cmocka_unit_test(sections_are_blind_to_case),
		cmocka_unit_test(sections_are_exact_but_for_case),
		cmocka_unit_test(deny_of_openvpns_own_example_is_no_section),
		cmocka_unit_test(a_missing_section_drops),
		cmocka_unit_test(missing_sections_are_said_only_when_asked),
		cmocka_unit_test(
			repeated_sections_add_up_and_the_last_default_wins),
		cmocka_unit_test(end_is_needed),
		cmocka_unit_test(nothing_counts_after_end),
		cmocka_unit_test(kill_counts_at_once),
		cmocka_unit_test(kill_counts_after_any_number_of_errors),
		cmocka_unit_test(entries_before_a_section_are_not_looked_at),
		cmocka_unit_test(a_wrong_section_hides_its_entries),
		cmocka_unit_test(a_sign_alone_rejects),
		cmocka_unit_test(names_are_verbatim),
		cmocka_unit_test(odd_names_are_kept_and_warned_of),
		cmocka_unit_test(names_that_nobody_can_have_are_warned_of),
		cmocka_unit_test(a_name_given_twice_rejects),
		cmocka_unit_test(a_name_given_twice_is_no_second_error),
		cmocka_unit_test(at_most_20_errors_are_shown),
		cmocka_unit_test(many_names_are_read_quickly),
		cmocka_unit_test(places_are_of_the_text_after_the_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
