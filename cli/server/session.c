/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/server/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "compiler/base/names.h"

/* A server may be late with its status file. */
#define SLACK_SECONDS 30

/* OpenVPN writes the file in place, within milliseconds. */
#define TORN_TRIES 5

static int parse(const struct source *src, struct ovstatus *out, struct diag *d)
{
	struct diag silent = { 0 };
	int r;

	ovstatus_fini(out);
	r = ovstatus_parse(src, out, &silent);
	if (r)
		diag_warn(d, LOC_NONE, "\"%s\" is no status of OpenVPN",
			  src->name);
	return r;
}

/* A server that is not running is no reason for a warning. */
static void say_failed(const struct instance *in, int error, struct diag *d)
{
	static const char fmt[] = "the management interface of \"%s\": %s";

	if (error == -ECONNREFUSED || error == -ENOENT)
		diag_info(d, LOC_NONE, fmt, in->name, manage_strerror(error));
	else
		diag_warn(d, LOC_NONE, fmt, in->name, manage_strerror(error));
}

/* Connect, and ask for the status; *M (or NULL) must be closed. */
static int ask(const struct instance *in, struct sources *set,
	       struct manage **m, struct ovstatus *out, struct diag *d)
{
	const struct source *src;
	int r;

	*m = NULL;
	r = manage_open(in, m);

	if (!r)
		r = manage_status(*m, set, in->management, &src);
	if (r) {
		say_failed(in, r, d);
		return r;
	}
	return parse(src, out, d);
}

void session_ask(const struct instance *in, struct sources *set,
		 struct session *out, struct diag *d)
{
	struct manage *m;

	*out = (struct session){ .in = in, .at = time(NULL) };
	if (!ask(in, set, &m, &out->status, d))
		out->source = SESSION_MANAGEMENT;
	if (m)
		manage_close(m);
}

/* Load a complete file: one that was not written while it was read. */
static int load_file(struct session *s, struct sources *set, struct diag *d)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	const char *path = s->in->status;
	const struct source *src;
	unsigned int tries;
	int r;

	for (tries = 0; tries < TORN_TRIES; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		r = source_load(set, AT_FDCWD, path, path, &src);
		if (r) {
			diag_warn(d, LOC_NONE, "cannot read \"%s\": %s", path,
				  strerror(-r));
			return r;
		}
		r = parse(src, &s->status, d);
		if (r || s->status.complete)
			return r;
	}
	diag_warn(d, LOC_NONE, "\"%s\" is not whole", path);
	return -EAGAIN;
}

static void read_file(struct session *s, struct sources *set, struct diag *d)
{
	long long age, most = 2LL * s->in->status_seconds + SLACK_SECONDS;

	if (load_file(s, set, d))
		return;
	age = time(NULL) - s->status.updated;
	if (s->status.updated < 0 || age > most) {
		diag_warn(d, LOC_NONE,
			  "\"%s\" is too old to be believed: does its server run?",
			  s->in->status);
		return;
	}
	s->source = SESSION_STATUS;
	s->at = s->status.updated;
	s->until = s->at + most;
}

void session_read(const struct instance *in, struct sources *set,
		  struct session *out, struct diag *d)
{
	*out = (struct session){ .in = in };
	if (in->management)
		session_ask(in, set, out, d);
	if (out->source == SESSION_UNKNOWN && in->status)
		read_file(out, set, d);
}

void session_fini(struct session *s)
{
	ovstatus_fini(&s->status);
}

void sessions_fini(struct sessions *s)
{
	struct session *session;

	vec_each(session, &s->list)
		session_fini(session);
	vec_fini(&s->list);
}

static int cmp_clients(const void *a, const void *b)
{
	const struct ovstatus_client *const *x = a, *const *y = b;

	return str_cmp((*x)->name, (*y)->name);
}

void session_connected(const struct ovstatus *status,
		       struct session_clients *out)
{
	struct names names = { 0 };
	const struct ovstatus_client *c;
	const struct ovstatus_route *r;

	*out = (struct session_clients){ 0 };
	vec_each(r, &status->routes)
		vec_push(&names.list, r->name);
	names_sort(&names);
	vec_each(c, &status->clients)
		if (names_has(&names, c->name))
			vec_push(&out->list, c);
	vec_sort(&out->list, cmp_clients);
	vec_fini(&names.list);
}

static int kill_one(struct manage *m, const struct instance *in,
		    const struct ovstatus_client *c, struct diag *d)
{
	int r = manage_kill(m, c);

	/* the client has disconnected itself, or all of its name were ended */
	if (r && r != -ENOENT)
		diag_warn(d, LOC_NONE,
			  "the management interface of \"%s\" does not end the connection of \"%.*s\": %s",
			  in->name, STR_ARG(c->name), manage_strerror(r));
	return r;
}

int session_end(const struct instance *in, struct sources *set,
		const struct session_call *call, struct diag *d)
{
	const struct ovstatus_client **c;
	struct session_clients all;
	struct ovstatus status = { 0 };
	struct manage *m;
	int r = ask(in, set, &m, &status, d);

	session_connected(&status, &all);
	vec_each(c, &all.list) {
		if (r || !call->shall_end(call->arg, (*c)->name))
			continue;
		r = kill_one(m, in, *c, d);
		if (!r)
			call->ended(call->arg, (*c)->name);
		r = r == -ENOENT ? 0 : r;
	}
	vec_fini(&all.list);
	if (m)
		manage_close(m);
	ovstatus_fini(&status);
	return r;
}
