/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory: its names and its files.
 */
#pragma once

#include "compiler/base/source.h"

struct dir {
	int fd;
	const char *path;	/* lent */
	struct stamp stamp;	/* taken before the names were read */
	VEC(char *) names;	/* sorted by bytes, without "." and ".." */
};

/* Open PATH and read its names.  0 or -errno; after 0 end with dir_fini. */
int dir_read(const char *path, struct dir *out);
/* Only open PATH: a descriptor or -errno. */
int dir_open(const char *path);
void dir_fini(struct dir *f);

/*
 * As source_load, for FILE in DIR (fd and path).  -ENOENT: there is no FILE;
 * -ENOLINK: FILE is a link, and its target does not exist.  A change of a
 * link's target does not change the stamp of DIR, so the target is added to
 * SET with sources_see.
 */
int dir_load(struct sources *set, const struct dir *dir, const char *file,
	     const char *shown, const struct source **out);

/* The text of an error R of dir_load. */
const char *dir_error(int r);

/* PATH as seen from directory DIR; malloced. */
char *dir_join(const char *dir, const char *path);
