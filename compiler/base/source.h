/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contents of a file, or a text from memory.  A source owns its text, which
 * may hold any byte; a NUL follows the text and is not counted in size.
 * Sources belong to a struct sources and live until sources_fini, at the
 * program's end.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "compiler/base/stamp.h"
#include "compiler/base/str.h"
#include "compiler/base/vec.h"

struct source {
	char *name;		/* as messages show it */
	char *text;
	size_t size;
	struct stamp stamp;	/* of the file; zero for a text */
};

/* SEEN: the files that source_load with AT_FDCWD read or did not find, and
 * those that the caller added with sources_see. */
struct sources {
	VEC(struct source *) list;
	VEC(struct seen) seen;
};

/* A place: the bytes [off, off + len) of a source; src NULL: no place. */
struct loc {
	const struct source *src;
	unsigned int off, len;
};

#define LOC_NONE ((struct loc){ 0 })

/* The largest file that is read: a policy of 16 MiB is a mistake. */
#define SOURCE_MAX (16u << 20)

/*
 * Read PATH (relative to directory DIRFD, or AT_FDCWD); messages call the file
 * NAME.  Only regular files (links to them are followed) of at most SOURCE_MAX
 * bytes; never blocks on a FIFO.  Returns 0, or -errno with *out untouched:
 * -ENOENT, -EACCES, -EISDIR, -EINVAL (neither file nor directory), -EFBIG, ...
 * Reports nothing: the caller knows the purpose of the file.
 */
int source_load(struct sources *set, int dirfd, const char *path,
		const char *name, const struct source **out);
/* As source_load, but -ELOOP when PATH is a link.  Adds nothing to SEEN. */
int source_load_plain(struct sources *set, int dirfd, const char *path,
		      const char *name, const struct source **out);

/* A source over a copy of TEXT. */
const struct source *source_text(struct sources *set, const char *name,
				 const char *text, size_t size);

/* Add PATH (malloced, taken over) to SEEN: read, or missing (zero STAMP). */
void sources_see(struct sources *set, char *path, struct stamp stamp);

void sources_fini(struct sources *set);

/* Line and column (from 1, in bytes) of an offset. */
void source_position(const struct source *src, size_t off,
		     unsigned int *line, unsigned int *column);

/* The whole line that holds OFF, without its newline. */
struct str source_line(const struct source *src, size_t off);

static inline struct loc loc_of(const struct source *src, struct str s)
{
	return (struct loc){ src, (unsigned int)(s.p - src->text),
			     (unsigned int)s.n };
}

static inline struct str source_str(const struct source *src)
{
	return (struct str){ src->text, src->size };
}
