/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum column {
	COLUMN_NAME,
	COLUMN_STATE,
	COLUMN_POLICY,
	COLUMN_ADDRESSES,
	COLUMN_SINCE,
	COLUMN_FROM,
	COLUMN_ALLOWED,		/* this and all that follow: numbers */
	COLUMN_ALLOWED_BYTES,
	COLUMN_DENIED,
	COLUMN_DENIED_BYTES,
	COLUMNS,
};

/* NULL and "" are nothing. */
struct line {
	char *cell[COLUMNS];
};

char *status_escaped(struct str text)
{
	char *out = NULL;
	size_t n = 0;
	FILE *f = mem_check(open_memstream(&out, &n));

	diag_print_escaped(f, text);
	fclose(f);
	return mem_check(out);
}

static const char *source_word(enum binding_source source)
{
	switch (source) {
	case BINDING_IPP:
		return "ipp";
	case BINDING_CCD:
		return "ccd";
	case BINDING_LIVE:
		return "live";
	}
	return "";
}

static char *addresses_text(const struct status_client *c)
{
	const struct status_address *a;
	char addr[ADDR_TEXT], *out = NULL;
	size_t n = 0;
	FILE *f = mem_check(open_memstream(&out, &n));

	vec_each(a, &c->addresses)
		fprintf(f, "%s%s (%s)", a == c->addresses.v ? "" : ", ",
			endpoint_format(&a->addr, addr),
			source_word(a->source));
	fclose(f);
	return mem_check(out);
}

static char *since_text(const struct status_client *c)
{
	time_t since = (time_t)c->since;
	char text[32];
	struct tm tm;

	if (!c->connected)
		return NULL;
	if (!since || !localtime_r(&since, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm))
		return mem_printf("yes");
	return mem_printf("%s", text);
}

static char *from_text(const struct status_client *c)
{
	if (c->sessions.n > 1)
		return mem_printf("%zu places", c->sessions.n);
	if (!c->sessions.n)
		return NULL;
	return status_escaped(ovstatus_host(c->sessions.v->client->real));
}

static char *bytes_text(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB",
					     "PiB", "EiB" };
	double value = (double)bytes / 1024;
	unsigned int i = 0;

	if (bytes < 1024)
		return mem_printf("%" PRIu64 " B", bytes);
	for (; value >= 1023.95; i++)
		value /= 1024;
	return mem_printf("%.1f %s", value, units[i]);
}

static struct line make_line(const struct status *o,
			     const struct status_client *c)
{
	struct line line = { .cell = {
		[COLUMN_NAME] = status_escaped(c->name),
		[COLUMN_STATE] = mem_printf("%s%s%s",
					    client_state_name(c->state),
					    c->keeps ? ", old rules" : "",
					    c->shut ? ", server shut" : ""),
		[COLUMN_POLICY] = c->file ? status_escaped(str_of(c->file))
					  : NULL,
		[COLUMN_ADDRESSES] = addresses_text(c),
		[COLUMN_SINCE] = since_text(c),
		[COLUMN_FROM] = from_text(c),
	} };

	if (!o->counted)
		return line;
	line.cell[COLUMN_ALLOWED] = mem_printf("%" PRIu64, c->allowed.packets);
	line.cell[COLUMN_ALLOWED_BYTES] = bytes_text(c->allowed.bytes);
	line.cell[COLUMN_DENIED] = mem_printf("%" PRIu64, c->denied.packets);
	line.cell[COLUMN_DENIED_BYTES] = bytes_text(c->denied.bytes);
	return line;
}

static struct line title_line(void)
{
	static const char *const titles[COLUMNS] = {
		"client", "state", "policy", "addresses", "connected since",
		"from", "allowed", "bytes", "denied", "bytes",
	};
	struct line line;
	unsigned int c;

	for (c = 0; c < COLUMNS; c++)
		line.cell[c] = mem_printf("%s", titles[c]);
	return line;
}

static size_t width(const char *text)
{
	return text ? diag_escaped_width(str_of(text)) : 0;
}

/* A column without anything below its title is left out: 0. */
static void find_widths(const struct line *lines, size_t n, size_t *widths)
{
	unsigned int c;
	size_t i, w;

	for (c = 0; c < COLUMNS; c++) {
		widths[c] = 0;
		for (i = 1; i < n; i++) {
			w = width(lines[i].cell[c]);
			widths[c] = w > widths[c] ? w : widths[c];
		}
		w = width(lines[0].cell[c]);
		if (widths[c] && w > widths[c])
			widths[c] = w;
	}
}

static void print_line(const struct line *line, const size_t *widths)
{
	unsigned int c, last = COLUMNS;
	const char *text;
	int pad;

	while (!widths[last - 1])
		last--;
	for (c = 0; c < last; c++) {
		if (!widths[c])
			continue;
		text = width(line->cell[c]) ? line->cell[c] : "-";
		pad = (int)(widths[c] - width(text));
		printf("%s%*s%s%*s", c ? "  " : "",
		       c >= COLUMN_ALLOWED ? pad : 0, "", text,
		       c >= COLUMN_ALLOWED || c + 1 == last ? 0 : pad, "");
	}
	putchar('\n');
}

void status_print(const struct status *o)
{
	struct { VEC(struct line) list; } lines = { 0 };
	const struct status_client *c;
	size_t widths[COLUMNS];
	struct line *line;
	unsigned int i;

	vec_push(&lines.list, title_line());
	vec_each(c, &o->clients)
		vec_push(&lines.list, make_line(o, c));
	find_widths(lines.list.v, lines.list.n, widths);
	vec_each(line, &lines.list) {
		if (o->clients.n)
			print_line(line, widths);
		for (i = 0; i < COLUMNS; i++)
			free(line->cell[i]);
	}
	vec_fini(&lines.list);
}
