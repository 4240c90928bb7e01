/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What apply changes for which client: the new policy against the one that was
 * loaded last.
 *
 *	ben: + nick, - 10.0.4.0/24 (ben.pf), address 10.8.0.6 (was anna's)
 *	max: closed by [KILL]
 *	and 37 more
 */
#pragma once

#include "cli/sync/sync.h"

struct report {
	VEC(char *) lines;	/* a client each; with the user's bytes */
	size_t more;		/* clients that have no line */
};

/* The policy of W (not yet lowered) against S's tables.  The lines of a screen,
 * all with -v. */
void report_make(struct sync *s, const struct state_write *w,
		 struct report *out);

/* What the file of NEW changes for a client that was OLD: rights, or that it is
 * closed or open now; malloced. */
char *report_of_client(const struct client *old, const struct client *new,
		       bool verbose);

/* Print on stdout, as comments of rules in a dry run. */
void report_print(const struct report *r, const struct cli *cli);
void report_fini(struct report *r);
