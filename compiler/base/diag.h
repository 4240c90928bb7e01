/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All talk to the user: errors, warnings and notes, each with its place.
 *
 *	john.pf:12:5: error: no such section "[CLIENTS DENY]"
 *	  12 | [CLIENTS DENY]
 *	     | ^
 *
 * An error is said once, where it is found; above it only travels.  The text
 * of a message may hold the user's bytes: everything that is not printable
 * UTF-8 is shown as \xHH, so a hostile name cannot write to a terminal.
 *
 * Where it is a terminal, work of more than a second tells how far it is, in a
 * line of its own that goes when anything is said.
 *
 * A process that holds a lock must not wait for a reader of its messages.  So
 * diag_hold keeps them in memory until the lock is free, and the progress line
 * is left out where the terminal does not take it at once.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "compiler/base/source.h"

struct diag {
	FILE *out;		/* NULL: count only */
	bool quiet;		/* no warnings, no notes */
	bool verbose;		/* diag_info is shown */
	bool color;
	bool terminal;		/* OUT is one */
	int progress;		/* where diag_progress is shown, a descriptor
				 * that does not block; 0: nowhere */
	bool line_is_open;	/* it stands there */
	long long began, told;	/* milliseconds, monotonic; 0: not yet */
	unsigned int errors, warnings;
	unsigned int holds;	/* OUT is in memory, ... */
	FILE *held_for;		/* for this ... */
	char *held;		/* and here */
	size_t held_size;
};

/* At most so many errors of one file are shown (style: then "too many"). */
#define DIAG_BUDGET 20

/* Say an error; returns RET, so that "return diag_error(...)" reads well. */
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
 * Keep what is said until diag_release.  There is no limit but what the files
 * give cause for, which are in memory too.  Of nested pairs the outer one
 * counts.
 */
void diag_hold(struct diag *d);
void diag_release(struct diag *d);
/* Instead of the outer diag_release: what was said, SIZE bytes, to be freed. */
char *diag_take(struct diag *d, size_t *size);

/* WHAT ("reading policies") is at DONE of ALL (0: nobody knows how many). */
void diag_progress(struct diag *d, const char *what, size_t done, size_t all);
/* Take the line away, if it stands there. */
void diag_progress_end(struct diag *d);

enum diag_color {
	COLOR_GOOD,
	COLOR_BAD,
	COLOR_ODD,
	COLOR_QUIET,
	COLOR_NONE,		/* as it was */
};

/* What makes a terminal write so; "" when not ON. */
const char *diag_color(bool on, enum diag_color color);

/* "john.pf:12:5" into BUF (always NUL-terminated); "" without a place. */
void loc_format(struct loc at, char *buf, size_t size);

/* Print text with all but printable UTF-8 as \xHH. */
void diag_print_escaped(FILE *out, struct str text);
/* The columns that it takes on a terminal, where a character takes one. */
size_t diag_escaped_width(struct str text);
