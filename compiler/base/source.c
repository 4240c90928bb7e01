/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static struct source *source_add(struct sources *set, const char *name,
				 char *text, size_t size)
{
	struct source *src = mem_alloc(sizeof(*src));

	text[size] = '\0';
	*src = (struct source){
		.name = mem_dup(name, strlen(name)), .text = text, .size = size,
	};
	vec_push(&set->list, src);
	return src;
}

/*
 * EXPECTED is the size from fstat and saves the last read(2), which would
 * return 0.  Files in /proc have size 0.
 */
static int read_all(int fd, size_t expected, char **text, size_t *size)
{
	size_t room = expected + 64;
	char *buf = mem_alloc(room + 1);
	size_t n = 0;
	ssize_t got;

	for (;;) {
		got = read(fd, buf + n, room - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += got;
		if (n > SOURCE_MAX || n == expected)
			break;
		if (n == room) {
			room *= 2;
			buf = mem_realloc(buf, room + 1, 1);
		}
	}
	if (got < 0 || n > SOURCE_MAX) {
		int r = got < 0 ? -errno : -EFBIG;

		free(buf);
		return r;
	}
	*text = buf;
	*size = n;
	return 0;
}

static int load_fd(struct sources *set, int fd, const char *name,
		   const struct source **out)
{
	struct stat st;
	size_t size = 0;
	struct source *src;
	char *text = NULL;
	int r;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > SOURCE_MAX)
		return -EFBIG;
	r = read_all(fd, (size_t)st.st_size, &text, &size);
	if (r)
		return r;
	src = source_add(set, name, text, size);
	src->stamp = stamp_of(&st);
	*out = src;
	return 0;
}

static int load(struct sources *set, int fd, const char *name,
		const struct source **out)
{
	int r;

	if (fd < 0)
		return -errno;
	r = load_fd(set, fd, name, out);
	close(fd);
	return r;
}

int source_load_plain(struct sources *set, int dirfd, const char *path,
		      const char *name, const struct source **out)
{
	return load(set, openat(dirfd, path, OPEN_FLAGS | O_NOFOLLOW), name,
		    out);
}

int source_load(struct sources *set, int dirfd, const char *path,
		const char *name, const struct source **out)
{
	int r = load(set, openat(dirfd, path, OPEN_FLAGS), name, out);

	if (dirfd == AT_FDCWD && (!r || r == -ENOENT))
		sources_see(set, mem_copy(path), r ? (struct stamp){ 0 }
						   : (*out)->stamp);
	return r;
}

void sources_see(struct sources *set, char *path, struct stamp stamp)
{
	vec_push(&set->seen, ((struct seen){ path, stamp }));
}

const struct source *source_text(struct sources *set, const char *name,
				 const char *text, size_t size)
{
	return source_add(set, name, mem_dup(text, size), size);
}

void sources_fini(struct sources *set)
{
	struct source **src;
	struct seen *seen;

	vec_each(seen, &set->seen)
		free(seen->path);
	vec_fini(&set->seen);
	vec_each(src, &set->list) {
		free((*src)->name);
		free((*src)->text);
		free(*src);
	}
	vec_fini(&set->list);
}

void source_position(const struct source *src, size_t off,
		     unsigned int *line, unsigned int *column)
{
	const char *p = src->text, *end = src->text + off, *nl;

	for (*line = 1; (nl = memchr(p, '\n', end - p)); p = nl + 1)
		(*line)++;
	*column = (unsigned int)(end - p) + 1;
}

struct str source_line(const struct source *src, size_t off)
{
	const char *start = src->text + off, *end;

	while (start > src->text && start[-1] != '\n')
		start--;
	end = memchr(src->text + off, '\n', src->size - off);
	if (!end)
		end = src->text + src->size;
	return (struct str){ start, end - start };
}
