/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stamps: a file that is replaced or changed gets a different stamp.  All zero:
 * there is no file.
 */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

struct stamp {
	uint64_t device, inode, size;
	uint64_t changed;	/* ctime, in nanoseconds since 1970 */
};

/* The clock of file times. */
struct file_clock {
	uint64_t now;		/* nanoseconds since 1970 */
	uint64_t boot;		/* time of boot, by the present setting of the
				 * clock: earlier if the clock was set back */
};

/* A file or directory that was read, or that was missing. */
struct seen {
	char *path;		/* relative to the working directory */
	struct stamp stamp;
};

struct stamp stamp_of(const struct stat *st);

/* PATH relative to directory DIRFD; links are followed.  0 (a missing file has
 * the zero stamp) or -errno. */
int stamp_read(int dirfd, const char *path, struct stamp *out);

struct file_clock file_clock_read(void);

/* Room for stamp_format. */
#define STAMP_TEXT 72
/* As four numbers; returns BUF. */
const char *stamp_format(const struct stamp *stamp, char buf[static STAMP_TEXT]);
