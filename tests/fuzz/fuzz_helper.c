/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "cli/plugin/helper_msg.h"
#include "tests/fuzz/fuzz.h"

static void read_question(const struct fuzz *f)
{
	struct helper_question *q = mem_alloc(sizeof(*q));
	char *words[HELPER_WORDS + 1];
	const char *value;
	int n;

	memset(q, 0x5a, sizeof(*q));
	memcpy(&q->wire, f->data, f->size);
	n = helper_question_read(q, f->size, words);
	value = n ? helper_question_env(q, "common_name") : NULL;
	if (value && strlen(value) > f->size)
		abort();
	if (n && words[n])
		abort();
	while (n--)
		if (strlen(words[n]) > f->size)
			abort();
	free(q);
}

static void read_answer(const struct fuzz *f)
{
	struct helper_answer *a = mem_alloc(sizeof(*a));
	int n;

	memset(a, 0x5a, sizeof(*a));
	memcpy(a, f->data, f->size);
	n = helper_answer_read(a, f->size);
	/* there must be room for it and a NUL */
	if (n >= (int)sizeof(a->text) || n > (int)f->size)
		abort();
	free(a);
}

/* A datagram that is longer has been cut by recv(). */
void fuzz_one(struct fuzz *f)
{
	const struct helper_question *q = NULL;

	if (f->size > sizeof(q->wire))
		f->size = sizeof(q->wire);
	read_question(f);
	read_answer(f);
}
