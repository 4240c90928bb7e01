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
	doctor_conf_checks, doctor_hook_checks, doctor_policy_checks,
	doctor_route_checks,
	/* from here on: checks of this host */
	doctor_host_checks, doctor_device_checks, doctor_link_checks,
	doctor_in_force_checks, doctor_rule_checks, doctor_file_checks,
};

enum {
	N_OFFLINE = 4,
	N_ALL = sizeof(all_checks) / sizeof(*all_checks),
};

static bool is_ignored(const struct doctor *x, const char *name)
{
	const struct conf_ignore *ignore;

	vec_each(ignore, &x->compile.load.conf.doctor_ignore)
		if (!strcmp(ignore->name, name))
			return true;
	return false;
}

static struct finding *add_finding(struct doctor *x, const struct instance *in,
				   struct loc at, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static struct finding *add_finding(struct doctor *x, const struct instance *in,
				   struct loc at, const char *fmt, va_list ap)
{
	const struct doctor_check *check = x->check;
	struct finding *f = findings_vadd(&x->found, check->name, fmt, ap);

	f->server = in ? in->name : NULL;
	f->at = at;
	f->cure = check->cure;
	f->minor = is_ignored(x, check->name) ? "ignored" : NULL;
	return f;
}

void doctor_found(struct doctor *x, const struct instance *in, struct loc at,
		  const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_finding(x, in, at, fmt, ap);
	va_end(ap);
}

void doctor_found_of(struct doctor *x, const struct instance *in,
		     struct loc at, struct str name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_finding(x, in, at, fmt, ap)->who = mem_dup(name.p, name.n);
	va_end(ap);
}

struct str doctor_owner(const struct doctor *x, const struct binding *b)
{
	return x->compile.policy.clients.v[b->client].name;
}

const struct doctor_line *doctor_last_line(const struct doctor *x,
					   const struct instance *in,
					   const char *name)
{
	struct doctor_line **l;
	const struct doctor_line *last = NULL;

	vec_each(l, &x->lines)
		if ((*l)->in == in && !strcmp((*l)->line.word[0].text, name))
			last = *l;
	return last;
}

const struct ovline *doctor_option(const struct doctor *x,
				    const struct instance *in,
				    const char *name)
{
	const struct doctor_line *l = doctor_last_line(x, in, name);

	return l ? &l->line : NULL;
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
	struct compile *w = &x->compile;
	const struct instance *in;
	int r = cli_read(x->cli, CLI_ANY_DEV | COMPILE_TOLERANT |
			 COMPILE_UNRESOLVED, w);

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
	vec_each(in, &x->compile.load.conf.instances)
		if (!in->ipsec && !in->bad)
			check->run_server(x, in);
}

static void examine(struct doctor *x)
{
	const struct doctor_check *c;
	const struct conf_ignore *ignore;
	size_t i;

	vec_each(ignore, &x->compile.load.conf.doctor_ignore)
		if (!find_check(ignore->name))
			diag_error(&x->cli->diag, ignore->at, 0,
				   "there is no finding \"%s\"",
				   ignore->name);
	for (i = 0; i < (x->cli->offline ? N_OFFLINE : N_ALL); i++)
		for (c = all_checks[i]; c->name; c++)
			run_check(x, c);
}

/* Without the files: they are why something is not in force. */
static void examine_rules(struct doctor *x)
{
	const struct doctor_check *c;

	for (c = doctor_in_force_checks; c->name; c++)
		run_check(x, c);
}

static void print(const struct doctor *x)
{
	if (x->cli->json) {
		json_print(findings_json(&x->found, false));
		return;
	}
	findings_print(&x->found, NULL, x->cli->verbose);
	if (findings_count(&x->found) || x->cli->quiet || x->cli->diag.errors)
		return;
	fputs("in order", stdout);
	if (x->found.list.n)
		printf(", %zu ignored", x->found.list.n);
	putchar('\n');
}

static void fini(struct doctor *x)
{
	struct doctor_line **l;

	findings_fini(&x->found);
	vec_each(l, &x->lines)
		free(*l);
	vec_fini(&x->lines);
	compile_fini(&x->compile);
	if (!x->cli->offline)
		in_force_fini(&x->rules);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct doctor x = { .cli = cli, .found.journal = cli->journal };
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_doctor);
	if (!cli->offline)
		in_force_read(cli, false, &x.rules);
	r = read_all(&x);
	if (r && !cli->offline)
		examine_rules(&x);
	if (!r && !cli_backend(cli, &x.compile.load.conf))
		r = -ENOENT;
	if (!r)
		examine(&x);
	print(&x);
	if (!r && (findings_count(&x.found) || cli->diag.errors))
		r = -EINVAL;
	fini(&x);
	return cli_status(r);
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "",
	.help = "find settings that bypass or break the filter",
	.run = run,
};
