/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVPN's option syntax (options.c of 2.4 to 2.6), as server.conf and
 * client-config-dir files use it: words, quotes, backslashes, comments, inline
 * blocks; 16 words, what follows them is not read; lines of at most 255 bytes
 * with their newline; a NUL ends a line.
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
	bool lenient;			/* came by "setenv opt": where OpenVPN
					 * would end, it skips the line */
};

/* Set src and ccd, the rest zero. */
struct ovreader {
	const struct source *src;
	bool ccd;		/* a too long line goes on as a new line, and
				 * errors are warnings: OpenVPN skips the line */
	size_t off;		/* of the next line */
	unsigned int said;	/* after DIAG_BUDGET messages: silence */
};

/*
 * The next line that says something: comments, empty lines and inline blocks
 * are passed over, "--" before the option is dropped, "setenv opt X ..." is
 * returned as "X ...".  Returns 1, 0 at the end, or -EINVAL after an error was
 * said (the caller may go on with the next line).
 */
int ovline_next(struct ovreader *r, struct ovline *out, struct diag *d);
