/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/diag.h"

__attribute__((format(printf, 3, 0)))
static struct finding *add(struct findings *f, const char *kind,
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
	add(f, kind, fmt, ap);
	va_end(ap);
}

void findings_add_minor(struct findings *f, const char *kind,
			const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, kind, fmt, ap)->minor = true;
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
	while (f->list.n > n)
		free(f->list.v[--f->list.n].what);
}

void findings_fini(struct findings *f)
{
	findings_cut(f, 0);
	vec_fini(&f->list);
}

/* So many of a kind are printed. */
#define KIND_SHOWN 20

/* How many of I's kind come before it; ALL: and after it. */
static size_t count_kind(const struct findings *f, const struct finding *i,
			 bool all)
{
	const struct finding *k;
	size_t n = 0;

	vec_each(k, &f->list) {
		if (k == i && !all)
			break;
		n += !strcmp(k->kind, i->kind);
	}
	return n;
}

void findings_print(const struct findings *f, const char *verb, bool verbose)
{
	const struct finding *i;
	size_t n;

	vec_each(i, &f->list) {
		if (i->minor && !verbose)
			continue;
		n = verbose ? 0 : count_kind(f, i, false);
		if (n == KIND_SHOWN)
			printf("%s: %zu more of this kind [%s]\n", verb,
			       count_kind(f, i, true) - n, i->kind);
		if (n >= KIND_SHOWN)
			continue;
		printf("%s: ", verb);
		diag_print_escaped(stdout, str_of(i->what));
		printf(" [%s]\n", i->kind);
	}
}

json_t *findings_json(const struct findings *f)
{
	json_t *list = json_array(), *item;
	const struct finding *i;

	vec_each(i, &f->list) {
		item = json_object();
		json_put_text(item, "kind", i->kind);
		json_put_text(item, "what", i->what);
		json_object_set_new(item, "minor", json_boolean(i->minor));
		json_array_append_new(list, item);
	}
	return list;
}
