/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/state_part.h"

#include <inttypes.h>
#include <stdio.h>

#include "compiler/base/name.h"

/* A sum modulo 2^64, written with a sign; ends at the first non-digit. */
static uint64_t parse_sum(struct str s)
{
	bool negative = s.n && *s.p == '-';
	uint64_t n = 0;

	for (s = str_from(s, negative); s.n && *s.p >= '0' && *s.p <= '9';
	     s = str_from(s, 1))
		n = 10 * n + (uint64_t)(*s.p - '0');
	return negative ? 0 - n : n;
}

static struct client_count parse_line(const struct state *s, struct str line)
{
	return (struct client_count){
		.name = state_plain(s, table_field(line, 1)),
		.allowed = { parse_sum(table_field(line, 2)),
			     parse_sum(table_field(line, 3)) },
		.denied = { parse_sum(table_field(line, 4)),
			    parse_sum(table_field(line, 5)) },
	};
}

static char *format_line(const struct client_count *c)
{
	char *name = name_mangle(c->name);
	char *line = mem_printf("k\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64
				"\t%" PRId64, name,
				(int64_t)c->allowed.packets,
				(int64_t)c->allowed.bytes,
				(int64_t)c->denied.packets,
				(int64_t)c->denied.bytes);

	free(name);
	return line;
}

void state_read_counters(const struct state *s, struct counters *out)
{
	struct client_count count;
	struct str line;

	for (line = table_find(&s->live, STR("k\t")); line.p;
	     line = table_next(&s->live, line, STR("k\t"))) {
		count = parse_line(s, line);
		if (count.name.p)
			counters_add(out, count);
	}
}

/* Replace the client's line by one with the sum of its numbers and MORE. */
static void change_line(const struct state *s, const struct client_count *more,
			struct table_edits *out)
{
	struct str line = state_name_line(&s->live, 'k', more->name);
	struct counters sum = { 0 };

	counters_add(&sum, *more);
	if (line.p) {
		counters_add(&sum, parse_line(s, line));
		table_edit(out, false, mem_dup(line.p, line.n));
	}
	counters_sum(&sum);
	if (sum.list.n)
		table_edit(out, true, format_line(sum.list.v));
	counters_fini(&sum);
}

void state_add_counters(const struct state *s, const struct counters *retired,
			struct table_edits *out)
{
	struct counters sum = { 0 };
	const struct client_count *c;

	vec_each(c, &retired->list)
		counters_add(&sum, *c);
	counters_sum(&sum);
	vec_each(c, &sum.list)
		change_line(s, c, out);
	counters_fini(&sum);
}
