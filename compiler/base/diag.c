/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/base/digest.h"
#include "compiler/base/journal.h"
#include "compiler/base/mem.h"
#include "compiler/base/scan.h"

/* Delay before the first progress line, and the time between two. */
#define PROGRESS_AFTER_MS 1000
#define PROGRESS_EACH_MS 100

/* Length of the printable UTF-8 character that TEXT begins with, or 0. */
static size_t printable(struct str text)
{
	unsigned int c;
	size_t n = scan_utf8(text, &c);

	/* control characters, C1 included, and changes of the writing
	 * direction */
	if (n && (c < 0x20 || (c >= 0x7f && c < 0xa0) ||
		  (c >= 0x200e && c <= 0x200f) ||
		  (c >= 0x2028 && c <= 0x202e) ||
		  (c >= 0x2066 && c <= 0x2069)))
		return 0;
	return n;
}

void diag_print_escaped(FILE *out, struct str text)
{
	size_t n;

	for (; text.n; text = str_from(text, n)) {
		n = printable(text);
		if (n) {
			fwrite(text.p, 1, n, out);
		} else {
			fprintf(out, "\\x%02x", (unsigned char)*text.p);
			n = 1;
		}
	}
}

size_t diag_escaped_width(struct str text)
{
	size_t width = 0, n;

	for (; text.n; text = str_from(text, n)) {
		n = printable(text);
		width += n ? 1 : sizeof("\\xHH") - 1;
		n = n ? n : 1;
	}
	return width;
}

void loc_format(struct loc at, char *buf, size_t size)
{
	unsigned int line, column;

	if (!at.src) {
		snprintf(buf, size, "%s", "");
		return;
	}
	if (!at.src->size) {
		snprintf(buf, size, "%s", at.src->name);
		return;
	}
	source_position(at.src, at.off, &line, &column);
	snprintf(buf, size, "%s:%u:%u", at.src->name, line, column);
}

/* A place, with its line and column. */
struct place {
	struct loc at;
	unsigned int line, column;
};

/* The line and a caret below it; a tab stays a tab so that both line up. */
static void show_line(const struct diag *d, const struct place *p,
		      enum journal_priority priority)
{
	struct str text = source_line(p->at.src, p->at.off);
	unsigned int column = p->column;
	size_t from = 0, i;
	FILE *out = d->out;

	if (column > 60)
		from = column - 50;
	text = str_from(text, from);
	if (text.n > 100)
		text.n = 100;
	while (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	journal_begin(out, d->journal, priority);
	fprintf(out, "%5u | ", p->line);
	for (i = 0; i < text.n; i++) {
		if (text.p[i] == '\t')
			fputc('\t', out);
		else if (printable((struct str){ &text.p[i], 1 }))
			fputc(text.p[i], out);
		else
			fputc('?', out);	/* one column a byte */
	}
	fputc('\n', out);
	journal_begin(out, d->journal, priority);
	fputs("      | ", out);
	for (i = 0; i + 1 + from < column; i++)
		fputc(i < text.n && text.p[i] == '\t' ? '\t' : ' ', out);
	fputs("^\n", out);
}

const char *diag_color(bool on, enum diag_color color)
{
	static const char *const codes[] = {
		[COLOR_GOOD] = "\033[32m",
		[COLOR_BAD] = "\033[1;31m",
		[COLOR_ODD] = "\033[33m",
		[COLOR_QUIET] = "\033[36m",
		[COLOR_NONE] = "\033[0m",
	};

	return on ? codes[color] : "";
}

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void diag_progress(struct diag *d, const char *what, size_t done, size_t all)
{
	char line[128];
	long long now;
	int n;

	if (d->progress <= 0)
		return;
	now = milliseconds();
	if (!d->began)
		d->began = now;
	if (now - d->began < PROGRESS_AFTER_MS ||
	    now - d->told < PROGRESS_EACH_MS)
		return;
	d->told = now;
	n = snprintf(line, sizeof(line), "\r\033[K%s", what);
	if (all)
		n += snprintf(line + n, sizeof(line) - (size_t)n,
			      " %zu of %zu", done, all);
	d->line_is_open = write(d->progress, line, (size_t)n) > 0;
}

void diag_progress_end(struct diag *d)
{
	static const char clear[] = "\r\033[K";

	if (d->line_is_open)
		d->line_is_open = write(d->progress, clear, strlen(clear)) < 0;
}

void diag_hold(struct diag *d)
{
	if (!d->out || d->holds++)
		return;
	d->held_for = d->out;
	d->out = mem_check(open_memstream(&d->held, &d->held_size));
}

char *diag_take(struct diag *d, size_t *size)
{
	d->holds = 0;
	free(d->last);
	d->last = NULL;
	*size = fclose(d->out) ? 0 : d->held_size;
	d->out = d->held_for;
	return d->held;
}

void diag_release(struct diag *d)
{
	size_t size;
	char *text;

	if (!d->out || --d->holds)
		return;
	text = diag_take(d, &size);
	diag_progress_end(d);
	fwrite(text, 1, size, d->out);
	free(text);
}

/* What a message is. */
struct kind {
	const char *name;
	enum diag_color color;
	enum journal_priority priority;
};

static const struct kind
	error = { "error", COLOR_BAD, JOURNAL_ERROR },
	warning = { "warning", COLOR_ODD, JOURNAL_WARNING },
	note = { "note", COLOR_QUIET, JOURNAL_NOTICE },
	info = { "info", COLOR_QUIET, JOURNAL_INFO };

static void __attribute__((format(printf, 4, 0)))
say(struct diag *d, struct loc at, const struct kind *kind, const char *fmt,
    va_list ap)
{
	struct place place = { .at = at };
	char *text;

	if (!d->out || vasprintf(&text, fmt, ap) < 0)
		return;
	if (!d->holds)
		diag_progress_end(d);
	journal_begin(d->out, d->journal, kind->priority);
	if (at.src) {
		source_position(at.src, at.off, &place.line, &place.column);
		diag_print_escaped(d->out, str_of(at.src->name));
		if (at.src->size)
			fprintf(d->out, ":%u:%u", place.line, place.column);
		fputs(": ", d->out);
	} else {
		fputs("vpnpf: ", d->out);
	}
	fprintf(d->out, "%s%s:%s ", diag_color(d->color, kind->color),
		kind->name, diag_color(d->color, COLOR_NONE));
	diag_print_escaped(d->out, str_of(text));
	fputc('\n', d->out);
	if (at.src && at.src->size)
		show_line(d, &place, kind->priority);
	free(text);
}

static uint64_t digest_of(struct loc at, const char *text)
{
	const uint64_t place[] = {
		at.src->stamp.device, at.src->stamp.inode, at.off,
	};

	return digest_bytes(digest_bytes(1, place, sizeof(place)), text,
			    strlen(text));
}

/* Was this said of the file before? */
static bool __attribute__((format(printf, 3, 0)))
is_known(struct diag *d, struct loc at, const char *fmt, va_list ap)
{
	const uint64_t *known;
	uint64_t digest;
	char *text;

	if (!d->once || !at.src || !at.src->stamp.inode)
		return false;
	text = mem_vprintf(fmt, ap);
	digest = digest_of(at, text);
	free(text);
	vec_each(known, &d->once->list)
		if (*known == digest)
			return true;
	vec_push(&d->once->list, digest);
	return false;
}

/* Takes TEXT. Was it the last error, too? */
static bool is_repeated(struct diag *d, struct loc at, char *text)
{
	bool same = d->last && !strcmp(d->last, text) &&
		    d->last_at.src == at.src && d->last_at.off == at.off;

	free(d->last);
	d->last = text;
	d->last_at = at;
	return same;
}

/* To who hears; false: this was said before. */
static bool __attribute__((format(printf, 3, 0)))
tell(struct diag *d, struct loc at, const char *fmt, va_list ap)
{
	char *text;

	if (!d->hear && !d->holds)
		return true;
	text = mem_vprintf(fmt, ap);
	if (d->hear)
		d->hear(d->hear_arg, at, text);
	if (d->holds)
		return !is_repeated(d, at, text);
	free(text);
	return true;
}

int diag_error(struct diag *d, struct loc at, int ret, const char *fmt, ...)
{
	bool is_new;
	va_list ap;

	if (!d->first.src)
		d->first = at;
	va_start(ap, fmt);
	is_new = !is_known(d, at, fmt, ap);
	va_end(ap);
	if (!is_new)
		return ret;
	d->errors++;
	va_start(ap, fmt);
	is_new = tell(d, at, fmt, ap);
	va_end(ap);
	if (!is_new)
		return ret;
	va_start(ap, fmt);
	say(d, at, &error, fmt, ap);
	va_end(ap);
	return ret;
}

void diag_warn(struct diag *d, struct loc at, const char *fmt, ...)
{
	bool known;
	va_list ap;

	va_start(ap, fmt);
	known = is_known(d, at, fmt, ap);
	va_end(ap);
	if (known)
		return;
	d->warnings++;
	if (d->quiet)
		return;
	va_start(ap, fmt);
	say(d, at, &warning, fmt, ap);
	va_end(ap);
}

void diag_note(struct diag *d, struct loc at, const char *fmt, ...)
{
	bool known;
	va_list ap;

	if (d->quiet)
		return;
	va_start(ap, fmt);
	known = is_known(d, at, fmt, ap);
	va_end(ap);
	if (known)
		return;
	va_start(ap, fmt);
	say(d, at, &note, fmt, ap);
	va_end(ap);
}

void diag_info(struct diag *d, struct loc at, const char *fmt, ...)
{
	va_list ap;

	if (!d->verbose)
		return;
	va_start(ap, fmt);
	say(d, at, &info, fmt, ap);
	va_end(ap);
}
