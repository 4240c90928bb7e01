/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that another program wrote, or half a disk block, look different
 * from those of state_write.c.  This finds the first of them; it is for tables
 * without a seal (table.h) only.
 */
#include "config.h"

#include "compiler/state/state_part.h"

#include "compiler/base/endpoint.h"
#include "compiler/base/name.h"

/*
 * A line's kind and its fields: "a" address, "n" mangled name, "i" server, "u"
 * number, "s" number with or without a sign, "t" any text.  The last text may
 * be missing, or be several.
 */
struct shape {
	char kind;
	const char *fields;
	bool one;		/* for each value of the first field */
	unsigned int with;	/* not 0: one for each value of the first field
				 * and of this one */
	char mate;		/* a line of this kind has the first two fields
				 * the other way round */
};

static const struct shape live[] = {
	{ 'a', "aniut", false, 2, 'n' }, { 'd', "aut", false, 3, 0 },
	{ 'i', "ni", true, 0, 0 },
	{ 'k', "nssss", true, 0, 0 }, { 'n', "na", false, 0, 'a' }, { 0 },
};

static const struct shape policy[] = {
	{ 'a', "anti", false, 0, 'b' }, { 'b', "nati", false, 0, 'a' },
	{ 'c', "ntt", true, 0, 0 }, { 'd', "a", true, 0, 0 },
	{ 'f', "ttt", true, 0, 0 }, { 'm', "nu", true, 0, 0 },
	{ 'o', "t", true, 0, 0 },
	{ 'r', "tt", true, 0, 0 }, { 's', "n", true, 0, 0 },
	{ 'v', "untt", true, 0, 0 }, { 'y', "t", true, 0, 0 }, { 0 },
};

static bool is_number(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n && s.n <= 20;
}

static bool is_address(struct str s)
{
	struct endpoint e;
	char text[ADDR_TEXT];

	return !endpoint_parse(s, &e) &&
	       str_equal(s, str_of(endpoint_format(&e, text)));
}

static bool is_name(struct str s)
{
	char *name = name_unmangle(s);
	bool good = name && s.n;

	free(name);
	return good;
}

static const char *field_fault(char type, struct str field)
{
	switch (type) {
	case 'a':
		return is_address(field) ? NULL : "has no address";
	case 'n':
		return is_name(field) ? NULL : "has no name";
	case 'i':
		return field.n && !memchr(field.p, '/', field.n)
			       ? NULL : "names no server";
	case 's':
		field = str_from(field, field.n && *field.p == '-');
		return is_number(field) ? NULL : "has no number";
	case 'u':
		return is_number(field) ? NULL : "has no number";
	}
	return NULL;
}

static unsigned int count_fields(struct str line)
{
	unsigned int n = 1;
	size_t i;

	for (i = 0; i < line.n; i++)
		n += line.p[i] == '\t';
	return n;
}

static const char *fields_fault(const struct shape *shape, struct str line)
{
	size_t want = strlen(shape->fields), texts, i;
	unsigned int n = count_fields(line) - 1;
	const char *fault = NULL;

	texts = want && shape->fields[want - 1] == 't';
	if (n + texts < want || (n > want && !texts))
		return "has another number of fields";
	for (i = 0; !fault && i < want; i++)
		if (i < n)
			fault = field_fault(shape->fields[i],
					    table_field(line,
							(unsigned int)i + 1));
	return fault;
}

static bool has_mate(const struct table *t, const struct shape *shape,
		     struct str line)
{
	struct str first = table_field(line, 1), second = table_field(line, 2);
	char *text = mem_printf("%c\t%.*s\t%.*s", shape->mate, STR_ARG(second),
				STR_ARG(first));
	struct str found = table_find(t, str_of(text));
	size_t n = strlen(text);

	free(text);
	return found.p && (found.n == n || found.p[n] == '\t');
}

/* Is a line before LINE for the same value of two fields? */
static bool has_twin(const struct table *t, const struct shape *shape,
		     struct str line)
{
	char *text = mem_printf("%c\t%.*s\t", shape->kind,
				STR_ARG(table_field(line, 1)));
	struct str key = str_of(text), other = table_find(t, key);

	while (other.p && other.p < line.p &&
	       !str_equal(table_field(other, shape->with),
			  table_field(line, shape->with)))
		other = table_next(t, other, key);
	free(text);
	return shape->with && other.p && other.p < line.p;
}

static const char *line_fault(const struct table *t,
			      const struct shape *shapes, struct str line,
			      struct str last)
{
	const struct shape *s = shapes;
	const char *fault;

	while (s->kind && (!line.n || line.p[0] != s->kind))
		s++;
	if (!s->kind || (line.n > 1 && line.p[1] != '\t'))
		return "is of no known kind";
	fault = fields_fault(s, line);
	if (fault)
		return fault;
	if (str_equal(line, last) || has_twin(t, s, line) ||
	    (s->one && last.n && last.p[0] == s->kind &&
	     str_equal(table_field(line, 1), table_field(last, 1))))
		return "is there twice";
	return s->mate && !has_mate(t, s, line) ? "is without its other half"
						: NULL;
}

/* The shapes of the lines below HEADER; NULL: it is another version's. */
static const struct shape *shapes_of(struct str header)
{
	if (str_begins(header, STR(STATE_POLICY_HEADER)))
		return policy;
	return str_begins(header, STR(STATE_LIVE_HEADER)) ||
	       str_begins(header, STR(STATE_LIVE_2_HEADER)) ||
	       str_begins(header, STR(STATE_LIVE_1_HEADER)) ? live : NULL;
}

const char *state_check(const struct table *t, const char *name, size_t *number)
{
	struct str header = table_header(t), last = header, line;
	const struct shape *shapes = shapes_of(header);
	bool is_live = !strcmp(name, "live");
	const char *fault;

	*number = 0;
	/* an older policy table is not used, whatever it says */
	if (!shapes && !is_live && str_begins(header, STR("# vpnpf policy ")))
		return NULL;
	if (!shapes || is_live != (shapes == live))
		return "does not begin like ours";
	for (line = table_next(t, header, STR("")); line.p;
	     line = table_next(t, line, STR(""))) {
		fault = line_fault(t, shapes, line, last);
		if (fault) {
			*number = table_line_number(t, line);
			return fault;
		}
		last = line;
	}
	return t->summed || str_begins(header, STR(STATE_LIVE_1_HEADER))
		       ? NULL : "has other lines than were written";
}
