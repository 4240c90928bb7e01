/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells a file from another one, and from itself before it was changed.
 * All zero: there is no file.
 */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

struct stamp {
	uint64_t device, inode, size;
	uint64_t changed;	/* ctime, in nanoseconds since 1970 */
};

/* The clock of files' times. */
struct file_clock {
	uint64_t now;		/* nanoseconds since 1970 */
	uint64_t boot;		/* when this machine was started, by the clock
				 * as it is set: earlier if it was set back */
};

/* A file or folder that was read, or looked for. */
struct seen {
	char *path;		/* from where we run */
	struct stamp stamp;
};

struct stamp stamp_of(const struct stat *st);

/* PATH below the folder DIRFD; links are followed.  0 (also when it is not
 * there) or -errno. */
int stamp_read(int dirfd, const char *path, struct stamp *out);

struct file_clock file_clock_read(void);

/* Room for stamp_format. */
#define STAMP_TEXT 72
/* As four numbers; returns BUF. */
const char *stamp_format(const struct stamp *stamp, char buf[static STAMP_TEXT]);
