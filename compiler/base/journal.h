/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for systemd's journal. It takes a line's priority from the beginning of
 * the line, "<4>"; without one a line has the priority of its unit.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* As in syslog(3). */
enum journal_priority {
	JOURNAL_ERROR = 3,
	JOURNAL_WARNING,
	JOURNAL_NOTICE,		/* something was found, or belongs to the line
				 * before it */
	JOURNAL_INFO,		/* all is well */
};

/*
 * Does the journal read what is written to FD? STREAM is $JOURNAL_STREAM or
 * NULL. A hook has no such variable, because OpenVPN clears the environment:
 * then it is the journal if FD is connected to the journal's socket.
 */
bool journal_reads(int fd, const char *stream);

/* Begin a line of OUT with priority P, if it is for the journal. */
void journal_begin(FILE *out, bool journal, enum journal_priority p);
