/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/plugin/helper_msg.h"

#include <string.h>

#define QUESTION_HEAD offsetof(struct helper_question, wire.texts)
#define ANSWER_HEAD offsetof(struct helper_answer, text)

void helper_question_begin(struct helper_question *q, uint32_t seq)
{
	q->wire.seq = seq;
	q->used = 0;
	q->too_long = false;
}

void helper_question_add(struct helper_question *q, enum helper_kind kind,
			 const char *text)
{
	size_t size = strlen(text) + 1;
	char *to = q->wire.texts + q->used;

	if (size + 1 > sizeof(q->wire.texts) - q->used) {
		q->too_long = true;
		return;
	}
	*to = (char)kind;
	memcpy(to + 1, text, size);
	q->used += size + 1;
}

size_t helper_question_size(const struct helper_question *q)
{
	return QUESTION_HEAD + q->used;
}

/* The text after P, or the first when P is NULL; NULL: no more. */
static const char *next_text(const struct helper_question *q, const char *p)
{
	p = p ? p + strlen(p) + 1 : q->wire.texts;
	return p < q->wire.texts + q->used ? p : NULL;
}

int helper_question_read(struct helper_question *q, size_t size,
			 char *words[static HELPER_WORDS + 1])
{
	const char *text;
	int n = 0;

	q->used = 0;
	if (size <= QUESTION_HEAD || size > sizeof(q->wire) ||
	    q->wire.texts[size - QUESTION_HEAD - 1])
		return 0;
	q->used = size - QUESTION_HEAD;
	for (text = next_text(q, NULL); text; text = next_text(q, text)) {
		if (*text == HELPER_ARG && n < HELPER_WORDS)
			words[n++] = q->wire.texts +
				     (text + 1 - q->wire.texts);
		else if (*text != HELPER_ENV)
			return 0;
	}
	words[n] = NULL;
	return n;
}

const char *helper_question_env(const struct helper_question *q,
				const char *name)
{
	size_t n = strlen(name);
	const char *text;

	for (text = next_text(q, NULL); text; text = next_text(q, text))
		if (*text == HELPER_ENV && !strncmp(text + 1, name, n) &&
		    text[n + 1] == '=')
			return text + n + 2;
	return NULL;
}

size_t helper_answer_fill(struct helper_answer *a, const char *text,
			  size_t size)
{
	if (size > sizeof(a->text) - 1)
		size = sizeof(a->text) - 1;
	if (size)
		memcpy(a->text, text, size);
	return ANSWER_HEAD + size;
}

int helper_answer_read(const struct helper_answer *a, size_t size)
{
	if (size < ANSWER_HEAD || size - ANSWER_HEAD >= sizeof(a->text) ||
	    memchr(a->text, '\0', size - ANSWER_HEAD))
		return -1;
	return (int)(size - ANSWER_HEAD);
}
