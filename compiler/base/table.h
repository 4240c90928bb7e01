/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text file of sorted lines: the state that one vpnpf process leaves for the
 * next.  A lookup does not read the whole file; a change replaces the file by
 * rename(2).  Tabs separate the fields of a line; lines are sorted by bytes.
 * The first line is a header, "# ...", which sorts before all keys.
 */
#pragma once

#include <stdint.h>

#include "compiler/base/str.h"
#include "compiler/base/vec.h"

struct table {
	char *text;		/* mapped; NULL: there was no file, or an empty
				 * one */
	size_t size;
	uint64_t boot;		/* tells this boot of the machine from others;
				 * 0: not known yet */
	bool there;		/* there was a file */
	bool sealed;		/* see table_open */
	bool summed;		/* not sealed, and the header has the right
				 * sum */
	const char *fault;	/* after -EBADMSG: as in private.h */
	size_t fault_line;	/* and in which line; 0: in no single one */
};

/* A change of one line. */
struct table_edit {
	struct str line;	/* without its newline */
	bool add;		/* else delete; deleted and added: it stays */
};

struct table_edits {
	VEC(struct table_edit) list;
	VEC(char *) texts;	/* owned lines */
};

/*
 * Map NAME in directory DIRFD.  0 (a missing file is empty) or -errno; -EINVAL:
 * it is no regular file.  -EBADMSG (the table is empty then): it has NUL bytes,
 * its lines are not sorted, or the file is larger than 1 GiB.  This check reads
 * the whole file, and compares the sum of the lines with the header's.  It is
 * skipped ("sealed") if the file's mtime shows that the file has not changed
 * since table_write and that the machine was not rebooted: a crash may leave
 * zeros.
 */
int table_open(int dirfd, const char *name, struct table *out);
/* The same; BOOT is known from another table. */
int table_open_in(int dirfd, const char *name, uint64_t boot,
		  struct table *out);
void table_close(struct table *t);

/* The header without its newline; empty: there is none. */
struct str table_header(const struct table *t);
/* The number of LINE, from 1. */
size_t table_line_number(const struct table *t, struct str line);

/*
 * The first line that begins with PREFIX, and the next one after LINE; without
 * the newline.  {NULL, 0}: there is none.
 */
struct str table_find(const struct table *t, struct str prefix);
struct str table_next(const struct table *t, struct str line,
		      struct str prefix);
/* The lines that begin with PREFIX, one for each call; *pos begins with 0. */
struct str table_walk(const struct table *t, struct str prefix, size_t *pos);
/*
 * The lines whose first field is KIND and that contain TEXT, one for each call;
 * *pos begins with 0.
 */
struct str table_search(const struct table *t, char kind, struct str text,
			size_t *pos);

/* Field I (from 0) of a line; empty if there are fewer fields. */
struct str table_field(struct str line, unsigned int i);

void table_edit(struct table_edits *edits, bool add, char *line);
/* In the order of a table, without duplicates. */
void table_edits_sort(struct table_edits *edits);
void table_edits_fini(struct table_edits *edits);

/*
 * table_write writes T with EDITS to the file NAME.new (mode 0600);
 * table_commit renames NAME.new to NAME.  The caller commits to the kernel
 * between the two, so a full disk is found before that.  Sorts EDITS.
 * A HEADER that ends in " sum=" is completed by a sum of all lines.
 * 0 or -errno.
 */
int table_write(int dirfd, const char *name, const char *header,
		const struct table *t, struct table_edits *edits);
int table_commit(int dirfd, const char *name);
void table_abort(int dirfd, const char *name);
