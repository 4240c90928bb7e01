/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/diag.h"
#include "compiler/base/journal.h"

struct finding *findings_vadd(struct findings *f, const char *kind,
			      const char *fmt, va_list ap)
{
	struct finding *new = vec_add(&f->list);

	*new = (struct finding){
		.kind = kind, .what = mem_vprintf(fmt, ap),
	};
	return new;
}

void findings_add(struct findings *f, const char *kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	findings_vadd(f, kind, fmt, ap);
	va_end(ap);
}

void findings_add_minor(struct findings *f, const char *kind,
			const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	findings_vadd(f, kind, fmt, ap)->minor = "minor";
	va_end(ap);
}

size_t findings_count(const struct findings *f)
{
	const struct finding *i;
	size_t n = 0;

	vec_each(i, &f->list)
		n += !i->minor;
	return n;
}

void findings_cut(struct findings *f, size_t n)
{
	while (f->list.n > n) {
		free(f->list.v[--f->list.n].what);
		free(f->list.v[f->list.n].who);
	}
}

void findings_fini(struct findings *f)
{
	findings_cut(f, 0);
	vec_fini(&f->list);
}

void findings_move(struct findings *f, struct findings *from)
{
	const struct finding *i;

	vec_each(i, &from->list)
		vec_push(&f->list, *i);
	vec_fini(&from->list);
}

/* The most findings of a kind that are printed, and the most names below one. */
#define KIND_SHOWN 20
#define NAMES_SHOWN 8

static size_t *count_of(struct finding_kinds *kinds, const char *name)
{
	struct finding_kind *k;

	vec_each(k, &kinds->list)
		if (!strcmp(k->name, name))
			return &k->n;
	k = vec_add(&kinds->list);
	*k = (struct finding_kind){ .name = name };
	return &k->n;
}

void findings_count_kinds(const struct findings *f,
			  struct finding_kinds *kinds)
{
	const struct finding *i;

	vec_each(i, &f->list)
		if (!i->minor)
			++*count_of(kinds, i->kind);
}

/* Are A and B the same but for the client, and is it another? */
static bool is_alike(const struct finding *a, const struct finding *b)
{
	return a->who && b->who && !a->minor && !b->minor &&
	       a->server == b->server && !strcmp(a->kind, b->kind) &&
	       strcmp(a->who, b->who) != 0;
}

/* Is an earlier finding like I? */
static bool is_told(const struct findings *f, const struct finding *i)
{
	const struct finding *a;

	for (a = i->who ? f->list.v : i; a < i; a++)
		if (is_alike(a, i))
			return true;
	return false;
}

/* The other clients of which I is told. */
static void print_others(const struct findings *f, const struct finding *i)
{
	const struct finding *a;
	size_t n = 0;

	for (a = i + 1; a < vec_end(&f->list); a++) {
		if (!is_alike(i, a) || n++ >= NAMES_SHOWN)
			continue;
		if (n == 1)
			journal_begin(stdout, f->journal, JOURNAL_NOTICE);
		fputs(n > 1 ? ", " : "\tthe same: ", stdout);
		diag_print_escaped(stdout, str_of(a->who));
	}
	if (n > NAMES_SHOWN)
		printf(" and %zu more", n - NAMES_SHOWN);
	if (n)
		putchar('\n');
}

static void print_one(const struct findings *f, const struct finding *i,
		      const char *verb, bool verbose)
{
	char at[1024];

	journal_begin(stdout, f->journal, JOURNAL_NOTICE);
	if (verb)
		printf("%s: ", i->stands ? "stands" : verb);
	if (i->at.src) {
		loc_format(i->at, at, sizeof(at));
		diag_print_escaped(stdout, str_of(at));
		fputs(": ", stdout);
	} else if (i->server) {
		printf("%s: ", i->server);
	}
	diag_print_escaped(stdout, str_of(i->what));
	printf(" [%s%s%s]\n", i->kind, i->minor ? ", " : "",
	       i->minor ? i->minor : "");
	if (!verbose)
		print_others(f, i);
	if (!i->cure)
		return;
	journal_begin(stdout, f->journal, JOURNAL_NOTICE);
	printf("\tcure: %s\n", i->cure);
}

void findings_print(const struct findings *f, const char *verb, bool verbose)
{
	struct finding_kinds kinds = { 0 };
	const struct finding *i;
	const struct finding_kind *k;

	vec_each(i, &f->list)
		if (verbose || (!i->minor && !is_told(f, i) &&
				++*count_of(&kinds, i->kind) <= KIND_SHOWN))
			print_one(f, i, verb, verbose);
	vec_each(k, &kinds.list) {
		if (k->n <= KIND_SHOWN)
			continue;
		journal_begin(stdout, f->journal, JOURNAL_NOTICE);
		printf("%s%s%zu more of this kind [%s]\n", verb ? verb : "",
		       verb ? ": " : "", k->n - KIND_SHOWN, k->name);
	}
	vec_fini(&kinds.list);
}

/* The kind is in two keys: in doctor's output it was "name" first. */
static json_t *finding_json(const struct finding *i)
{
	json_t *item = json_object();

	json_put_text(item, "name", i->kind);
	json_put_text(item, "kind", i->kind);
	json_put_text(item, "server", i->server);
	json_put_place(item, "at", i->at);
	json_put_text(item, "what", i->what);
	json_put_text(item, "cure", i->cure);
	json_object_set_new(item, "minor", json_boolean(i->minor));
	if (i->stands)
		json_object_set_new(item, "stands", json_true());
	return item;
}

json_t *findings_json(const struct findings *f, bool minor)
{
	json_t *list = json_array();
	const struct finding *i;

	vec_each(i, &f->list)
		if (minor || !i->minor)
			json_array_append_new(list, finding_json(i));
	return list;
}
