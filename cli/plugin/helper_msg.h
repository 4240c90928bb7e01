/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin within OpenVPN and its helper say to each other over a
 * socket that keeps messages apart (SOCK_SEQPACKET).  Every question has a
 * number, and its answer the same, so that a late answer is never taken for
 * that to another question.  Part of both programs: needs libc only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The helper's end of the socket. */
#define HELPER_FD 3

/* How long an answer is waited for.  OpenVPN does nothing else meanwhile. */
#define HELPER_SECONDS 15

/* Words of a hook: its name and at most three arguments. */
#define HELPER_WORDS 4

enum helper_kind {
	HELPER_ARG = 'a',	/* a word of the command */
	HELPER_ENV = 'e',	/* "name=value" */
};

/* On the wire: the number, then texts, each a kind, its bytes and a NUL. */
struct helper_question {
	struct {
		uint32_t seq;
		char texts[4092];
	} wire;
	size_t used;		/* bytes of TEXTS */
	bool too_long;		/* not all texts had room: not to be sent */
};

/* On the wire without what TEXT does not use; TEXT comes without a NUL, and
 * there is always room for one. */
struct helper_answer {
	uint32_t seq;		/* 0: "I am ready", or why not */
	uint32_t status;	/* exit status of the command */
	char text[4088];	/* what it said, in lines */
};

/* Begin question number SEQ, and add texts to it. */
void helper_question_begin(struct helper_question *q, uint32_t seq);
void helper_question_add(struct helper_question *q, enum helper_kind kind,
			 const char *text);
/* Bytes to be sent, from &q->wire on. */
size_t helper_question_size(const struct helper_question *q);

/*
 * What was received into &q->wire, SIZE bytes, as the words of a command that
 * end with a NULL; they point into Q.  The number of words; 0: it is no
 * question.
 */
int helper_question_read(struct helper_question *q, size_t size,
			 char *words[static HELPER_WORDS + 1]);
/* The value of variable NAME in a question that was read; NULL: not set. */
const char *helper_question_env(const struct helper_question *q,
				const char *name);

/* Put as much of TEXT (SIZE bytes) in as there is room for; returns the bytes
 * to be sent. */
size_t helper_answer_fill(struct helper_answer *a, const char *text,
			  size_t size);
/* What was received into A, SIZE bytes: the length of its text, or -1: it is
 * no answer. */
int helper_answer_read(const struct helper_answer *a, size_t size);
