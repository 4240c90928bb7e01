/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "compiler/verdict.h"

struct matrix {
	const struct policy *p;
	struct verdict_index index;
};

static bool may(const struct matrix *m, const struct client *from,
		const struct client *to)
{
	struct verdict v, w;

	return verdict_pair(&m->index, from, to, &v, &w);
}

static const char *verdict_word(bool accept)
{
	return accept ? "ACCEPT" : "DROP";
}

/* Columns on a terminal, where each character takes one. */
static int text_width(struct str s)
{
	size_t i;
	int n = 0;

	for (i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void print_padded(struct str s, int width)
{
	diag_print_escaped(stdout, s);
	if (width > text_width(s))
		printf("%*s", width - text_width(s), "");
}

static int column_width(const struct client *c)
{
	int n = text_width(c->name);

	return n < 3 ? 3 : n;	/* "yes" */
}

static void print_row(const struct matrix *m, const struct client *from)
{
	const struct client *to, *end = vec_end(&m->p->clients);

	vec_each(to, &m->p->clients) {
		fputs("  ", stdout);
		print_padded(!from ? to->name : from == to ? STR("-") :
			     may(m, from, to) ? STR("yes") : STR("."),
			     to + 1 == end ? 0 : column_width(to));
	}
	putchar('\n');
}

static void print_table(const struct matrix *m)
{
	const struct client *from;
	int first = 4;		/* "from" */

	vec_each(from, &m->p->clients)
		if (text_width(from->name) > first)
			first = text_width(from->name);
	print_padded(STR("from"), first);
	print_row(m, NULL);
	vec_each(from, &m->p->clients) {
		print_padded(from->name, first);
		print_row(m, from);
	}
}

/* A line each pair, the order of their names; names as they are. */
static void print_lines(const struct matrix *m)
{
	const struct client *from, *to;

	vec_each(from, &m->p->clients)
		vec_each(to, &m->p->clients)
			if (from != to)
				printf("%.*s\t%.*s\t%s\n", STR_ARG(from->name),
				       STR_ARG(to->name),
				       verdict_word(may(m, from, to)));
}

static void print_item(const struct matrix *m, const struct client *from,
		       const struct client *to)
{
	json_t *item = json_object();

	json_put_str(item, "from", from->name);
	json_put_str(item, "to", to->name);
	json_put_text(item, "verdict", verdict_word(may(m, from, to)));
	json_dumpf(item, stdout, 0);
	json_decref(item);
}

/* Item by item: a thousand clients are a million of them. */
static void print_json(const struct matrix *m)
{
	const char *between = "[\n  ";
	const struct client *from, *to;

	vec_each(from, &m->p->clients) {
		vec_each(to, &m->p->clients) {
			if (from == to)
				continue;
			fputs(between, stdout);
			print_item(m, from, to);
			between = ",\n  ";
		}
	}
	puts(*between == '[' ? "[]" : "\n]");
}

static void print_matrix(const struct cli *cli, const struct policy *p)
{
	struct matrix m = { .p = p };
	const struct client *c;

	vec_each(c, &p->clients)
		verdict_index_add(&m.index, c);
	if (cli->json)
		print_json(&m);
	else if (cli->quiet)
		print_lines(&m);
	else
		print_table(&m);
	verdict_index_fini(&m.index);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_world w;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_matrix);
	r = cli_read(cli, CLI_ANY_DEV | CLI_TOLERANT, &w);
	if (!r)
		print_matrix(cli, &w.policy);
	cli_world_fini(&w);
	return cli_status(r);
}

const struct command cmd_matrix = {
	.name = "matrix",
	.args = "",
	.help = "who may reach whom, as a table",
	.run = run,
};
