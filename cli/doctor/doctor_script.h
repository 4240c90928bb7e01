/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of a server.conf mention: of a hook or a plugin the program
 * itself, the files among its arguments, and the files that one of these names,
 * one level deep.  Files are read, never run; a comment mentions nothing.
 */
#pragma once

#include "cli/doctor/doctor.h"

struct script_answer {
	char *path;	/* the file that has the word, malloced; or NULL */
	bool unread;	/* a program could not be read: NULL proves nothing */
};

/* Look for WORD in what line L runs or loads. */
struct script_answer script_find(struct doctor *x, const struct doctor_line *l,
				 const char *word);

/* Does the file PATH have WORD, in text outside of comments? */
bool script_has(const char *path, const char *word);
