/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/groups.h"

#include <errno.h>

#include "compiler/name.h"
#include "compiler/scan.h"

/*
 *	file	= { line "\n" }
 *	line	= [ group ":" { name | "@" group } ] [ "#" text ]
 *	name	= word | '"' { any byte | '\"' | '\\' } '"'
 *
 * First all lines are read as they stand, then groups are put together from
 * their lines, then members of members are filled in.
 */

struct word {
	struct str text;	/* a reference: without "@" */
	struct loc at;
	bool reference;
};

struct line {
	struct str group;
	struct loc at;
	size_t first, n;	/* words */
};

enum progress { TO_DO, AT_WORK, DONE };

struct reader {
	const struct source *src;
	struct groups *out;
	struct diag *d;
	unsigned int errors;
	VEC(struct word) words;
	VEC(struct line) lines;		/* sorted by group once all are read */
	enum progress *progress;	/* of each group */
	size_t *line;			/* first line of each group, and end */
};

#define NEST_MAX 32

/* False: enough has been said. */
static bool may_say(struct reader *r, struct str at)
{
	if (r->errors++ == DIAG_BUDGET)
		diag_error(r->d, loc_of(r->src, at), 0, "too many errors");
	return r->errors <= DIAG_BUDGET;
}

static void say(struct reader *r, struct str at, const char *what)
{
	if (may_say(r, at))
		diag_error(r->d, loc_of(r->src, at), 0, "%s", what);
}

static void say_of(struct reader *r, struct str at, const char *what,
		   struct str text)
{
	if (may_say(r, at))
		diag_error(r->d, loc_of(r->src, at), 0, "%s \"%.*s\"", what,
			   STR_ARG(text));
}

static void skip_blanks(struct str *s)
{
	while (s->n && scan_is_blank(*s->p))
		*s = str_from(*s, 1);
}

/* QUOTED without its backslashes. */
static struct str unquote(struct reader *r, struct str quoted)
{
	struct str text = { mem_dup(quoted.p, quoted.n), 0 };
	char *to = (char *)text.p;
	size_t i;

	for (i = 0; i < quoted.n; i++) {
		if (quoted.p[i] == '\\')
			i++;
		to[text.n++] = quoted.p[i];
	}
	vec_push(&r->out->texts, to);
	return text;
}

/* S begins with a quote.  False after an error was said. */
static bool read_quoted(struct reader *r, struct str *s, struct word *w)
{
	struct str all = *s, in = { s->p + 1, 0 };
	bool escaped = false;
	size_t i;

	for (i = 1; i < all.n && all.p[i] != '"'; i++) {
		if (all.p[i] != '\\')
			continue;
		escaped = true;
		if (++i == all.n || (all.p[i] != '"' && all.p[i] != '\\')) {
			say(r, str_from(all, i - 1), "in quotes, a backslash "
			    "stands before \" or another only");
			return false;
		}
	}
	if (i == all.n) {
		say(r, all, "the quotes are not closed");
		return false;
	}
	in.n = i - 1;
	*s = str_from(all, i + 1);
	if (s->n && !scan_is_blank(*s->p)) {
		say_of(r, *s, "a blank must stand before", *s);
		return false;
	}
	*w = (struct word){ escaped ? unquote(r, in) : in,
			    loc_of(r->src, in), false };
	return true;
}

/* False after an error was said. */
static bool read_plain(struct reader *r, struct str *s, struct word *w)
{
	struct str text = scan_word(s);

	*w = (struct word){ text, loc_of(r->src, text), *text.p == '@' };
	if (w->reference)
		w->text = str_from(text, 1);
	if (memchr(text.p, '"', text.n) || memchr(text.p, ':', text.n)) {
		say_of(r, text, "this must stand in double quotes:", text);
		return false;
	}
	return true;
}

/* A .pf file could not name one with a blank at its end, either. */
static bool check_name(struct reader *r, const struct word *w)
{
	struct str at = { r->src->text + w->at.off, w->at.len };

	if (w->reference || (name_is_possible(w->text) &&
			     w->text.p[w->text.n - 1] != ' '))
		return true;
	say_of(r, at, "no client can have the name", w->text);
	return false;
}

static void read_words(struct reader *r, struct str s)
{
	struct word w;
	bool good;

	for (skip_blanks(&s); s.n && *s.p != '#'; skip_blanks(&s)) {
		good = *s.p == '"' ? read_quoted(r, &s, &w)
				   : read_plain(r, &s, &w);
		if (!good)
			return;
		if (check_name(r, &w))
			vec_push(&r->words, w);
	}
}

static void read_line(struct reader *r, struct str s)
{
	struct line line = { .first = r->words.n };
	struct str name;

	skip_blanks(&s);
	if (!s.n || *s.p == '#')
		return;
	name = (struct str){ s.p, 0 };
	while (name.n < s.n && name.p[name.n] != ':' && name.p[name.n] != '"' &&
	       !scan_is_blank(name.p[name.n]))
		name.n++;
	line.group = name;
	line.at = loc_of(r->src, name);
	s = str_from(s, name.n);
	skip_blanks(&s);
	if (!name.n || !s.n || *s.p != ':' || *name.p == '@') {
		say_of(r, name, "a line begins with a group and \":\", not "
		       "with", name);
		return;
	}
	read_words(r, str_from(s, 1));
	line.n = r->words.n - line.first;
	vec_push(&r->lines, line);
}

static void read_lines(struct reader *r)
{
	struct str left = source_str(r->src), line;
	const char *end;

	while (left.n) {
		end = memchr(left.p, '\n', left.n);
		line = (struct str){ left.p, end ? (size_t)(end - left.p)
						 : left.n };
		left = str_from(left, line.n + 1);
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (memchr(line.p, '\0', line.n))
			say(r, str_from(line, strlen(line.p)), "a NUL byte");
		else
			read_line(r, line);
	}
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int r = str_cmp(x->group, y->group);

	return r ? r : (x->at.off > y->at.off) - (x->at.off < y->at.off);
}

static void make_groups(struct reader *r)
{
	size_t i, n = r->lines.n;
	const struct line *line;

	vec_sort(&r->lines, compare_lines);
	r->line = mem_alloc((n + 1) * sizeof(*r->line));
	r->progress = mem_zalloc(n, sizeof(*r->progress));
	for (i = 0; i < n; i++) {
		line = &r->lines.v[i];
		if (i && str_equal(line->group, line[-1].group))
			continue;
		r->line[r->out->list.n] = i;
		vec_push(&r->out->list, ((struct group){ .name = line->group,
							 .at = line->at }));
	}
	r->line[r->out->list.n] = n;
}

static int compare_members(const void *a, const void *b)
{
	const struct group_member *x = *(struct group_member *const *)a;
	const struct group_member *y = *(struct group_member *const *)b;
	int r = str_cmp(x->name, y->name);

	return r ? r : (x > y) - (x < y);
}

/* Of equal names the first stays. */
static void drop_doubles(struct group *g)
{
	size_t n = g->members.n, i, kept = 0;
	struct group_member **sorted = mem_alloc(n * sizeof(*sorted));
	bool *doubled = mem_zalloc(n, sizeof(*doubled));

	for (i = 0; i < n; i++)
		sorted[i] = &g->members.v[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare_members);
	for (i = 1; i < n; i++)
		if (str_equal(sorted[i - 1]->name, sorted[i]->name))
			doubled[sorted[i] - g->members.v] = true;
	for (i = 0; i < n; i++)
		if (!doubled[i])
			g->members.v[kept++] = g->members.v[i];
	g->members.n = kept;
	free(doubled);
	free(sorted);
}

static void fill_group(struct reader *r, struct group *g, unsigned int depth);

static void add_reference(struct reader *r, struct group *g,
			  const struct word *w, unsigned int depth)
{
	struct group *other = (struct group *)groups_find(r->out, w->text);
	struct str at = { r->src->text + w->at.off, w->at.len };
	const struct group_member *m;

	if (!other) {
		say_of(r, at, "there is no group", w->text);
		return;
	}
	if (r->progress[other - r->out->list.v] == AT_WORK) {
		say_of(r, at, "a group cannot contain itself:",
		       other->name);
		return;
	}
	if (depth == NEST_MAX) {
		say_of(r, at, "groups are nested too deep at", other->name);
		return;
	}
	if (r->progress[other - r->out->list.v] == TO_DO)
		fill_group(r, other, depth + 1);
	vec_each(m, &other->members)
		vec_push(&g->members, *m);
}

static void fill_group(struct reader *r, struct group *g, unsigned int depth)
{
	size_t index = (size_t)(g - r->out->list.v), i, j;
	const struct line *line;
	const struct word *w;

	r->progress[index] = AT_WORK;
	for (i = r->line[index]; i < r->line[index + 1]; i++) {
		line = &r->lines.v[i];
		for (j = line->first; j < line->first + line->n; j++) {
			w = &r->words.v[j];
			if (w->reference)
				add_reference(r, g, w, depth);
			else
				vec_push(&g->members, ((struct group_member){
							w->text, w->at }));
		}
	}
	drop_doubles(g);
	r->progress[index] = DONE;
}

int groups_parse(const struct source *src, struct groups *out, struct diag *d)
{
	struct reader r = { .src = src, .out = out, .d = d };
	struct group *g;

	*out = (struct groups){ 0 };
	read_lines(&r);
	make_groups(&r);
	vec_each(g, &out->list)
		if (r.progress[g - out->list.v] == TO_DO)
			fill_group(&r, g, 0);
	free(r.progress);
	free(r.line);
	vec_fini(&r.lines);
	vec_fini(&r.words);
	return r.errors ? -EINVAL : 0;
}

static int compare_name(const void *key, const void *group)
{
	return str_cmp(*(const struct str *)key,
		       ((const struct group *)group)->name);
}

const struct group *groups_find(const struct groups *g, struct str name)
{
	if (!g->list.n)
		return NULL;
	return bsearch(&name, g->list.v, g->list.n, sizeof(*g->list.v),
		       compare_name);
}

void groups_fini(struct groups *g)
{
	struct group *group;
	char **text;

	vec_each(group, &g->list)
		vec_fini(&group->members);
	vec_each(text, &g->texts)
		free(*text);
	vec_fini(&g->list);
	vec_fini(&g->texts);
}
