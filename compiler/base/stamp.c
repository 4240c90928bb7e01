/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static uint64_t nanoseconds(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t read_clock(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return nanoseconds(now);
}

struct file_clock file_clock_read(void)
{
	struct file_clock c = { .now = read_clock(CLOCK_REALTIME_COARSE) };

	c.boot = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME);
	return c;
}

struct stamp stamp_of(const struct stat *st)
{
	return (struct stamp){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.changed = nanoseconds(st->st_ctim),
	};
}

int stamp_read(int dirfd, const char *path, struct stamp *out)
{
	struct stat st;

	*out = (struct stamp){ 0 };
	if (fstatat(dirfd, path, &st, 0))
		return errno == ENOENT ? 0 : -errno;
	*out = stamp_of(&st);
	return 0;
}

const char *stamp_format(const struct stamp *s, char buf[static STAMP_TEXT])
{
	snprintf(buf, STAMP_TEXT, "%" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64,
		 s->device, s->inode, s->size, s->changed);
	return buf;
}
