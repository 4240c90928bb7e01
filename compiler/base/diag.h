/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to the user: errors, warnings and notes, each with its place.
 *
 *	john.pf:12:5: error: no such section "[CLIENTS DENY]"
 *	  12 | [CLIENTS DENY]
 *	     | ^
 *
 * An error is reported once, where it is found; callers only return it.  A
 * message may quote the user's bytes: all bytes that are not printable UTF-8
 * are shown as \xHH, so a hostile name cannot send control sequences to a
 * terminal.
 *
 * On a terminal, work of more than a second shows its progress in a line of its
 * own, which is removed before the next message.
 *
 * A process that holds a lock must not wait for a reader of its messages:
 * diag_hold keeps messages in memory until the lock is free, and a progress
 * line that would block is skipped.  What fails while it holds may be tried in
 * another way and fail again: an error like the one before it is then counted,
 * and not shown.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "compiler/base/source.h"

/* Digests of what was said of places in files. */
struct diag_once {
	VEC(uint64_t) list;
};

struct diag {
	FILE *out;		/* NULL: count only */
	/* called with each error and the user's bytes in it, or NULL */
	void (*hear)(void *arg, struct loc at, const char *text);
	void *hear_arg;
	bool quiet;		/* no warnings, no notes */
	bool verbose;		/* diag_info is shown */
	bool color;
	bool terminal;		/* OUT is a terminal */
	bool journal;		/* lines begin with their priority */
	int progress;		/* non-blocking descriptor of the progress
				 * line; 0: none */
	bool line_is_open;	/* the progress line is shown now */
	long long began, told;	/* milliseconds, monotonic; 0: not yet */
	unsigned int errors, warnings;
	struct loc first;	/* place of the first error with a place since
				 * the caller has cleared this */
	unsigned int holds;	/* depth of diag_hold; above 0: */
	FILE *held_for;		/* the real output */
	char *held;		/* buffer of OUT */
	size_t held_size;
	char *last;		/* the last error that was held, or NULL; */
	struct loc last_at;	/* its place */
	/* or NULL: a message about a place is said and counted once, also if
	 * the file is read again, and by another name */
	struct diag_once *once;
};

/* Limit of errors shown for one file; the next message is "too many errors". */
#define DIAG_BUDGET 20

/* Report an error; returns RET, for "return diag_error(...)". */
int diag_error(struct diag *d, struct loc at, int ret, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_warn(struct diag *d, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Belongs to the message before it. */
void diag_note(struct diag *d, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Only with -v. */
void diag_info(struct diag *d, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Keep messages in memory until diag_release.  The buffer has no limit: the
 * files that cause the messages are in memory too.  Pairs may be nested; the
 * outer diag_release writes the messages.
 */
void diag_hold(struct diag *d);
void diag_release(struct diag *d);
/* Instead of the outer diag_release: the messages, SIZE bytes, malloced. */
char *diag_take(struct diag *d, size_t *size);

/* Show that WHAT ("reading policies") is at DONE of ALL (0: not known). */
void diag_progress(struct diag *d, const char *what, size_t done, size_t all);
/* Remove the progress line, if it is shown. */
void diag_progress_end(struct diag *d);

enum diag_color {
	COLOR_GOOD,
	COLOR_BAD,
	COLOR_ODD,
	COLOR_QUIET,
	COLOR_NONE,		/* reset */
};

/* The escape sequence of COLOR; "" unless ON. */
const char *diag_color(bool on, enum diag_color color);

/* "john.pf:12:5" into BUF (always NUL-terminated); "" without a place, and the
 * name only of an empty file, or of a place that was kept as text. */
void loc_format(struct loc at, char *buf, size_t size);

/* Print TEXT; bytes that are not printable UTF-8 as \xHH. */
void diag_print_escaped(FILE *out, struct str text);
/* Columns of the escaped TEXT on a terminal, one for each character. */
size_t diag_escaped_width(struct str text);
