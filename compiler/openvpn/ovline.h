/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVPN's option syntax (options.c of 2.4 to 2.6) in server.conf and
 * client-config-dir files: words, quotes, backslashes, comments, inline blocks.
 * A line has at most 255 bytes with its newline; a NUL ends a line; words after
 * the 16th are ignored.
 */
#pragma once

#include "compiler/base/diag.h"

#define OPTLINE_WORDS 16

struct ovword {
	char text[256];		/* unquoted, NUL-terminated */
	struct loc at;
};

struct ovline {
	unsigned int n;			/* words; at least 1 */
	struct ovword word[OPTLINE_WORDS];
	struct loc at;			/* the line */
	bool lenient;			/* after "setenv opt": OpenVPN skips a
					 * wrong line and does not exit */
};

/* Set src and ccd, the rest zero. */
struct ovreader {
	const struct source *src;
	bool ccd;		/* a too long line continues as a new line, and
				 * errors are warnings: OpenVPN skips the line */
	size_t off;		/* of the next line */
	unsigned int said;	/* messages; no more than DIAG_BUDGET */
};

/*
 * The next line with an option: comments, empty lines and inline blocks are
 * skipped, "--" before the option is dropped, "setenv opt X ..." is returned as
 * "X ...".  Returns 1, 0 at the end of the file, or -EINVAL (reported; the
 * caller may continue with the next line).
 */
int ovline_next(struct ovreader *r, struct ovline *out, struct diag *d);
