/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words, quoted texts and signs of a vpnpf.conf; for conf_file.c only.
 */
#pragma once

#include "compiler/conf/conf_file.h"

struct conf_scan {
	const struct source *src;
	const struct conf_kind *kinds;
	const char *p, *end;
	struct conf_file *out;
	struct conf_section *blamed;	/* errors are of this section */
	bool lost;		/* in BLAMED, the start of the next setting was
				 * guessed: no more messages */
	struct diag *d;
	unsigned int errors;
};

/* An error at AT is BLAMED's. */
void conf_blame(struct conf_scan *r, struct loc at);
/* Report an error, which is BLAMED's; only the first DIAG_BUDGET of a file are
 * shown. */
void conf_complain(struct conf_scan *r, struct str at, const char *fmt,
		   ...) __attribute__((format(printf, 3, 4)));

/* The text of a place. */
struct str conf_word_at(const struct conf_scan *r, struct loc at);
/* The next N bytes, or fewer at the end. */
struct str conf_here(const struct conf_scan *r, size_t n);

void conf_skip_line(struct conf_scan *r);
/* Skip to the next word or sign; false: end of file. */
bool conf_skip(struct conf_scan *r);
/* Skip to SIGN, and behind it; false: something else is there. */
bool conf_take(struct conf_scan *r, char sign);
/* The word that begins here; empty: there is none. */
struct str conf_read_word(struct conf_scan *r);
/* A word or a text in quotes; WHAT is for the message.  False (reported): there
 * is none. */
bool conf_read_text(struct conf_scan *r, const char *what,
		    struct conf_text *out);

/*
 * After the "}" of the section whose "{" was read last; NULL: not certain.  A
 * forgotten "}" or quote must not hide the section behind this one, so "{"
 * stands after "=" only.
 */
const char *conf_section_end(const struct conf_scan *r);
