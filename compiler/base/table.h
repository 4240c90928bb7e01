/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text file of sorted lines, looked up without reading it all and replaced
 * by rename(2): what vpnpf must remember between two processes, readable by
 * people.  A line is fields with tabs between; lines are in the order of their
 * bytes.  The first line is a header, "# ..." , which sorts before all keys.
 */
#pragma once

#include "compiler/base/str.h"
#include "compiler/base/vec.h"

struct table {
	char *text;		/* mapped; NULL: there was no file */
	size_t size;
};

/* A change of one line. */
struct table_edit {
	struct str line;	/* without its newline */
	bool add;		/* else delete; both may name one line twice */
};

struct table_edits {
	VEC(struct table_edit) list;
	VEC(char *) texts;	/* owned lines */
};

/*
 * Map NAME in the folder DIRFD.  0 (an absent file is empty) or -errno;
 * -EBADMSG: it has NUL bytes, or its lines are not in order.  To find that it
 * is read whole, unless its time says that nobody has changed it since
 * table_write, and that the machine has run all the while: a crash may leave
 * zeros.
 */
int table_open(int dirfd, const char *name, struct table *out);
void table_close(struct table *t);

/* The header without its newline; empty when there is none. */
struct str table_header(const struct table *t);

/*
 * The first line that begins with PREFIX, or {NULL, 0}; then the next one.
 * The line is without its newline.
 */
struct str table_find(const struct table *t, struct str prefix);
struct str table_next(const struct table *t, struct str line,
		      struct str prefix);
/*
 * The lines whose first field is KIND and that hold TEXT anywhere, one a call;
 * *pos begins with 0.
 */
struct str table_search(const struct table *t, char kind, struct str text,
			size_t *pos);

/* Field I (from 0) of a line; empty when it has fewer. */
struct str table_field(struct str line, unsigned int i);

void table_edit(struct table_edits *edits, bool add, char *line);
/* As a table has its lines, each once. */
void table_edits_sort(struct table_edits *edits);
void table_edits_fini(struct table_edits *edits);

/*
 * Write T with EDITS as the file NAME.new (mode 0600): table_write; then put
 * it in NAME's place: table_commit.  Between the two stands the commit to the
 * kernel, so that a full disk is met before.  Sorts EDITS.  0 or -errno.
 */
int table_write(int dirfd, const char *name, const char *header,
		const struct table *t, struct table_edits *edits);
int table_commit(int dirfd, const char *name);
void table_abort(int dirfd, const char *name);
