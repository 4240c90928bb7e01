/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plugin and its helper say, and what comes instead of it. */
#include "config.h"

#include "cli/plugin/helper_msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD sizeof(uint32_t)

/* From one end to the other: only what is sent arrives. */
static int send_to(const struct helper_question *q,
		   struct helper_question *out, char **words)
{
	memset(out, 0x5a, sizeof(*out));
	memcpy(&out->wire, &q->wire, helper_question_size(q));
	return helper_question_read(out, helper_question_size(q), words);
}

static void a_question_arrives_as_it_was_asked(void **state)
{
	struct helper_question q, got;
	char *words[HELPER_WORDS + 1];

	(void)state;
	helper_question_begin(&q, 7);
	helper_question_add(&q, HELPER_ARG, "learn-address");
	helper_question_add(&q, HELPER_ENV, "common_name=we,ird \"na me");
	helper_question_add(&q, HELPER_ARG, "add");
	helper_question_add(&q, HELPER_ARG, "10.8.0.2");
	helper_question_add(&q, HELPER_ARG, "");
	helper_question_add(&q, HELPER_ENV, "dev=");
	assert_false(q.too_long);
	assert_int_equal(send_to(&q, &got, words), 4);
	assert_int_equal(got.wire.seq, 7);
	assert_string_equal(words[0], "learn-address");
	assert_string_equal(words[1], "add");
	assert_string_equal(words[2], "10.8.0.2");
	assert_string_equal(words[3], "");
	assert_null(words[4]);
	assert_string_equal(helper_question_env(&got, "common_name"),
			    "we,ird \"na me");
	assert_string_equal(helper_question_env(&got, "dev"), "");
	assert_null(helper_question_env(&got, "common"));
	assert_null(helper_question_env(&got, "config"));
}

static void a_question_begins_empty(void **state)
{
	struct helper_question q, got;
	char *words[HELPER_WORDS + 1];

	(void)state;
	helper_question_begin(&q, 1);
	helper_question_add(&q, HELPER_ARG, "disconnect");
	helper_question_begin(&q, 2);
	assert_int_equal(helper_question_size(&q), HEAD);
	assert_int_equal(send_to(&q, &got, words), 0);
}

static void a_text_without_room_is_told(void **state)
{
	static char text[sizeof(((struct helper_question *)NULL)->wire.texts)];
	struct helper_question q, got;
	char *words[HELPER_WORDS + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 2);
	helper_question_begin(&q, 1);
	helper_question_add(&q, HELPER_ARG, text);
	assert_false(q.too_long);
	assert_int_equal(helper_question_size(&q), sizeof(q.wire));
	assert_int_equal(send_to(&q, &got, words), 1);
	assert_string_equal(words[0], text);
	helper_question_add(&q, HELPER_ARG, "");
	assert_true(q.too_long);
	helper_question_begin(&q, 2);
	text[sizeof(text) - 2] = 'x';
	helper_question_add(&q, HELPER_ARG, text);
	assert_true(q.too_long);
	assert_int_equal(helper_question_size(&q), HEAD);
}

/* The message of these bytes, in a place where what follows it is not ours. */
static int read_bytes(const char *bytes, size_t n, struct helper_question *q)
{
	char *words[HELPER_WORDS + 1];

	memset(q, 'a', sizeof(*q));
	memcpy(&q->wire, bytes, n < sizeof(q->wire) ? n : sizeof(q->wire));
	return helper_question_read(q, n, words);
}

#define READ(bytes, q) read_bytes(bytes, sizeof(bytes) - 1, q)

static void what_is_no_question_is_none(void **state)
{
	static char large[sizeof(struct helper_question) + 16];
	struct helper_question q;

	(void)state;
	assert_int_equal(READ("", &q), 0);
	assert_int_equal(READ("\1", &q), 0);
	assert_int_equal(READ("\1\0\0\0", &q), 0);
	assert_int_equal(READ("\1\0\0\0aconnect", &q), 0);
	assert_null(helper_question_env(&q, "x"));
	assert_int_equal(READ("\1\0\0\0\0", &q), 0);
	assert_int_equal(READ("\1\0\0\0xconnect\0", &q), 0);
	assert_int_equal(READ("\1\0\0\0aconnect\0\0", &q), 0);
	assert_int_equal(READ("\1\0\0\0a1\0a2\0a3\0a4\0a5\0", &q), 0);
	assert_int_equal(READ("\1\0\0\0e=\0", &q), 0);
	assert_int_equal(READ("\1\0\0\0aconnect\0", &q), 1);
	assert_int_equal(read_bytes(large, sizeof(large), &q), 0);
	assert_null(helper_question_env(&q, "x"));
}

static void the_first_of_two_variables_counts(void **state)
{
	struct helper_question q;

	(void)state;
	assert_int_equal(READ("\1\0\0\0ac\0edev=tun0\0edev=tun1\0", &q), 1);
	assert_string_equal(helper_question_env(&q, "dev"), "tun0");
}

static void an_answer_is_cut_where_there_is_no_room(void **state)
{
	static char text[8192];
	struct helper_answer a;
	size_t size;
	int n;

	(void)state;
	memset(text, 'x', sizeof(text));
	size = helper_answer_fill(&a, text, sizeof(text));
	n = helper_answer_read(&a, size);
	assert_int_equal(n, sizeof(a.text) - 1);
	a.text[n] = '\0';		/* as the plugin does */
	assert_int_equal(strlen(a.text), n);
	size = helper_answer_fill(&a, "said", 4);
	assert_int_equal(helper_answer_read(&a, size), 4);
	assert_memory_equal(a.text, "said", 4);
	assert_int_equal(helper_answer_read(&a, helper_answer_fill(&a, NULL, 0)),
			 0);
}

static void what_is_no_answer_is_none(void **state)
{
	struct helper_answer a = { .text = "a\0b" };

	(void)state;
	assert_int_equal(helper_answer_read(&a, 0), -1);
	assert_int_equal(helper_answer_read(&a, 7), -1);
	assert_int_equal(helper_answer_read(&a, 9), 1);
	assert_int_equal(helper_answer_read(&a, 11), -1);
	assert_int_equal(helper_answer_read(&a, sizeof(a) + 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_arrives_as_it_was_asked),
		cmocka_unit_test(a_question_begins_empty),
		cmocka_unit_test(a_text_without_room_is_told),
		cmocka_unit_test(what_is_no_question_is_none),
		cmocka_unit_test(the_first_of_two_variables_counts),
		cmocka_unit_test(an_answer_is_cut_where_there_is_no_room),
		cmocka_unit_test(what_is_no_answer_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
