/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovline.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * All lines of a text, words in (), "!" for an error said and "?" for a
 * warning, as in "(a)(b)|(c)|!".
 */
static char *read_all(const char *text, size_t size, bool ccd)
{
	static char out[4096];
	struct sources set = { 0 };
	struct diag d = { 0 };
	struct ovreader r = {
		.src = source_text(&set, "t", text, size), .ccd = ccd,
	};
	struct ovline line;
	unsigned int i, warnings = 0;
	char *o = out;
	int got;

	*o = '\0';
	while ((got = ovline_next(&r, &line, &d))) {
		if (o != out)
			o += sprintf(o, "|");
		for (; warnings < d.warnings; warnings++)
			o += sprintf(o, "?");
		if (got < 0) {
			o += sprintf(o, "!");
			continue;
		}
		if (line.lenient)
			o += sprintf(o, "~");
		for (i = 0; i < line.n; i++)
			o += sprintf(o, "(%.40s)", line.word[i].text);
	}
	for (; warnings < d.warnings; warnings++)
		o += sprintf(o, "?");
	sources_fini(&set);
	return out;
}

#define conf(text) read_all(text, sizeof(text) - 1, false)
#define ccd(text) read_all(text, sizeof(text) - 1, true)

static void words_stand_between_blanks(void **state)
{
	(void)state;
	assert_string_equal(conf("a b\tc\n"), "(a)(b)(c)");
	assert_string_equal(conf("  a\vb\fc\rd  "), "(a)(b)(c)(d)");
	assert_string_equal(conf("a b\r\nc\r\n"), "(a)(b)|(c)");
	assert_string_equal(conf("\n \n\r\n\n"), "");
	assert_string_equal(conf(""), "");
	assert_string_equal(conf("b\xc3\xbc r"), "(b\xc3\xbc)(r)");
}

static void comments_start_only_where_a_word_does(void **state)
{
	(void)state;
	assert_string_equal(conf("# x\n; y\n  #z\na # b\na ;b\n"), "(a)|(a)");
	assert_string_equal(conf("a 255.0#c\n"), "(a)(255.0#c)");
	assert_string_equal(conf("topology subnet;"), "(topology)(subnet;)");
	assert_string_equal(conf("a \"#\" '#'"), "(a)(#)(#)");
	assert_string_equal(conf("a \\#b"), "(a)");
	assert_string_equal(conf("a \"b\"#c"), "(a)(b)");
}

static void quotes_group_and_end_words(void **state)
{
	(void)state;
	assert_string_equal(conf("\"a b\" 'c d'"), "(a b)(c d)");
	assert_string_equal(conf("\"a\"\"b\""), "(a)(b)");
	assert_string_equal(conf("\"a\"b 'c'd"), "(a)(b)(c)(d)");
	assert_string_equal(conf("a\"b\" c'd'"), "(a\"b\")(c'd')");
	assert_string_equal(conf("x \"\" ''"), "(x)()()");
	assert_string_equal(conf("\"it's\" 'say \"x\"'"), "(it's)(say \"x\")");
	assert_string_equal(conf("'a\\b'"), "(a\\b)");
}

static void backslash_quotes_three_bytes_only(void **state)
{
	(void)state;
	assert_string_equal(conf("a\\\\b a\\\"b a\\ b"), "(a\\b)(a\"b)(a b)");
	assert_string_equal(conf("\"a\\\"b\\\\\""), "(a\"b\\)");
	assert_string_equal(conf("x \\ a \\\"b \"c\\\"d\"e 'x\\y'z \\#n"),
			    "(x)(a)(\"b)(c\"d)(e)(x\\y)(z)");
	assert_string_equal(conf("a\\bc\nd\n"), "!|(d)");
	assert_string_equal(conf("\\'a'\nd\n"), "!|(d)");
	assert_string_equal(conf("\"a\\n\"\nd"), "!|(d)");
}

static void backslash_at_the_end_takes_the_newline(void **state)
{
	(void)state;
	assert_string_equal(conf("a b\\\nc"), "(a)(b\n)|(c)");
	assert_string_equal(conf("a b \\\nc"), "(a)(b)|(c)");
	assert_string_equal(conf("a b\\"), "!");
}

static void open_quote_is_an_error(void **state)
{
	(void)state;
	assert_string_equal(conf("a \"b\nc\n"), "!|(c)");
	assert_string_equal(conf("a 'b\nc\n"), "!|(c)");
	assert_string_equal(ccd("a 'b\nc\n"), "?(c)");
}

static void words_after_the_sixteenth_are_not_read(void **state)
{
	(void)state;
	assert_string_equal(conf("1 2 3 4 5 6 7 8 9 a b c d e f g \"open \\q"),
			    "(1)(2)(3)(4)(5)(6)(7)(8)(9)(a)(b)(c)(d)(e)(f)(g)");
}

/* A line of N bytes with its newline, TAIL before that, then "b c". */
static char *long_line(size_t n, bool ccd_file, const char *tail)
{
	char text[2048];

	memset(text, 'x', n);
	memcpy(text, "a ", 2);
	strcpy(text + n - 1 - strlen(tail), tail);
	strcpy(text + n - 1, "\nb c\n");
	return read_all(text, strlen(text), ccd_file);
}

static void line_of_255_bytes_is_the_longest(void **state)
{
	char text[257];

	(void)state;
	assert_non_null(strstr(long_line(255, false, ""), ")|(b)(c)"));
	assert_string_equal(long_line(256, false, ""), "!|(b)(c)");
	assert_string_equal(long_line(257, false, ""), "!|(b)(c)");
	assert_string_equal(long_line(1000, false, ""), "!|(b)(c)");
	memset(text, ' ', sizeof(text));
	text[0] = 'a';
	assert_string_equal(read_all(text, 255, false), "(a)");
	assert_string_equal(read_all(text, 256, false), "!");
}

static void long_ccd_line_goes_on_as_a_new_line(void **state)
{
	const char *out;

	(void)state;
	out = long_line(256 + 1 + 3, true, "p q");
	assert_non_null(strstr(out, ")|(p)(q)|(b)(c)"));
	assert_int_equal(out[0], '?');
}

static void comment_of_a_long_ccd_line_ends_with_its_piece(void **state)
{
	char text[300];

	(void)state;
	memset(text, '.', sizeof(text));
	text[0] = '#';
	strcpy(text + 256, "p q\n");
	assert_string_equal(read_all(text, 260, true), "?(p)(q)");
}

static void nul_ends_the_line(void **state)
{
	(void)state;
	assert_string_equal(conf("a b\0c d\ne\n"), "(a)(b)|(e)");
	assert_string_equal(conf("\0a\nb"), "(b)");
	assert_string_equal(conf("a \"b\0\"\nb"), "!|(b)");
}

static void bom_counts_in_the_first_line_only(void **state)
{
	(void)state;
	assert_string_equal(conf("\xef\xbb\xbf" "a b\n"), "(a)(b)");
	assert_string_equal(conf("x\n\xef\xbb\xbf" "a\n"),
			    "(x)|(\xef\xbb\xbf" "a)");
}

static void dashes_before_the_option_are_dropped(void **state)
{
	(void)state;
	assert_string_equal(conf("--dev tun\n--a\n"), "(dev)(tun)|(a)");
	assert_string_equal(conf("-- x\n---x\n-a\na --b\n"),
			    "(--)(x)|(-x)|(-a)|(a)(--b)");
}

static void setenv_opt_is_taken_off_once(void **state)
{
	(void)state;
	assert_string_equal(conf("setenv opt dev tun\n"), "~(dev)(tun)");
	assert_string_equal(conf("--setenv opt dev tun\n"), "~(dev)(tun)");
	assert_string_equal(conf("setenv opt\nsetenv a b\n"), "(setenv)(a)(b)");
	assert_string_equal(conf("setenv opt setenv opt a\n"),
			    "~(setenv)(opt)(a)");
	assert_string_equal(conf("setenv opt --a\n"), "~(--a)");
}

static void inline_blocks_are_passed_over(void **state)
{
	(void)state;
	assert_string_equal(conf("<ca>\nclient-to-client\n</ca>\na\n"), "(a)");
	assert_string_equal(conf("<ca> # c\nx \"\n \t</ca> junk\na\n"), "(a)");
	assert_string_equal(conf("--<ca>\nx\n</ca>\na\n"), "(a)");
	assert_string_equal(conf("<ca>\nx\n<ca>\n</c\n/ca>\n</ca>\na"), "(a)");
	assert_string_equal(conf("<ca> x\na\n"), "(<ca>)(x)|(a)");
	assert_string_equal(conf("<\na\n"), "(<)|(a)");
}

static void block_without_end_is_said(void **state)
{
	(void)state;
	assert_string_equal(conf("a\n<ca>\nb\n"), "(a)|!");
	assert_string_equal(ccd("a\n<ca>\nb\n"), "(a)?");
}

static void error_names_its_place(void **state)
{
	struct sources set = { 0 };
	struct diag d = { 0 };
	struct ovreader r = {
		.src = source_text(&set, "server.conf", "a\n b \"c\n", 9),
	};
	struct ovline line;
	char *text;
	size_t size;

	(void)state;
	d.out = open_memstream(&text, &size);
	assert_int_equal(ovline_next(&r, &line, &d), 1);
	assert_int_equal(ovline_next(&r, &line, &d), -EINVAL);
	fclose(d.out);
	assert_non_null(strstr(text,
		"server.conf:2:4: error: no closing quote\n"));
	free(text);
	sources_fini(&set);
}

static void word_knows_its_place(void **state)
{
	struct sources set = { 0 };
	struct diag d = { 0 };
	struct ovreader r = {
		.src = source_text(&set, "t", "x\n  a \"b c\" \\ d\n", 17),
	};
	struct ovline line;

	(void)state;
	assert_int_equal(ovline_next(&r, &line, &d), 1);
	assert_int_equal(ovline_next(&r, &line, &d), 1);
	assert_int_equal(line.at.off, 2);
	assert_int_equal(line.word[0].at.off, 4);
	assert_int_equal(line.word[1].at.off, 6);
	assert_int_equal(line.word[1].at.len, 5);
	sources_fini(&set);
}

static void endless_errors_are_not_endless_talk(void **state)
{
	struct sources set = { 0 };
	struct diag d = { 0 };
	char text[20000];
	struct ovline line;
	struct ovreader r = { 0 };
	int got, n = 0;

	(void)state;
	memset(text, '\n', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 2)
		text[i] = '"';
	r.src = source_text(&set, "t", text, sizeof(text));
	while ((got = ovline_next(&r, &line, &d)))
		n += got < 0;
	assert_int_equal(n, 10000);
	assert_int_equal(d.errors, DIAG_BUDGET);
	sources_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stand_between_blanks),
		cmocka_unit_test(comments_start_only_where_a_word_does),
		cmocka_unit_test(quotes_group_and_end_words),
		cmocka_unit_test(backslash_quotes_three_bytes_only),
		cmocka_unit_test(backslash_at_the_end_takes_the_newline),
		cmocka_unit_test(open_quote_is_an_error),
		cmocka_unit_test(words_after_the_sixteenth_are_not_read),
		cmocka_unit_test(line_of_255_bytes_is_the_longest),
		cmocka_unit_test(long_ccd_line_goes_on_as_a_new_line),
		cmocka_unit_test(
			comment_of_a_long_ccd_line_ends_with_its_piece),
		cmocka_unit_test(nul_ends_the_line),
		cmocka_unit_test(bom_counts_in_the_first_line_only),
		cmocka_unit_test(dashes_before_the_option_are_dropped),
		cmocka_unit_test(setenv_opt_is_taken_off_once),
		cmocka_unit_test(inline_blocks_are_passed_over),
		cmocka_unit_test(block_without_end_is_said),
		cmocka_unit_test(error_names_its_place),
		cmocka_unit_test(word_knows_its_place),
		cmocka_unit_test(endless_errors_are_not_endless_talk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
