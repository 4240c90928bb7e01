/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/groups.h"

#include <errno.h>

#include "compiler/base/name.h"
#include "compiler/base/scan.h"
#include "compiler/base/words.h"

/*
 *	file	= { line "\n" }
 *	line	= [ group ":" { name | "@" group } ] [ "#" text ]
 *	name	= word | '"' { any byte | '\"' | '\\' } '"'
 *
 * Three passes: read the lines, join the lines of each group, replace members
 * that are groups by their members.
 */

struct line {
	struct str group;
	struct loc at;
	size_t first, n;	/* words */
};

enum progress { TO_DO, AT_WORK, DONE };

struct reader {
	struct words in;
	struct groups *out;
	VEC(struct word) words;
	VEC(struct line) lines;		/* sorted by group once all are read */
	enum progress *progress;	/* of each group */
	size_t *line;			/* first line of each group, and end */
};

#define NEST_MAX 32

static void say_of(struct reader *r, struct str at, const char *what,
		   struct str text)
{
	words_error(&r->in, at, "%s \"%.*s\"", what, STR_ARG(text));
}

static bool is_reference(const struct word *w)
{
	return !w->quoted && *w->text.p == '@';
}

/* A .pf file cannot contain a name that ends in a blank. */
static bool check_name(struct reader *r, const struct word *w)
{
	if (is_reference(w) || (name_is_possible(w->text) &&
				w->text.p[w->text.n - 1] != ' '))
		return true;
	say_of(r, w->at, "no client can have the name", w->text);
	return false;
}

static void read_words(struct reader *r, struct str s)
{
	struct word w;

	while (words_next(&r->in, &s, &w) > 0) {
		if (w.own)
			vec_push(&r->out->texts, w.own);
		if (check_name(r, &w))
			vec_push(&r->words, w);
	}
}

static void read_line(struct reader *r, struct str s)
{
	struct line line = { .first = r->words.n };
	struct str name;

	if (!words_more(&s))
		return;
	name = (struct str){ s.p, 0 };
	while (name.n < s.n && name.p[name.n] != ':' && name.p[name.n] != '"' &&
	       !scan_is_blank(name.p[name.n]))
		name.n++;
	line.group = name;
	line.at = loc_of(r->in.src, name);
	s = str_from(s, name.n);
	words_more(&s);
	if (!name.n || !s.n || *s.p != ':' || *name.p == '@') {
		say_of(r, name, "a line begins with a group and \":\", not "
		       "with", name);
		return;
	}
	read_words(r, str_from(s, 1));
	line.n = r->words.n - line.first;
	vec_push(&r->lines, line);
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

	return r ? r : vec_cmp_places(x, y);
}

/* Keeps the first of equal names. */
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
	struct str name = str_from(w->text, 1);
	struct group *other = (struct group *)groups_find(r->out, name);
	const struct group_member *m;

	if (!other) {
		say_of(r, w->at, "there is no group", name);
		return;
	}
	if (r->progress[other - r->out->list.v] == AT_WORK) {
		say_of(r, w->at, "a group cannot contain itself:",
		       other->name);
		return;
	}
	if (depth == NEST_MAX) {
		say_of(r, w->at, "groups are nested too deep at", other->name);
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
			if (is_reference(w))
				add_reference(r, g, w, depth);
			else
				vec_push(&g->members, ((struct group_member){
					w->text, loc_of(r->in.src, w->at) }));
		}
	}
	drop_doubles(g);
	r->progress[index] = DONE;
}

int groups_parse(const struct source *src, struct groups *out, struct diag *d)
{
	struct reader r = {
		.in = { .src = src, .d = d, .special = "\":" }, .out = out,
	};
	struct group *g;
	struct str line;

	*out = (struct groups){ 0 };
	while (words_next_line(&r.in, &line))
		read_line(&r, line);
	make_groups(&r);
	vec_each(g, &out->list)
		if (r.progress[g - out->list.v] == TO_DO)
			fill_group(&r, g, 0);
	free(r.progress);
	free(r.line);
	vec_fini(&r.lines);
	vec_fini(&r.words);
	return r.in.errors ? -EINVAL : 0;
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
