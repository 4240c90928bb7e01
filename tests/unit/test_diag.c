/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/diag.h"

struct talk {
	struct sources set;
	struct diag d;
	char *text;
	size_t size;
};

static int begin(void **state)
{
	struct talk *t = calloc(1, sizeof(*t));

	t->d.out = open_memstream(&t->text, &t->size);
	*state = t;
	return 0;
}

static int end(void **state)
{
	struct talk *t = *state;

	fclose(t->d.out);
	free(t->text);
	sources_fini(&t->set);
	free(t);
	return 0;
}

static void expect_said(struct talk *t, const char *wanted)
{
	fflush(t->d.out);
	assert_string_equal(t->text, wanted);
	rewind(t->d.out);
}

static struct loc at(struct talk *t, const char *text, size_t off)
{
	return (struct loc){ source_text(&t->set, "john.pf", text,
					 strlen(text)), (unsigned int)off, 1 };
}

static void an_error_shows_its_place(void **state)
{
	struct talk *t = *state;

	assert_int_equal(diag_error(&t->d, at(t, "a\nb cd\ne\n", 4), -EINVAL,
				    "no %s \"%s\"", "name", "cd"), -EINVAL);
	expect_said(t, "john.pf:2:3: error: no name \"cd\"\n"
		       "    2 | b cd\n"
		       "      |   ^\n");
}

static void without_a_place_the_program_speaks(void **state)
{
	struct talk *t = *state;

	diag_error(&t->d, LOC_NONE, 0, "x");
	expect_said(t, "vpnpf: error: x\n");
}

static void an_empty_file_has_no_line(void **state)
{
	struct talk *t = *state;

	diag_warn(&t->d, at(t, "", 0), "empty");
	expect_said(t, "john.pf: warning: empty\n");
}

static void the_end_of_a_file_is_a_place(void **state)
{
	struct talk *t = *state;

	diag_warn(&t->d, at(t, "ab", 2), "end");
	diag_warn(&t->d, at(t, "ab\n", 3), "end");
	expect_said(t, "john.pf:1:3: warning: end\n"
		       "    1 | ab\n"
		       "      |   ^\n"
		       "john.pf:2:1: warning: end\n"
		       "    2 | \n"
		       "      | ^\n");
}

static void tabs_keep_the_caret_in_line(void **state)
{
	struct talk *t = *state;

	diag_warn(&t->d, at(t, "\ta\tb", 3), "here");
	expect_said(t, "john.pf:1:4: warning: here\n"
		       "    1 | \ta\tb\n"
		       "      | \t \t^\n");
}

static void long_lines_are_cut(void **state)
{
	struct talk *t = *state;
	char text[1001];
	size_t i, longest = 0, width = 0;

	memset(text, 'x', 1000);
	text[1000] = '\0';
	diag_warn(&t->d, at(t, text, 500), "here");
	fflush(t->d.out);
	for (i = 0; t->text[i]; i++) {
		width = t->text[i] == '\n' ? 0 : width + 1;
		longest = width > longest ? width : longest;
	}
	assert_true(longest < 120);
	assert_non_null(strstr(t->text, "john.pf:1:501: warning"));
}

static void hostile_text_cannot_reach_the_terminal(void **state)
{
	struct talk *t = *state;

	diag_error(&t->d, LOC_NONE, 0, "\"%s\"",
		   "\x1b[31m\n\x07 J\xc3\xbc \xc2\x9b \xe2\x80\xae \xff \xc3");
	expect_said(t, "vpnpf: error: \"\\x1b[31m\\x0a\\x07 J\xc3\xbc "
		       "\\xc2\\x9b \\xe2\\x80\\xae \\xff \\xc3\"\n");
}

static void bad_utf8_is_escaped(void **state)
{
	static const char *const bad[] = {
		"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82",
	};
	static const char *const good[] = {
		"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a",
	};
	struct talk *t = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		diag_print_escaped(t->d.out, str_of(bad[i]));
		fflush(t->d.out);
		assert_int_equal(t->size, 4 * strlen(bad[i]));
		rewind(t->d.out);
	}
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		diag_print_escaped(t->d.out, str_of(good[i]));
		fflush(t->d.out);
		assert_memory_equal(t->text, good[i], strlen(good[i]));
		rewind(t->d.out);
	}
}

static void shown_lines_are_harmless_too(void **state)
{
	struct talk *t = *state;

	diag_error(&t->d, at(t, "+\x1b[31m\xc3\xbc\r\n", 1), 0, "x");
	fflush(t->d.out);
	assert_null(strchr(t->text, '\x1b'));
	assert_null(strchr(t->text, '\r'));
}

static void every_line_has_its_priority(void **state)
{
	struct talk *t = *state;

	t->d.journal = t->d.verbose = true;
	diag_error(&t->d, at(t, "+nick\n+bob\n", 7), 0, "no such client");
	expect_said(t, "<3>john.pf:2:2: error: no such client\n"
		       "<3>    2 | +bob\n"
		       "<3>      |  ^\n");
	diag_warn(&t->d, LOC_NONE, "two\nlines");
	diag_note(&t->d, LOC_NONE, "the other one");
	diag_info(&t->d, LOC_NONE, "more");
	expect_said(t, "<4>vpnpf: warning: two\\x0alines\n"
		       "<5>vpnpf: note: the other one\n"
		       "<6>vpnpf: info: more\n");
}

static void quiet_leaves_errors(void **state)
{
	struct talk *t = *state;

	t->d.quiet = true;
	diag_error(&t->d, LOC_NONE, 0, "e");
	diag_warn(&t->d, LOC_NONE, "w");
	diag_note(&t->d, LOC_NONE, "n");
	diag_info(&t->d, LOC_NONE, "i");
	assert_int_equal(t->d.errors, 1);
	assert_int_equal(t->d.warnings, 1);
	expect_said(t, "vpnpf: error: e\n");
}

static void info_is_shown_only_when_asked(void **state)
{
	struct talk *t = *state;

	diag_info(&t->d, LOC_NONE, "one");
	t->d.verbose = true;
	diag_info(&t->d, LOC_NONE, "two");
	expect_said(t, "vpnpf: info: two\n");
}

static void without_a_reader_messages_are_counted(void **state)
{
	struct diag d = { 0 };

	(void)state;
	assert_int_equal(diag_error(&d, LOC_NONE, -ENOENT, "x"), -ENOENT);
	diag_warn(&d, LOC_NONE, "x");
	assert_int_equal(d.errors, 1);
	assert_int_equal(d.warnings, 1);
}

static void places_are_formatted(void **state)
{
	struct talk *t = *state;
	char buf[32], small[6];

	loc_format(at(t, "a\nb", 2), buf, sizeof(buf));
	assert_string_equal(buf, "john.pf:2:1");
	loc_format(at(t, "a\nb", 2), small, sizeof(small));
	assert_string_equal(small, "john.");
	loc_format(LOC_NONE, buf, sizeof(buf));
	assert_string_equal(buf, "");
}

#define TALK(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void what_is_held_is_said_later(void **state)
{
	struct talk *t = *state;

	diag_hold(&t->d);
	diag_error(&t->d, LOC_NONE, 0, "one");
	diag_hold(&t->d);
	diag_error(&t->d, LOC_NONE, 0, "two");
	diag_release(&t->d);
	diag_error(&t->d, LOC_NONE, 0, "three");
	assert_int_equal(t->d.errors, 3);
	fflush(t->d.held_for);
	assert_int_equal(t->size, 0);
	diag_release(&t->d);
	expect_said(t, "vpnpf: error: one\nvpnpf: error: two\n"
		    "vpnpf: error: three\n");
}

static void while_held_an_error_is_said_once(void **state)
{
	struct talk *t = *state;
	struct loc here = at(t, "[END]\n", 0);

	diag_hold(&t->d);
	diag_error(&t->d, LOC_NONE, 0, "cannot load %d", 1);
	diag_note(&t->d, LOC_NONE, "so it is shut");
	diag_error(&t->d, LOC_NONE, 0, "cannot load %d", 1);
	diag_error(&t->d, LOC_NONE, 0, "cannot load %d", 2);
	diag_error(&t->d, here, 0, "cannot load %d", 2);
	diag_error(&t->d, here, 0, "cannot load %d", 2);
	assert_int_equal(t->d.errors, 5);
	diag_release(&t->d);
	expect_said(t, "vpnpf: error: cannot load 1\n"
		    "vpnpf: note: so it is shut\n"
		    "vpnpf: error: cannot load 2\n"
		    "john.pf:1:1: error: cannot load 2\n"
		    "    1 | [END]\n"
		    "      | ^\n");
}

static void the_next_hold_says_it_again(void **state)
{
	struct talk *t = *state;
	int i;

	for (i = 0; i < 2; i++) {
		diag_hold(&t->d);
		diag_error(&t->d, LOC_NONE, 0, "one");
		diag_release(&t->d);
	}
	diag_error(&t->d, LOC_NONE, 0, "one");
	expect_said(t, "vpnpf: error: one\nvpnpf: error: one\n"
		    "vpnpf: error: one\n");
}

static void what_is_taken_is_not_said(void **state)
{
	struct talk *t = *state;
	size_t size;
	char *text;

	diag_hold(&t->d);
	diag_error(&t->d, LOC_NONE, 0, "one");
	text = diag_take(&t->d, &size);
	assert_string_equal(text, "vpnpf: error: one\n");
	assert_int_equal(size, strlen(text));
	free(text);
	diag_error(&t->d, LOC_NONE, 0, "two");
	expect_said(t, "vpnpf: error: two\n");
}

static void who_only_counts_holds_nothing(void **state)
{
	struct diag d = { 0 };

	(void)state;
	diag_hold(&d);
	diag_error(&d, LOC_NONE, 0, "one");
	assert_null(d.out);
	diag_release(&d);
	assert_int_equal(d.errors, 1);
}

static void progress_waits_for_no_reader(void **state)
{
	struct diag d = { .began = 1, .told = 1 };
	int ends[2];
	char c = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	d.progress = ends[1];
	diag_progress(&d, "reading", 1, 2);
	assert_true(d.line_is_open);
	while (write(ends[1], &c, 1) > 0)
		;
	diag_progress_end(&d);
	assert_true(d.line_is_open);
	close(ends[0]);
	close(ends[1]);
}

static void an_escaped_byte_takes_four_columns(void **state)
{
	(void)state;
	assert_int_equal(diag_escaped_width(STR("")), 0);
	assert_int_equal(diag_escaped_width(STR("nick")), 4);
	assert_int_equal(diag_escaped_width(STR("j\xc3\xb6rg")), 4);
	assert_int_equal(diag_escaped_width(STR("j\xf6rg")), 7);
	assert_int_equal(diag_escaped_width(STR("\xc3")), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TALK(an_error_shows_its_place),
		TALK(without_a_place_the_program_speaks),
		TALK(an_empty_file_has_no_line),
		TALK(the_end_of_a_file_is_a_place),
		TALK(tabs_keep_the_caret_in_line),
		TALK(long_lines_are_cut),
		TALK(hostile_text_cannot_reach_the_terminal),
		TALK(bad_utf8_is_escaped),
		cmocka_unit_test(an_escaped_byte_takes_four_columns),
		TALK(shown_lines_are_harmless_too),
		TALK(every_line_has_its_priority),
		TALK(quiet_leaves_errors),
		TALK(info_is_shown_only_when_asked),
		TALK(without_a_reader_messages_are_counted),
		TALK(places_are_formatted),
		TALK(what_is_held_is_said_later),
		TALK(while_held_an_error_is_said_once),
		TALK(the_next_hold_says_it_again),
		TALK(what_is_taken_is_not_said),
		TALK(who_only_counts_holds_nothing),
		TALK(progress_waits_for_no_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
