/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/digest.h"

/* Reading more would take seconds; ten thousand clients need 100 MB at most. */
#define MOST_BYTES ((off_t)1 << 30)

/* Before the sum in a header, and its digits. */
#define SUM " sum="
#define SUM_DIGITS 16

/*
 * table_write sets the nanoseconds of the mtime to this value.  Any other
 * writer changes them, and a reboot changes the value.
 */
static long seal(const struct stat *st)
{
	const uint64_t file[] = { (uint64_t)st->st_ino, (uint64_t)st->st_size };
	uint64_t h = digest_bytes(0, file, sizeof(file));
	char boot[64];
	ssize_t n = -1;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, boot, sizeof(boot));
		close(fd);
	}
	return n > 0 ? (long)(digest_bytes(h, boot, (size_t)n) % 1000000000u)
		     : -1;
}

/* Errors are ignored: table_open then reads the whole file. */
static void put_seal(int fd)
{
	struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	struct stat st;

	if (fstat(fd, &st))
		return;
	times[1] = (struct timespec){ st.st_mtim.tv_sec, seal(&st) };
	futimens(fd, times);
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
	out->sealed = st.st_mtim.tv_nsec == seal(&st);
	if (!st.st_size)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	out->text = p;
	out->size = (size_t)st.st_size;
	return 0;
}

/* The line that begins at OFF. */
static struct str line_at(const struct table *t, size_t off)
{
	const char *start = t->text + off;
	const char *nl = memchr(start, '\n', t->size - off);

	return (struct str){ start, (nl ? nl : t->text + t->size) - start };
}

static uint64_t sum_of(struct str line)
{
	return digest_bytes(5, line.p, line.n);
}

static uint64_t sum_all(const struct table *t)
{
	size_t off = table_header(t).n ? table_header(t).n + 1 : 0;
	uint64_t sum = 0;
	struct str line;

	for (; off < t->size; off += line.n + 1) {
		line = line_at(t, off);
		sum += sum_of(line);
	}
	return sum;
}

/* The sum in the header; false: there is none, as in older versions. */
static bool header_sum(const struct table *t, uint64_t *out)
{
	struct str header = table_header(t);
	const char *at = header.n ? memmem(header.p, header.n, SUM,
					   strlen(SUM)) : NULL;
	char text[SUM_DIGITS + 1] = "", *end;

	if (!at || (size_t)(header.p + header.n - at) < strlen(SUM) + SUM_DIGITS)
		return false;
	memcpy(text, at + strlen(SUM), SUM_DIGITS);
	*out = strtoull(text, &end, 16);
	return end == text + SUM_DIGITS;
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
		line = line_at(t, off);
		if (line.n && memchr(line.p, '\0', line.n))
			return "has a NUL byte";
		/* a lookup misses lines that are not sorted */
		if (str_cmp(last, line) > 0)
			return "is not in order";
		last = line;
	}
	*number = 0;
	t->summed = header_sum(t, &sum) && sum == sum_all(t);
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

int table_open(int dirfd, const char *name, struct table *out)
{
	int fd, r;

	*out = (struct table){ 0 };
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = map_file(fd, out);
	close(fd);
	return r || out->sealed ? r : check(out);
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
	return line_at(t, 0);
}

size_t table_line_number(const struct table *t, struct str line)
{
	size_t off, n = 1;

	for (off = 0; t->text + off < line.p; off += line_at(t, off).n + 1)
		n++;
	return n;
}

/* Offset of the first line that is not less than KEY, or of the end. */
static size_t lower_bound(const struct table *t, struct str key)
{
	size_t low = 0, high = t->size, mid;
	struct str line;

	while (low < high) {
		mid = line_start(t, (low + high) / 2);
		if (mid < low)
			mid = low;
		line = line_at(t, mid);
		if (str_cmp(line, key) < 0)
			low = mid + line.n + 1;
		else
			high = mid;
	}
	return low < t->size ? low : t->size;
}

static struct str line_if(const struct table *t, size_t off, struct str prefix)
{
	struct str line;

	if (off < t->size) {
		line = line_at(t, off);
		if (str_begins(line, prefix))
			return line;
	}
	return (struct str){ NULL, 0 };
}

struct str table_find(const struct table *t, struct str prefix)
{
	return line_if(t, lower_bound(t, prefix), prefix);
}

struct str table_next(const struct table *t, struct str line, struct str prefix)
{
	return line_if(t, (size_t)(line.p - t->text) + line.n + 1, prefix);
}

struct str table_walk(const struct table *t, struct str prefix, size_t *pos)
{
	size_t off = *pos ? *pos : lower_bound(t, prefix);
	struct str line = line_if(t, off, prefix);

	*pos = line.p ? off + line.n + 1 : t->size;
	return line;
}

struct str table_search(const struct table *t, char kind, struct str text,
			size_t *pos)
{
	const char first[] = { kind, '\t' }, after[] = { kind, '\t' + 1 };
	size_t end = lower_bound(t, (struct str){ after, 2 });
	struct str line = { NULL, 0 };
	const char *hit;

	if (!*pos)
		*pos = lower_bound(t, (struct str){ first, 2 });
	if (*pos >= end)
		return line;
	hit = memmem(t->text + *pos, end - *pos, text.p, text.n);
	if (!hit) {
		*pos = end;
		return line;
	}
	line = line_at(t, line_start(t, (size_t)(hit - t->text)));
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

void table_edit(struct table_edits *edits, bool add, char *line)
{
	vec_push(&edits->texts, line);
	vec_push(&edits->list, ((struct table_edit){ str_of(line), add }));
}

void table_edits_fini(struct table_edits *edits)
{
	char **text;

	vec_each(text, &edits->texts)
		free(*text);
	vec_fini(&edits->texts);
	vec_fini(&edits->list);
}

/* Deletions first: a line that is deleted and added stays. */
static int cmp_edits(const void *pa, const void *pb)
{
	const struct table_edit *a = pa, *b = pb;
	int r = str_cmp(a->line, b->line);

	return r ? r : a->add - b->add;
}

void table_edits_sort(struct table_edits *edits)
{
	const struct table_edit *e;
	size_t n = 0;

	vec_sort(&edits->list, cmp_edits);
	vec_each(e, &edits->list)
		if (!n || cmp_edits(&edits->list.v[n - 1], e))
			edits->list.v[n++] = *e;
	edits->list.n = n;
}

struct writer {
	int fd, error;
	uint64_t sum;		/* of the lines */
	size_t n;
	char buf[64 << 10];
};

static void write_out(struct writer *w, const char *text, size_t n)
{
	ssize_t got;

	while (n && !w->error) {
		got = write(w->fd, text, n);
		if (got < 0 && errno != EINTR)
			w->error = -errno;
		if (got > 0) {
			text += got;
			n -= (size_t)got;
		}
	}
}

static void flush(struct writer *w)
{
	write_out(w, w->buf, w->n);
	w->n = 0;
}

static void put(struct writer *w, const char *text, size_t n)
{
	if (n > sizeof(w->buf) - w->n)
		flush(w);
	if (n > sizeof(w->buf)) {
		write_out(w, text, n);
		return;
	}
	memcpy(w->buf + w->n, text, n);
	w->n += n;
}

static void put_line(struct writer *w, struct str line)
{
	put(w, line.p, line.n);
	put(w, "\n", 1);
}

/* The bytes [from, to) of T; adds a newline if there is none at the end. */
static void put_part(struct writer *w, const struct table *t, size_t from,
		     size_t to)
{
	if (from >= to)
		return;
	put(w, t->text + from, to - from);
	if (t->text[to - 1] != '\n')
		put(w, "\n", 1);
}

/* The lines of T without the header, with the edits applied. */
static void write_lines(struct writer *w, const struct table *t,
			struct table_edits *edits)
{
	size_t done = table_header(t).n ? table_header(t).n + 1 : 0;
	const struct table_edit *e;
	struct str last = { NULL, 0 }, line;
	size_t at;

	table_edits_sort(edits);
	vec_each(e, &edits->list) {
		at = lower_bound(t, e->line);
		if (at > done) {
			put_part(w, t, done, at);
			done = at;
		}
		line = line_if(t, done, (struct str){ "", 0 });
		if (line.p && done == at && str_equal(line, e->line)) {
			done += line.n + 1;
			w->sum -= sum_of(line);
		}
		if (e->add && !(last.p && str_equal(last, e->line))) {
			put_line(w, e->line);
			w->sum += sum_of(e->line);
			last = e->line;
		}
	}
	put_part(w, t, done, t->size);
	flush(w);
}

static bool wants_sum(const char *header)
{
	size_t n = strlen(header);

	return n >= strlen(SUM) && !strcmp(header + n - strlen(SUM), SUM);
}

static void put_header(struct writer *w, const char *header)
{
	static const char room[] = "0000000000000000";

	put(w, header, strlen(header));
	if (wants_sum(header))
		put(w, room, SUM_DIGITS);
	put(w, "\n", 1);
}

static void put_sum(struct writer *w, const char *header)
{
	char text[SUM_DIGITS + 1];

	if (!wants_sum(header) || w->error)
		return;
	snprintf(text, sizeof(text), "%016" PRIx64, w->sum);
	if (pwrite(w->fd, text, SUM_DIGITS, (off_t)strlen(header)) !=
	    SUM_DIGITS)
		w->error = -EIO;
}

static const char *new_name(const char *name, char buf[static NAME_MAX])
{
	snprintf(buf, NAME_MAX, "%s.new", name);
	return buf;
}

int table_write(int dirfd, const char *name, const char *header,
		const struct table *t, struct table_edits *edits)
{
	struct writer w;
	char tmp[NAME_MAX];

	new_name(name, tmp);
	/* left by a killed process; this process holds the lock */
	unlinkat(dirfd, tmp, 0);
	w.fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		      O_NOFOLLOW, 0600);
	if (w.fd < 0)
		return -errno;
	w.error = 0;
	w.sum = 0;
	w.n = 0;
	if (wants_sum(header) && !header_sum(t, &w.sum))
		w.sum = sum_all(t);
	put_header(&w, header);
	write_lines(&w, t, edits);
	put_sum(&w, header);
	put_seal(w.fd);
	if (close(w.fd) && !w.error)
		w.error = -errno;
	if (w.error)
		table_abort(dirfd, name);
	return w.error;
}

int table_commit(int dirfd, const char *name)
{
	char tmp[NAME_MAX];

	return renameat(dirfd, new_name(name, tmp), dirfd, name) ? -errno : 0;
}

void table_abort(int dirfd, const char *name)
{
	char tmp[NAME_MAX];

	unlinkat(dirfd, new_name(name, tmp), 0);
}
