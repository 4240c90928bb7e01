/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *access_fault(const struct stat *st)
{
	if (st->st_uid && st->st_uid != geteuid())
		return "belongs to another user";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "is writable by others"
						 : NULL;
}

static const char *file_fault(const struct stat *st, bool written)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		break;
	case S_IFDIR:
		return "is a directory";
	case S_IFLNK:
		return "is a symbolic link";
	case S_IFIFO:
		return "is a FIFO";
	case S_IFSOCK:
		return "is a socket";
	default:
		return "is a device";
	}
	if (written && st->st_nlink > 1)
		return "has another name";
	return access_fault(st);
}

int private_open_dir(const char *path, const char **fault)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;
	struct stat st;

	*fault = NULL;
	if (r)
		*fault = !lstat(path, &st) && S_ISLNK(st.st_mode)
				 ? "is a symbolic link" : NULL;
	else if (fstat(fd, &st))
		r = -errno;
	else
		*fault = access_fault(&st);
	if (!r && !*fault)
		return fd;
	if (fd >= 0)
		close(fd);
	return *fault ? -EPERM : r;
}

const char *private_fault(int dirfd, const char *name, bool written)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW)
		       ? NULL : file_fault(&st, written);
}

int private_open(int dirfd, const char *name, int flags)
{
	int fd = openat(dirfd, name, flags | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO
			       ? -EPERM : -errno;
	if (!fstat(fd, &st) && !file_fault(&st, true))
		return fd;
	close(fd);
	return -EPERM;
}

int private_drop(int dirfd, const char *name)
{
	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	return unlinkat(dirfd, name, AT_REMOVEDIR) ? -errno : 0;
}
