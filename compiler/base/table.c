/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/table_part.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/digest.h"

/* Reading more would take seconds; ten thousand clients need 100 MB at most. */
#define MOST_BYTES ((off_t)1 << 30)

uint64_t table_boot(void)
{
	char boot[64];
	ssize_t n = -1;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, boot, sizeof(boot));
		close(fd);
	}
	return n > 0 ? digest_bytes(0, boot, (size_t)n) : 0;
}

long table_seal(const struct stat *st, uint64_t boot)
{
	const uint64_t file[] = { (uint64_t)st->st_ino, (uint64_t)st->st_size };

	return boot ? (long)(digest_bytes(boot, file, sizeof(file)) %
			     1000000000u)
		    : -1;
}

static int map_file(int fd, struct table *out)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	out->there = true;
	if (st.st_size > MOST_BYTES) {
		out->fault = "is larger than 1 GiB";
		return -EBADMSG;
	}
	out->sealed = st.st_mtim.tv_nsec == table_seal(&st, out->boot);
	if (!st.st_size)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	out->text = p;
	out->size = (size_t)st.st_size;
	return 0;
}

struct str table_line_at(const struct table *t, size_t off)
{
	const char *start = t->text + off;
	const char *nl = memchr(start, '\n', t->size - off);

	return (struct str){ start, (nl ? nl : t->text + t->size) - start };
}

uint64_t table_line_sum(struct str line)
{
	return digest_bytes(5, line.p, line.n);
}

uint64_t table_sum(const struct table *t)
{
	size_t off = table_header(t).n ? table_header(t).n + 1 : 0;
	uint64_t sum = 0;
	struct str line;

	for (; off < t->size; off += line.n + 1) {
		line = table_line_at(t, off);
		sum += table_line_sum(line);
	}
	return sum;
}

bool table_header_sum(const struct table *t, uint64_t *out)
{
	struct str header = table_header(t);
	const char *at = header.n ? memmem(header.p, header.n, TABLE_SUM,
					   strlen(TABLE_SUM)) : NULL;
	char text[TABLE_SUM_DIGITS + 1] = "", *end;

	if (!at || (size_t)(header.p + header.n - at) <
	    strlen(TABLE_SUM) + TABLE_SUM_DIGITS)
		return false;
	memcpy(text, at + strlen(TABLE_SUM), TABLE_SUM_DIGITS);
	*out = strtoull(text, &end, 16);
	return end == text + TABLE_SUM_DIGITS;
}

/* Where table_write would write something else; NULL: nowhere. */
static const char *find_fault(struct table *t, size_t *number)
{
	struct str line, last = { "", 0 };
	uint64_t sum;
	size_t off;

	*number = 0;
	for (off = 0; off < t->size; off += line.n + 1) {
		++*number;
		line = table_line_at(t, off);
		if (line.n && memchr(line.p, '\0', line.n))
			return "has a NUL byte";
		/* a lookup misses lines that are not sorted */
		if (str_cmp(last, line) > 0)
			return "is not in order";
		last = line;
	}
	*number = 0;
	t->summed = table_header_sum(t, &sum) && sum == table_sum(t);
	return NULL;
}

static int check(struct table *t)
{
	struct table bad = { .there = true };

	bad.fault = find_fault(t, &bad.fault_line);
	if (!bad.fault)
		return 0;
	table_close(t);
	*t = bad;
	return -EBADMSG;
}

int table_open_in(int dirfd, const char *name, uint64_t boot,
		  struct table *out)
{
	int fd, r;

	*out = (struct table){ .boot = boot };
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!boot)
		out->boot = table_boot();
	r = map_file(fd, out);
	close(fd);
	return r || out->sealed ? r : check(out);
}

int table_open(int dirfd, const char *name, struct table *out)
{
	return table_open_in(dirfd, name, 0, out);
}

void table_close(struct table *t)
{
	if (t->text)
		munmap(t->text, t->size);
	*t = (struct table){ 0 };
}

static size_t line_start(const struct table *t, size_t off)
{
	while (off && t->text[off - 1] != '\n')
		off--;
	return off;
}

struct str table_header(const struct table *t)
{
	if (!t->size || t->text[0] != '#')
		return (struct str){ "", 0 };
	return table_line_at(t, 0);
}

size_t table_line_number(const struct table *t, struct str line)
{
	size_t off, n = 1;

	for (off = 0; t->text + off < line.p;
	     off += table_line_at(t, off).n + 1)
		n++;
	return n;
}

size_t table_lower_bound(const struct table *t, struct str key)
{
	size_t low = 0, high = t->size, mid;
	struct str line;

	while (low < high) {
		mid = line_start(t, (low + high) / 2);
		if (mid < low)
			mid = low;
		line = table_line_at(t, mid);
		if (str_cmp(line, key) < 0)
			low = mid + line.n + 1;
		else
			high = mid;
	}
	return low < t->size ? low : t->size;
}

struct str table_line_if(const struct table *t, size_t off, struct str prefix)
{
	struct str line;

	if (off < t->size) {
		line = table_line_at(t, off);
		if (str_begins(line, prefix))
			return line;
	}
	return (struct str){ NULL, 0 };
}

struct str table_find(const struct table *t, struct str prefix)
{
	return table_line_if(t, table_lower_bound(t, prefix), prefix);
}

struct str table_next(const struct table *t, struct str line, struct str prefix)
{
	return table_line_if(t, (size_t)(line.p - t->text) + line.n + 1,
			     prefix);
}

struct str table_walk(const struct table *t, struct str prefix, size_t *pos)
{
	size_t off = *pos ? *pos : table_lower_bound(t, prefix);
	struct str line = table_line_if(t, off, prefix);

	*pos = line.p ? off + line.n + 1 : t->size;
	return line;
}

struct str table_search(const struct table *t, char kind, struct str text,
			size_t *pos)
{
	const char first[] = { kind, '\t' }, after[] = { kind, '\t' + 1 };
	size_t end = table_lower_bound(t, (struct str){ after, 2 });
	struct str line = { NULL, 0 };
	const char *hit;

	if (!*pos)
		*pos = table_lower_bound(t, (struct str){ first, 2 });
	if (*pos >= end)
		return line;
	hit = memmem(t->text + *pos, end - *pos, text.p, text.n);
	if (!hit) {
		*pos = end;
		return line;
	}
	line = table_line_at(t, line_start(t, (size_t)(hit - t->text)));
	*pos = (size_t)(line.p - t->text) + line.n + 1;
	return line;
}

struct str table_field(struct str line, unsigned int i)
{
	const char *tab;

	for (;; i--) {
		tab = line.n ? memchr(line.p, '\t', line.n) : NULL;
		if (!i)
			break;
		line = str_from(line, tab ? (size_t)(tab - line.p) + 1
					  : line.n);
	}
	if (tab)
		line.n = (size_t)(tab - line.p);
	return line;
}
