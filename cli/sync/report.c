/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/report.h"

#include <stdio.h>

#include "compiler/base/journal.h"
#include "compiler/base/names.h"
#include "compiler/pf/pfdiff.h"

/* Without -v: the most clients, and the most rights of each. */
#define CLIENTS_SHOWN 20
#define RIGHTS_SHOWN 8

/* An address in client-config-dir that a client has now, or had. */
struct moved {
	struct str name, addr;
	bool added;
};

struct making {
	struct sync *s;
	const struct policy *p;		/* as the files are */
	struct names names;		/* with changes; maybe twice */
	VEC(struct moved) addresses;
	VEC(char *) texts;		/* of these */
};

static struct str keep(struct making *m, struct str text)
{
	char *copy = mem_dup(text.p, text.n);

	vec_push(&m->texts, copy);
	return (struct str){ copy, text.n };
}

static void take(void *arg, const struct state_change *change)
{
	bool moves = change->kind == 'b' &&
		     str_equal(change->source, STR("ccd"));
	struct making *m = arg;
	struct str name;

	if (!change->key.p || (!moves && change->kind != 'c'))
		return;
	name = keep(m, change->key);
	vec_push(&m->names.list, name);
	if (moves)
		vec_push(&m->addresses, ((struct moved){
			.name = name, .addr = keep(m, change->addr),
			.added = change->added,
		}));
}

static size_t rights_shown(bool verbose)
{
	return verbose ? SIZE_MAX : RIGHTS_SHOWN;
}

static char *of_state(const struct client *c)
{
	if (c->state == CLIENT_OPEN)
		return mem_copy("open");
	if (c->state == CLIENT_KILL)
		return mem_copy("closed by [KILL]");
	return mem_printf("closed: %s", client_state_name(c->state));
}

char *report_of_client(const struct client *old, const struct client *new,
		       bool verbose)
{
	char *text, *all;

	if (old->state == CLIENT_OPEN && new->state == CLIENT_OPEN)
		text = pfdiff_text(&old->pf, &new->pf, rights_shown(verbose));
	else
		text = of_state(new);
	if (new->state != CLIENT_OPEN || !new->file)
		return text;
	all = mem_printf("%s (%s)", text, new->file->name);
	free(text);
	return all;
}

/* Of a client that is in the policy; NULL: only addresses have changed. */
static char *of_files(struct making *m, struct str name)
{
	const struct client *new = policy_find(m->p, name);
	struct client old = { .name = name };
	bool verbose = m->s->cli->verbose, known;
	struct diag silent = { 0 };
	char *text = NULL, *more;

	known = state_client(&m->s->state, &old, &silent);
	if (!known)
		old.state = CLIENT_NO_FILE;
	if (!known || !state_client_same(&m->s->state, new))
		text = report_of_client(&old, new, verbose);
	if (!known) {
		more = mem_printf("new, %s", text);
		free(text);
		text = more;
	}
	pffile_fini(&old.pf);
	return text;
}

/* " (was anna's)", malloced. */
static char *of_owner(const struct making *m, const struct moved *now)
{
	const struct moved *i;

	vec_each(i, &m->addresses)
		if (!i->added && str_equal(i->addr, now->addr) &&
		    !str_equal(i->name, now->name))
			return mem_printf(" (was %.*s's)", STR_ARG(i->name));
	return mem_copy("");
}

/* Is it the client's before and after, of servers with other names? */
static bool stays(const struct making *m, const struct moved *address)
{
	const struct moved *i;

	vec_each(i, &m->addresses)
		if (i->added != address->added &&
		    str_equal(i->addr, address->addr) &&
		    str_equal(i->name, address->name))
			return true;
	return false;
}

/* TEXT with the addresses of NAME behind it. */
static char *with_addresses(const struct making *m, struct str name,
			    char *text)
{
	const struct moved *i;
	char *owner, *more;

	vec_each(i, &m->addresses) {
		if (!str_equal(i->name, name) || stays(m, i))
			continue;
		owner = i->added ? of_owner(m, i) : mem_copy("");
		more = mem_printf("%s%s%s %.*s%s", text ? text : "",
				  text ? ", " : "",
				  i->added ? "address" : "no longer",
				  STR_ARG(i->addr), owner);
		free(owner);
		free(text);
		text = more;
	}
	return text;
}

static void add_line(struct making *m, struct str name, struct report *out)
{
	char *text = policy_find(m->p, name) ?
		with_addresses(m, name, of_files(m, name)) : mem_copy("gone");

	if (text)
		vec_push(&out->lines, mem_printf("%.*s: %s", STR_ARG(name),
						 text));
	free(text);
}

/* A client that is no more and had no rights of its own is nobody's loss. */
static bool is_worth(const struct making *m, struct str name)
{
	enum client_state old;

	return policy_find(m->p, name) ||
	       (state_client_state(&m->s->state, name, &old) &&
		old == CLIENT_OPEN &&
		!m->s->compile.load.conf.default_policy);
}

static void add_lines(struct making *m, struct report *out)
{
	bool verbose = m->s->cli->verbose;
	const struct str *name;

	names_sort(&m->names);
	vec_each(name, &m->names.list) {
		if (!verbose && !is_worth(m, *name))
			continue;
		if (verbose || out->lines.n < CLIENTS_SHOWN)
			add_line(m, *name, out);
		else
			out->more++;
	}
}

/* Nothing is known of what was before. */
static void add_sum(const struct policy *p, struct report *out)
{
	const struct client *c;
	size_t open = 0;

	vec_each(c, &p->clients)
		open += c->state == CLIENT_OPEN;
	vec_push(&out->lines,
		 mem_printf("loaded: %zu clients, %zu of them closed",
			    p->clients.n, p->clients.n - open));
}

void report_make(struct sync *s, const struct state_write *w,
		 struct report *out)
{
	struct making m = { .s = s, .p = w->policy };
	char **text;

	if (s->state.known) {
		state_compare(&s->state, w, take, &m);
		add_lines(&m, out);
	} else {
		add_sum(w->policy, out);
	}
	vec_each(text, &m.texts)
		free(*text);
	vec_fini(&m.texts);
	vec_fini(&m.names.list);
	vec_fini(&m.addresses);
}

static void print_line(const struct cli *cli, const char *text)
{
	journal_begin(stdout, cli->journal, JOURNAL_INFO);
	if (cli->dry_run)
		fputs("# ", stdout);
	diag_print_escaped(stdout, str_of(text));
	putchar('\n');
}

void report_print(const struct report *r, const struct cli *cli)
{
	char *const *line, *more;

	vec_each(line, &r->lines)
		print_line(cli, *line);
	if (!r->more)
		return;
	more = mem_printf("and %zu more", r->more);
	print_line(cli, more);
	free(more);
}

void report_fini(struct report *r)
{
	char **line;

	vec_each(line, &r->lines)
		free(*line);
	vec_fini(&r->lines);
}
