/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int dir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int cmp_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Sorted: the order of messages must not depend on the file system. */
static int list_names(struct dir *f)
{
	int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 3), r;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (errno = 0, (e = readdir(dir)))
		if (!is_dots(e->d_name))
			vec_push(&f->names, mem_dup(e->d_name,
						    strlen(e->d_name)));
	r = -errno;
	closedir(dir);
	vec_sort(&f->names, cmp_names);
	return r;
}

int dir_read(const char *path, struct dir *out)
{
	struct dir f = { .fd = dir_open(path), .path = path };
	int r;

	if (f.fd < 0)
		return f.fd;
	/* first the stamp, then the names: a later change changes the stamp */
	r = stamp_read(f.fd, ".", &f.stamp);
	if (!r)
		r = list_names(&f);
	if (r)
		dir_fini(&f);
	else
		*out = f;
	return r;
}

void dir_fini(struct dir *f)
{
	char **name;

	vec_each(name, &f->names)
		free(*name);
	vec_fini(&f->names);
	close(f->fd);
}

int dir_load(struct sources *set, const struct dir *dir, const char *file,
	     const char *shown, const struct source **out)
{
	int r = source_load_plain(set, dir->fd, file, shown, out);

	if (r != -ELOOP)
		return r;
	r = source_load(set, dir->fd, file, shown, out);
	if (!r)
		sources_see(set, dir_join(dir->path, file), (*out)->stamp);
	return r == -ENOENT ? -ENOLINK : r;
}

const char *dir_error(int r)
{
	switch (r) {
	case -EINVAL:
		return "it is not a regular file";
	case -EISDIR:
		return "it is a directory";
	case -EFBIG:
		return "it is larger than 16 MiB";
	case -ENOLINK:
		return "it is a link to a file that is not there";
	}
	return strerror(-r);
}

char *dir_join(const char *dir, const char *path)
{
	if (path[0] == '/' || !strcmp(dir, "."))
		return mem_dup(path, strlen(path));
	return mem_printf("%s%s%s", dir,
			  dir[strlen(dir) - 1] == '/' ? "" : "/", path);
}
