/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/table_part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
		at = table_lower_bound(t, e->line);
		if (at > done) {
			put_part(w, t, done, at);
			done = at;
		}
		line = table_line_if(t, done, (struct str){ "", 0 });
		if (line.p && done == at && str_equal(line, e->line)) {
			done += line.n + 1;
			w->sum -= table_line_sum(line);
		}
		if (e->add && !(last.p && str_equal(last, e->line))) {
			put_line(w, e->line);
			w->sum += table_line_sum(e->line);
			last = e->line;
		}
	}
	put_part(w, t, done, t->size);
	flush(w);
}

static bool wants_sum(const char *header)
{
	size_t n = strlen(header);

	return n >= strlen(TABLE_SUM) &&
	       !strcmp(header + n - strlen(TABLE_SUM), TABLE_SUM);
}

static void put_header(struct writer *w, const char *header)
{
	static const char room[] = "0000000000000000";

	put(w, header, strlen(header));
	if (wants_sum(header))
		put(w, room, TABLE_SUM_DIGITS);
	put(w, "\n", 1);
}

static void put_sum(struct writer *w, const char *header)
{
	char text[TABLE_SUM_DIGITS + 1];

	if (!wants_sum(header) || w->error)
		return;
	snprintf(text, sizeof(text), "%016" PRIx64, w->sum);
	if (pwrite(w->fd, text, TABLE_SUM_DIGITS, (off_t)strlen(header)) !=
	    TABLE_SUM_DIGITS)
		w->error = -EIO;
}

/* Errors are ignored: table_open then reads the whole file. */
static void put_seal(int fd, uint64_t boot)
{
	struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	struct stat st;

	if (fstat(fd, &st))
		return;
	times[1] = (struct timespec){ st.st_mtim.tv_sec,
				      table_seal(&st, boot) };
	futimens(fd, times);
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
	if (wants_sum(header) && !table_header_sum(t, &w.sum))
		w.sum = table_sum(t);
	put_header(&w, header);
	write_lines(&w, t, edits);
	put_sum(&w, header);
	put_seal(w.fd, t->boot ? t->boot : table_boot());
	if (close(w.fd) && !w.error)
		w.error = -errno;
	if (w.error)
		table_abort(dirfd, name);
	return w.error;
}

int table_commit(int dirfd, const char *name)
{
	char tmp[NAME_MAX];

	/* there is no way back any more, and an error may pass */
	return renameat(dirfd, new_name(name, tmp), dirfd, name) &&
	       renameat(dirfd, tmp, dirfd, name) ? -errno : 0;
}

void table_abort(int dirfd, const char *name)
{
	char tmp[NAME_MAX];

	unlinkat(dirfd, new_name(name, tmp), 0);
}
