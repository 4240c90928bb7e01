/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of words: the syntax of groups and expectations.  "#" at the beginning
 * of a word begins a comment.  A word may be in double quotes; \" in quotes is
 * a quote, \\ a backslash.
 */
#pragma once

#include "compiler/base/diag.h"

struct words {
	const struct source *src;
	struct diag *d;
	const char *special;	/* characters allowed in quotes only */
	size_t off;		/* of the next line */
	unsigned int errors;	/* of this file, shown or not */
};

struct word {
	struct str text;
	struct str at;		/* in the file, without the quotes */
	bool quoted;
	char *own;		/* malloced memory of text; NULL: text is a
				 * slice of the source */
};

/* The next line, without its line end.  A line with a NUL byte is an error and
 * is skipped.  False: end of file. */
bool words_next_line(struct words *w, struct str *line);

/* Skip blanks; false: only a comment or nothing follows. */
bool words_more(struct str *line);

/* Remove a word from LINE.  1; 0: there is none; -EINVAL (reported). */
int words_next(struct words *w, struct str *line, struct word *out);

/* Report an error; only the first DIAG_BUDGET of a file are shown. */
void words_error(struct words *w, struct str at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
