/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the .pf reader share; nobody else includes this.
 * pffile.c cuts lines and knows sections, then
 *	pfclient.c	an entry of [CLIENTS ...]
 *	pfsubnet.c	an entry of [SUBNETS ...]
 *	pfservice.c	an entry of [SERVICES]
 *	pfhint.c	lines that are none, and what was meant
 *	pfcheck.c	the entries together, when each for itself is right
 * An entry's TEXT is what stands after the sign: never empty, without NUL and
 * newline, at most 254 bytes, nothing of "\r\n\t " at its end.
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
	bool extended;			/* [SERVICES] was seen: a new file */
	bool broken;			/* the piece has no newline */
	bool rest;			/* and this is its continuation */
	bool told_ignored;		/* or need not: see ignore_entry */
	bool shown;			/* the last message: notes follow it */
	unsigned int errors, warnings;	/* of this file, shown or not */
};

/* Messages; only the first DIAG_BUDGET of a file are shown. */
void pfread_error(struct pfread *r, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void pfread_warn(struct pfread *r, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void pfread_note(struct pfread *r, struct loc at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add an entry to r->out, or say what is wrong with it. */
void pfclient_read(struct pfread *r, struct str text, bool accept);
void pfsubnet_read(struct pfread *r, struct str text, bool accept);
void pfservice_read(struct pfread *r, struct str text, bool accept);

/* Say that TAG is no section, or that LINE is no line at all. */
void pfhint_tag(struct pfread *r, struct str tag);
void pfhint_line(struct pfread *r, struct str line);

/* "255.255.0.0" -> 16; -1 when MASK is no netmask. */
int pfhint_netmask(struct str mask);

/* Doubles among the names are an error, but for members of groups. */
void pfcheck_names(struct pfread *r);
/* Warn of entries that can never fire or change nothing. */
void pfcheck_effect(struct pfread *r);
