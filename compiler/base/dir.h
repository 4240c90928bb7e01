/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder: the names in it, and its files.
 */
#pragma once

#include "compiler/base/source.h"

struct dir {
	int fd;
	const char *path;	/* lent */
	struct stamp stamp;	/* of dir_read */
	VEC(char *) names;	/* sorted by bytes, without "." and ".." */
};

/* Open PATH and list it: 0 or -errno.  End with dir_fini if it was 0. */
int dir_read(const char *path, struct dir *out);
/* Open PATH only: a descriptor or -errno. */
int dir_open(const char *path);
void dir_fini(struct dir *f);

/*
 * As source_load, by FD and PATH of DIR.  When there is a link of this name but
 * not what it leads to, that is -ENOLINK: -ENOENT means that nothing is there.
 * The stamp of DIR does not tell of what a link leads to, so SET sees that.
 */
int dir_load(struct sources *set, const struct dir *dir, const char *file,
	     const char *shown, const struct source **out);

/* Why a file cannot be read; R is what dir_load returned. */
const char *dir_error(int r);

/* PATH seen from the folder DIR: a new path, malloced. */
char *dir_join(const char *dir, const char *path);
