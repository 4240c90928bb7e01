/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of lines of words: groups, expectations.  "#" in front of a word
 * begins a comment.  A word may stand in double quotes, in which \" is a quote
 * and \\ a backslash.
 */
#pragma once

#include "compiler/base/diag.h"

struct words {
	const struct source *src;
	struct diag *d;
	const char *special;	/* what words may hold in quotes only */
	size_t off;		/* of the next line */
	unsigned int errors;	/* of this file, shown or not */
};

struct word {
	struct str text;
	struct str at;		/* as it stands in the file, without quotes */
	bool quoted;
	char *own;		/* malloced, what text is a slice of; NULL: the
				 * source is */
};

/* The next line, without what ends it.  One with a NUL byte is an error and is
 * passed over.  False: there is none. */
bool words_next_line(struct words *w, struct str *line);

/* Take blanks off; false: nothing follows but, perhaps, a comment. */
bool words_more(struct str *line);

/* Take a word off LINE.  1; 0: there is none; -EINVAL (said). */
int words_next(struct words *w, struct str *line, struct word *out);

/* Of a file only the first DIAG_BUDGET errors are shown. */
void words_error(struct words *w, struct str at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
