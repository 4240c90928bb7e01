/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/evict.h"

#include <stdlib.h>

#include "cli/sync/missing.h"

struct names {
	VEC(struct str) list;	/* sorted, each once */
};

struct ending {
	struct sync *s;
	struct findings *out;
	const struct instance *in;
	struct names ended;	/* whose sessions shall end */
};

/* For a client that is not loaded, read its file. */
static bool find_state(struct sync *s, struct str name, enum client_state *out)
{
	struct load *l = &s->compile.load;
	struct diag silent = { 0 };
	struct client c;

	if (s->is_loaded && state_client_state(&s->state, name, out))
		return true;
	if (load_client(l, &l->conf, name, &c, &silent))
		return false;
	*out = c.state;
	pffile_fini(&c.pf);
	return true;
}

/* A bad file is a mistake and does not end a session. */
static bool is_closed(struct sync *s, struct str name)
{
	enum client_state state;

	if (!find_state(s, name, &state))
		return false;
	return state == CLIENT_KILL ||
	       (state == CLIENT_NO_FILE &&
		!missing_is_spared(&s->compile.load.conf, &s->state, name));
}

static int cmp_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void sort_names(struct names *names)
{
	const struct str *name;
	size_t n = 0;

	vec_sort(&names->list, cmp_names);
	vec_each(name, &names->list)
		if (!n || !str_equal(names->list.v[n - 1], *name))
			names->list.v[n++] = *name;
	names->list.n = n;
}

/* The names of who is connected to the servers that have answered. */
static void list_connected(const struct sessions *sessions, struct names *out)
{
	const struct ovstatus_client **c;
	const struct session *session;
	struct session_clients all;

	vec_each(session, &sessions->list) {
		if (session->source != SESSION_MANAGEMENT)
			continue;
		session_connected(&session->status, &all);
		vec_each(c, &all.list)
			vec_push(&out->list, (*c)->name);
		vec_fini(&all.list);
	}
	sort_names(out);
}

static bool shall_end(void *arg, struct str name)
{
	const struct ending *x = arg;

	return x->ended.list.n &&
	       bsearch(&name, x->ended.list.v, x->ended.list.n, sizeof(name),
		       cmp_names);
}

static void tell(struct ending *x, struct str name, const char *what)
{
	findings_add(x->out, "closed-client",
		     "\"%.*s\" is closed and was connected to \"%s\"%s",
		     STR_ARG(name), x->in->name, what);
}

static void tell_ended(void *arg, struct str name)
{
	tell(arg, name, ": its connection was ended");
}

/* The sessions on one server. */
static void end_of_server(struct ending *x, const struct session *session,
			  bool check)
{
	const struct session_call call = { shall_end, tell_ended, x };
	const struct ovstatus_client **c;
	struct session_clients all;
	bool any = false;

	x->in = session->in;
	session_connected(&session->status, &all);
	vec_each(c, &all.list) {
		if (!shall_end(x, (*c)->name))
			continue;
		any = true;
		if (check)
			tell(x, (*c)->name, "");
	}
	vec_fini(&all.list);
	if (any && !check)
		session_end(x->in, &x->s->compile.load.sources, &call,
			    &x->s->cli->diag);
}

void evict_sessions(struct sync *s, const struct sessions *sessions,
		    bool check, struct findings *out)
{
	struct ending x = { .s = s, .out = out };
	struct names connected = { 0 };
	const struct session *session;
	const struct str *name;

	list_connected(sessions, &connected);
	vec_each(name, &connected.list)
		if (is_closed(s, *name))
			vec_push(&x.ended.list, *name);
	vec_each(session, &sessions->list)
		if (session->source == SESSION_MANAGEMENT)
			end_of_server(&x, session, check);
	vec_fini(&x.ended.list);
	vec_fini(&connected.list);
}

void evict_all(struct sync *s, struct findings *out)
{
	struct sessions sessions = { 0 };
	const struct instance *in;

	vec_each(in, &s->compile.load.conf.instances)
		if (in->management)
			session_ask(in, &s->compile.load.sources,
				    vec_add(&sessions.list), &s->cli->diag);
	evict_sessions(s, &sessions, false, out);
	sessions_fini(&sessions);
}
