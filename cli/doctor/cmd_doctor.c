/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "cli/json.h"
#include "compiler/openvpn/ovconf.h"

static const struct doctor_check *const all_checks[] = {
	doctor_conf_checks, doctor_policy_checks,
	/* from here on: of this host */
	doctor_host_checks, doctor_rule_checks, doctor_file_checks,
};

enum {
	N_OFFLINE = 2,
	N_ALL = sizeof(all_checks) / sizeof(*all_checks),
};

static bool is_silent(const struct doctor *x, const char *name)
{
	const struct conf_ignore *silent;

	vec_each(silent, &x->world.load.conf.doctor_ignore)
		if (!strcmp(silent->name, name))
			return true;
	return false;
}

void doctor_found(struct doctor *x, const struct instance *in, struct loc at,
		  const char *fmt, ...)
{
	struct doctor_finding *f = vec_add(&x->found);
	va_list ap;

	*f = (struct doctor_finding){
		.name = x->check->name, .in = in, .at = at,
		.cure = x->check->cure,
		.silent = is_silent(x, x->check->name),
	};
	va_start(ap, fmt);
	f->what = mem_vprintf(fmt, ap);
	va_end(ap);
}

const struct ovline *doctor_option(const struct doctor *x,
				    const struct instance *in,
				    const char *name)
{
	struct doctor_line **l;
	const struct ovline *last = NULL;

	vec_each(l, &x->lines)
		if ((*l)->in == in && !strcmp((*l)->line.word[0].text, name))
			last = &(*l)->line;
	return last;
}

struct adding {
	struct doctor *x;
	const struct instance *in;
};

static void add_line(void *arg, const struct ovline *line)
{
	const struct adding *a = arg;
	struct doctor_line *copy = mem_zalloc(1, sizeof(*copy));

	copy->in = a->in;
	copy->line = *line;
	vec_push(&a->x->lines, copy);
}

static int cmp_nets(const void *a, const void *b)
{
	return prefix_cmp(&((const struct binding *)a)->net,
			  &((const struct binding *)b)->net);
}

static int read_all(struct doctor *x)
{
	struct cli_world *w = &x->world;
	const struct instance *in;
	int r = cli_read(x->cli, CLI_ANY_DEV | CLI_TOLERANT | CLI_UNRESOLVED,
			 w);

	if (r)
		return r;
	vec_sort(&w->policy.bindings, cmp_nets);
	vec_each(in, &w->load.conf.instances) {
		struct adding a = { x, in };

		if (in->config)
			ovconf_lines(in->config, &w->load.sources, add_line,
				     &a);
	}
	return 0;
}

static const struct doctor_check *find_check(const char *name)
{
	const struct doctor_check *c;
	size_t i;

	for (i = 0; i < N_ALL; i++)
		for (c = all_checks[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

static void run_check(struct doctor *x, const struct doctor_check *check)
{
	const struct instance *in;

	x->check = check;
	if (check->run) {
		check->run(x);
		return;
	}
	vec_each(in, &x->world.load.conf.instances)
		if (!in->ipsec)
			check->run_server(x, in);
}

static void examine(struct doctor *x)
{
	const struct doctor_check *c;
	const struct conf_ignore *silent;
	size_t i;

	vec_each(silent, &x->world.load.conf.doctor_ignore)
		if (!find_check(silent->name))
			diag_error(&x->cli->diag, silent->at, 0,
				   "there is no finding \"%s\"",
				   silent->name);
	for (i = 0; i < (x->cli->offline ? N_OFFLINE : N_ALL); i++)
		for (c = all_checks[i]; c->name; c++)
			run_check(x, c);
}

/* How many are to be told. */
static size_t count(const struct doctor *x)
{
	const struct doctor_finding *f;
	size_t n = 0;

	vec_each(f, &x->found)
		n += !f->silent;
	return n;
}

static void print_finding(const struct doctor_finding *f)
{
	char at[1024];

	loc_format(f->at, at, sizeof(at));
	diag_print_escaped(stdout, str_of(at));
	if (at[0])
		fputs(": ", stdout);
	else if (f->in)
		printf("%s: ", f->in->name);
	diag_print_escaped(stdout, str_of(f->what));
	printf(" [%s%s]\n\tcure: %s\n", f->name, f->silent ? ", silenced" : "",
	       f->cure);
}

static void print_text(const struct doctor *x)
{
	const struct doctor_finding *f;
	size_t n = count(x);

	vec_each(f, &x->found)
		if (!f->silent || x->cli->verbose)
			print_finding(f);
	if (n || x->cli->quiet || x->cli->diag.errors)
		return;
	fputs("in order", stdout);
	if (x->found.n)
		printf(", %zu silenced", x->found.n);
	putchar('\n');
}

static void print_json(const struct doctor *x)
{
	json_t *list = json_array(), *item;
	const struct doctor_finding *f;

	vec_each(f, &x->found) {
		if (f->silent)
			continue;
		item = json_object();
		json_put_text(item, "name", f->name);
		json_put_text(item, "server", f->in ? f->in->name : NULL);
		json_put_place(item, "at", f->at);
		json_put_text(item, "what", f->what);
		json_put_text(item, "cure", f->cure);
		json_array_append_new(list, item);
	}
	json_print(list);
}

static void fini(struct doctor *x)
{
	struct doctor_finding *f;
	struct doctor_line **l;

	vec_each(f, &x->found)
		free(f->what);
	vec_fini(&x->found);
	vec_each(l, &x->lines)
		free(*l);
	vec_fini(&x->lines);
	cli_world_fini(&x->world);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct doctor x = { .cli = cli };
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_doctor);
	r = read_all(&x);
	if (!r && !cli_backend(cli, &x.world.load.conf, NULL))
		r = -ENOENT;
	if (!r) {
		examine(&x);
		(cli->json ? print_json : print_text)(&x);
		if (count(&x) || cli->diag.errors)
			r = -EINVAL;
	}
	fini(&x);
	return cli_status(r);
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "",
	.help = "what goes round the filter or breaks it, and the cure",
	.run = run,
};
