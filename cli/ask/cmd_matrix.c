/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ask/matrix.h"
#include "cli/cli.h"
#include "cli/json.h"

static const char *verdict_word(bool accept)
{
	return accept ? "ACCEPT" : "DROP";
}

/* One line per pair, sorted by names; names are not escaped. */
static void print_lines(const struct matrix *m)
{
	const struct client *from, *to;

	vec_each(from, &m->p->clients)
		vec_each(to, &m->p->clients)
			if (from != to)
				printf("%.*s\t%.*s\t%s\n", STR_ARG(from->name),
				       STR_ARG(to->name),
				       verdict_word(matrix_may(m, from, to)));
}

static void print_item(const struct matrix *m, const struct client *from,
		       const struct client *to)
{
	json_t *item = json_object();

	json_put_str(item, "from", from->name);
	json_put_str(item, "to", to->name);
	json_put_text(item, "verdict", verdict_word(matrix_may(m, from, to)));
	json_dumpf(item, stdout, 0);
	json_decref(item);
}

/* Item by item: a thousand clients have a million pairs. */
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

static int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

static void print_matrix(const struct cli *cli, const struct policy *p)
{
	struct matrix m = {
		.p = p, .color = cli->color, .width = terminal_width(),
	};
	const struct client *c;

	vec_each(c, &p->clients)
		verdict_index_add(&m.index, c);
	if (cli->json)
		print_json(&m);
	else if (cli->dot)
		matrix_print_dot(&m);
	else if (cli->quiet)
		print_lines(&m);
	else
		matrix_print(&m);
	verdict_index_fini(&m.index);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct compile c;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_matrix);
	r = cli_read(cli, CLI_ANY_DEV | COMPILE_TOLERANT, &c);
	if (!r)
		print_matrix(cli, &c.policy);
	if (!r && conf_next_bad(&c.load.conf, NULL))
		r = -EINVAL;
	compile_fini(&c);
	return cli_status(r);
}

const struct command cmd_matrix = {
	.name = "matrix",
	.args = "",
	.help = "which clients may reach each other, as a table",
	.run = run,
};
