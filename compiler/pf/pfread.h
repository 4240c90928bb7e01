/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the .pf parser only.
 * pffile.c splits lines and knows the sections, then
 *	pfclient.c	an entry of [CLIENTS ...]
 *	pfsubnet.c	an entry of [SUBNETS ...]
 *	pfservice.c	an entry of [SERVICES]
 *	pfhint.c	malformed lines, and hints
 *	pfcheck.c	checks over all entries
 * The TEXT of an entry follows its sign: never empty, no NUL or newline, at
 * most 254 bytes, none of "\r\n\t " at its end.
 */
#pragma once

#include "compiler/pf/pffile.h"

#define PFREAD_PIECE 255	/* fgets(..., 256, ...) */

enum pfread_section {
	SECTION_NONE,
	SECTION_CLIENTS,
	SECTION_SUBNETS,
	SECTION_SERVICES,
};

struct pfread {
	const struct source *src;
	const struct pffile_options *opt;
	struct pffile *out;
	struct diag *d;
	size_t off;			/* of the next piece */
	enum pfread_section section;
	bool extended;			/* [SERVICES] was seen */
	bool broken;			/* this piece has no newline */
	bool rest;			/* this piece continues a long line */
	bool told_ignored;		/* see ignore_entry */
	bool shown;			/* show notes on the last message */
	unsigned int errors, warnings;	/* of this file, shown or not */
};

/* Messages; only the first DIAG_BUDGET of a file are shown. */
void pfread_error(struct pfread *r, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void pfread_warn(struct pfread *r, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void pfread_note(struct pfread *r, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add an entry to r->out, or report an error. */
void pfclient_read(struct pfread *r, struct str text, bool accept);
void pfsubnet_read(struct pfread *r, struct str text, bool accept);
void pfservice_read(struct pfread *r, struct str text, bool accept);

/* Report an unknown section TAG, or a malformed LINE, with a hint. */
void pfhint_tag(struct pfread *r, struct str tag);
void pfhint_line(struct pfread *r, struct str line);

/* "255.255.0.0" -> 16; -1 when MASK is no netmask. */
int pfhint_netmask(struct str mask);

/* A name on two lines is an error, except for members of groups. */
void pfcheck_names(struct pfread *r);
/* Warn of entries that can never match or change nothing. */
void pfcheck_effect(struct pfread *r);
