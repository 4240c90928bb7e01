/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ask/loaded.h"
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

/* What is in force, if that may be another verdict. */
struct other {
	const struct loaded *loaded;	/* NULL: it is the same */
	struct matrix m;		/* of the policy as loaded */
	bool *lacks;			/* of each client: loaded_lacks */
};

static void find_lacking(struct compile *c, struct other *o)
{
	const struct query q = { .l = &c->load, .p = &c->policy };
	const struct client *client;
	struct query_end end = { 0 };

	o->lacks = mem_zalloc(c->policy.clients.n + 1, sizeof(*o->lacks));
	if (o->loaded->rules.kind == IN_FORCE_NOTHING)
		return;
	vec_each(client, &c->policy.clients) {
		end.client = client;
		o->lacks[client - c->policy.clients.v] =
			loaded_lacks(o->loaded, &q, &end);
	}
}

static const char *other_verdict(const struct matrix *m, const struct other *o,
				 const struct client *from,
				 const struct client *to)
{
	const struct client *a = policy_find(o->m.p, from->name);
	const struct client *b = policy_find(o->m.p, to->name);
	bool accept;

	if (loaded_is_spoilt(o->loaded) ||
	    o->lacks[from - m->p->clients.v] || o->lacks[to - m->p->clients.v])
		return "unknown";
	if (!loaded_whole(o->loaded, &accept))
		accept = a && b && matrix_may(&o->m, a, b);
	return verdict_word(accept);
}

static void print_item(const struct matrix *m, const struct other *o,
		       const struct client *from, const struct client *to)
{
	json_t *item = json_object();

	json_put_str(item, "from", from->name);
	json_put_str(item, "to", to->name);
	json_put_text(item, "verdict", verdict_word(matrix_may(m, from, to)));
	if (o->loaded)
		json_put_text(item, "in_force",
			      other_verdict(m, o, from, to));
	json_dumpf(item, stdout, 0);
	json_decref(item);
}

/* Item by item: a thousand clients have a million pairs. */
static void print_json(const struct matrix *m, const struct other *o)
{
	const char *between = "[\n  ";
	const struct client *from, *to;

	vec_each(from, &m->p->clients) {
		vec_each(to, &m->p->clients) {
			if (from == to)
				continue;
			fputs(between, stdout);
			print_item(m, o, from, to);
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

static void index_clients(struct matrix *m)
{
	const struct client *c;

	vec_each(c, &m->p->clients)
		verdict_index_add(&m->index, c);
}

static void print_matrix(const struct cli *cli, const struct policy *p,
			 struct other *o)
{
	struct matrix m = {
		.p = p, .color = cli->color, .width = terminal_width(),
	};

	index_clients(&m);
	if (cli->json)
		print_json(&m, o);
	else if (cli->dot)
		matrix_print_dot(&m);
	else if (cli->quiet)
		print_lines(&m);
	else
		matrix_print(&m);
	verdict_index_fini(&m.index);
}

/* Does the matrix say all that is wrong? */
static bool is_told(const struct loaded *l)
{
	const struct in_force *x = &l->rules;
	const struct finding *f;

	vec_each(f, &x->standing.list)
		if (strcmp(f->kind, "server-bad") != 0)
			return false;
	return x->kind == IN_FORCE_RULES && !x->s.unshut &&
	       !findings_count(&x->kernel) && !findings_count(&x->files);
}

static void warn(struct cli *cli, const struct loaded *l)
{
	bool accept;
	const char *why = loaded_whole(l, &accept);

	if (is_told(l))
		return;
	if (!why)
		why = loaded_is_spoilt(l) ? LOADED_SPOILT :
		      "the files are newer than the rules, or wrong";
	diag_warn(&cli->diag, LOC_NONE,
		  "this is not all in force: %s; see vpnpf status", why);
	loaded_note(l, &cli->diag);
}

static void compare_and_print(struct cli *cli, struct compile *c)
{
	struct loaded l;
	struct other o = { .m.p = &l.compile.policy };

	if (loaded_read(cli, &c->policy, &l)) {
		o.loaded = &l;
		index_clients(&o.m);
		find_lacking(c, &o);
		warn(cli, &l);
	}
	print_matrix(cli, &c->policy, &o);
	free(o.lacks);
	verdict_index_fini(&o.m.index);
	loaded_fini(&l);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct compile c;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_matrix);
	r = cli_read(cli, CLI_ANY_DEV | COMPILE_TOLERANT | COMPILE_ASKED,
		     &c);
	if (!r)
		compare_and_print(cli, &c);
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
