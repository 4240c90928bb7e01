/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages between the plugin in OpenVPN and its helper, over a socket of
 * type SOCK_SEQPACKET. Every question has a number, and its answer has the
 * same, so that a late answer is never taken for the answer to another
 * question. Part of both programs: needs libc only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The helper's end of the socket. */
#define HELPER_FD 3

/* The timeout of an answer. OpenVPN does nothing else meanwhile. */
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
	bool too_long;		/* not all texts fit: must not be sent */
};

/* Sent without the unused part of TEXT; TEXT has no NUL on the wire, but there
 * is always room for one. */
struct helper_answer {
	uint32_t seq;		/* 0: "I am ready", or why not */
	uint32_t status;	/* exit status of the command */
	char text[4088];	/* its messages, in lines */
};

/* Begin question number SEQ, and add texts to it. */
void helper_question_begin(struct helper_question *q, uint32_t seq);
void helper_question_add(struct helper_question *q, enum helper_kind kind,
			 const char *text);
/* Bytes to be sent, from &q->wire on. */
size_t helper_question_size(const struct helper_question *q);

/*
 * Split the SIZE bytes that were received into &q->wire into the words of a
 * command, with a NULL at the end; they point into Q. Returns the number of
 * words; 0: malformed.
 */
int helper_question_read(struct helper_question *q, size_t size,
			 char *words[static HELPER_WORDS + 1]);
/* The value of variable NAME in a question that was read; NULL: not set. */
const char *helper_question_env(const struct helper_question *q,
				const char *name);

/* Copy TEXT (SIZE bytes) into the answer, as much as fits; returns the bytes to
 * be sent. */
size_t helper_answer_fill(struct helper_answer *a, const char *text,
			  size_t size);
/* The length of the text in an answer of SIZE bytes that was received into A;
 * -1: malformed. */
int helper_answer_read(const struct helper_answer *a, size_t size);
