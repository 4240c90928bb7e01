/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/ask/matrix.h"

#include <stdio.h>

#include "cli/ask/classes.h"
#include "compiler/base/diag.h"

/* More clients than this are grouped even if they fit. */
#define ALL_SHOWN 25

/* The most names of a group in a picture. */
#define DOT_NAMES 12

#define GROUP_COLUMN 5

bool matrix_may(const struct matrix *m, const struct client *from,
		const struct client *to)
{
	struct verdict v, w;

	return verdict_pair(&m->index, from, to, &v, &w);
}

static int name_width(struct str name)
{
	return (int)diag_escaped_width(name);
}

static void print_padded(struct str s, int width)
{
	diag_print_escaped(stdout, s);
	if (width > name_width(s))
		printf("%*s", width - name_width(s), "");
}

/* "yes" or "." in a column of this width */
static void print_verdict(const struct matrix *m, bool yes, int width)
{
	fputs(diag_color(m->color, yes ? COLOR_GOOD : COLOR_QUIET), stdout);
	fputs(yes ? "yes" : ".", stdout);
	fputs(diag_color(m->color, COLOR_NONE), stdout);
	width -= yes ? 3 : 1;
	if (width > 0)
		printf("%*s", width, "");
}

static int column_width(const struct client *c)
{
	int n = name_width(c->name);

	return n < 3 ? 3 : n;	/* "yes" */
}

static int first_width(const struct matrix *m)
{
	const struct client *c;
	int first = 4;		/* "from" */

	vec_each(c, &m->p->clients)
		if (name_width(c->name) > first)
			first = name_width(c->name);
	return first;
}

static void print_row(const struct matrix *m, const struct client *from)
{
	const struct client *to, *end = vec_end(&m->p->clients);
	int width;

	vec_each(to, &m->p->clients) {
		width = to + 1 == end ? 0 : column_width(to);
		fputs("  ", stdout);
		if (!from || from == to)
			print_padded(from ? STR("-") : to->name, width);
		else
			print_verdict(m, matrix_may(m, from, to), width);
	}
	putchar('\n');
}

static void print_all(const struct matrix *m)
{
	const struct client *from;
	int first = first_width(m);

	print_padded(STR("from"), first);
	print_row(m, NULL);
	vec_each(from, &m->p->clients) {
		print_padded(from->name, first);
		print_row(m, from);
	}
}

static bool fits(const struct matrix *m)
{
	const struct client *c;
	int width = first_width(m);

	vec_each(c, &m->p->clients)
		width += 2 + column_width(c);
	return m->p->clients.n <= ALL_SHOWN && width <= m->width;
}

static bool ask(void *arg, size_t a, size_t b)
{
	const struct matrix *m = arg;

	return matrix_may(m, &m->p->clients.v[a], &m->p->clients.v[b]);
}

static struct str member(const struct matrix *m, const struct client_class *g,
			 size_t i)
{
	return m->p->clients.v[g->members.v[i]].name;
}

/* Names, wrapped at the width of the terminal. */
static void print_members(const struct matrix *m, const struct client_class *g)
{
	int column = GROUP_COLUMN, width;
	size_t i;

	for (i = 0; i < g->members.n; i++) {
		width = name_width(member(m, g, i)) + 1;
		if (i && column + width > m->width) {
			printf("\n%*s", GROUP_COLUMN, "");
			column = GROUP_COLUMN;
		}
		putchar(' ');
		diag_print_escaped(stdout, member(m, g, i));
		column += width;
	}
	putchar('\n');
}

static bool groups_may(const struct matrix *m, const struct client_class *a,
		       const struct client_class *b)
{
	if (a == b)
		return a->inside;
	return ask((void *)m, a->members.v[0], b->members.v[0]);
}

/* Columns of the groups FROM to before TO. */
static void print_block(const struct matrix *m, const struct classes *f,
			size_t from, size_t to)
{
	const struct client_class *g;
	size_t i;

	fputs("from", stdout);
	for (i = from; i < to; i++)
		printf("%*zu", GROUP_COLUMN, i + 1);
	putchar('\n');
	vec_each(g, &f->groups) {
		printf("%4zu", (size_t)(g - f->groups.v) + 1);
		for (i = from; i < to; i++) {
			if (g == &f->groups.v[i] && g->members.n == 1) {
				fputs("    -", stdout);
				continue;
			}
			fputs(groups_may(m, g, &f->groups.v[i]) ? "  "
								: "    ",
			      stdout);
			print_verdict(m, groups_may(m, g, &f->groups.v[i]), 0);
		}
		putchar('\n');
	}
}

static void print_folded(const struct matrix *m)
{
	size_t fitting = (size_t)(m->width / GROUP_COLUMN) - 1, from, to;
	const struct client_class *g;
	struct classes fold;

	classes_make(m->p->clients.n, ask, (void *)m, &fold);
	printf("%zu clients, %zu groups of clients with equal verdicts:\n",
	       m->p->clients.n, fold.groups.n);
	vec_each(g, &fold.groups) {
		printf("%4zu:", (size_t)(g - fold.groups.v) + 1);
		print_members(m, g);
	}
	for (from = 0; from < fold.groups.n; from = to) {
		to = from + fitting < fold.groups.n ? from + fitting
						    : fold.groups.n;
		putchar('\n');
		print_block(m, &fold, from, to);
	}
	classes_fini(&fold);
}

void matrix_print(const struct matrix *m)
{
	if (fits(m))
		print_all(m);
	else
		print_folded(m);
}

/* In a DOT string; unprintable bytes are escaped as in messages before. */
static void put_dot(struct str text)
{
	char *escaped = NULL, *c;
	size_t n = 0;
	FILE *f = open_memstream(&escaped, &n);

	if (!f)
		return;
	diag_print_escaped(f, text);
	fclose(f);
	for (c = escaped; *c; c++) {
		if (*c == '"' || *c == '\\')
			putchar('\\');
		putchar(*c);
	}
	free(escaped);
}

static void print_node(const struct matrix *m, const struct client_class *g,
		       size_t number)
{
	size_t i;

	printf("\tg%zu [label=\"", number);
	for (i = 0; i < g->members.n && i < DOT_NAMES; i++) {
		fputs(i ? "\\n" : "", stdout);
		put_dot(member(m, g, i));
	}
	if (g->members.n > i)
		printf("\\nand %zu more", g->members.n - i);
	puts("\"];");
}

void matrix_print_dot(const struct matrix *m)
{
	const struct client_class *a, *b;
	struct classes fold;

	classes_make(m->p->clients.n, ask, (void *)m, &fold);
	puts("graph vpnpf {\n\tnode [shape=box];");
	vec_each(a, &fold.groups)
		print_node(m, a, (size_t)(a - fold.groups.v) + 1);
	vec_each(a, &fold.groups)
		for (b = a; b < vec_end(&fold.groups); b++)
			if (groups_may(m, a, b))
				printf("\tg%zu -- g%zu;\n",
				       (size_t)(a - fold.groups.v) + 1,
				       (size_t)(b - fold.groups.v) + 1);
	puts("}");
	classes_fini(&fold);
}
