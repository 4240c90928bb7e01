/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

bool private_is_ours(int dirfd, const char *path)
{
	struct stat st;

	return !fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) &&
	       !access_fault(&st);
}

bool private_get(int dirfd, const char *name, char *buf, size_t size)
{
	int fd = private_open(dirfd, name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

void private_put(int dirfd, const char *name, const char *text)
{
	int fd = private_open(dirfd, name, O_WRONLY | O_CREAT);

	if (fd < 0)
		return;
	if (pwrite(fd, text, strlen(text), 0) < 0)
		unlinkat(dirfd, name, 0);
	close(fd);
}

int private_drop(int dirfd, const char *name)
{
	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	return unlinkat(dirfd, name, AT_REMOVEDIR) ? -errno : 0;
}
