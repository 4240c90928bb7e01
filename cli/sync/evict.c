/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/evict.h"

#include <stdlib.h>

#include "compiler/base/names.h"

struct ending {
	struct sync *s;
	struct findings *out;
	const struct instance *in;
	struct names ended;	/* whose sessions shall end; sorted */
};

/* For a client that is not loaded, read its file. [KILL] and no file need no
 * groups. */
static bool find_state(struct sync *s, struct str name, enum client_state *out)
{
	struct load *l = &s->compile.load;
	struct diag silent = { 0 };
	struct client c;

	if (s->is_loaded && state_client_state(&s->state, name, out))
		return true;
	if (load_client_alone(l, &l->conf, name, &c, &silent))
		return false;
	*out = c.state;
	pffile_fini(&c.pf);
	return true;
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
	names_sort(out);
}

/* The connected clients that are closed.  A bad file is a mistake and does not
 * end a session. */
struct closed {
	struct names killed, missing, recent;
};

static void list_closed(struct sync *s, const struct names *connected,
			struct closed *out)
{
	const struct conf *conf = &s->compile.load.conf;
	enum client_state state;
	const struct str *name;

	vec_each(name, &connected->list) {
		if (!find_state(s, *name, &state))
			continue;
		if (state == CLIENT_KILL)
			vec_push(&out->killed.list, *name);
		else if (state != CLIENT_NO_FILE)
			continue;
		else if (missing_is_recent(conf, &s->state, *name))
			vec_push(&out->recent.list, *name);
		else
			vec_push(&out->missing.list, *name);
	}
}

/* The grace time of those that were missed last is over soon, too. */
static struct missing_guard count_missing(const struct sync *s,
					  const struct names *connected,
					  const struct closed *closed)
{
	long long now = state_clock(), since = now, at;
	size_t n = closed->missing.list.n;
	const struct str *name;

	vec_each(name, &closed->missing.list) {
		at = state_missing_since(&s->state, *name, now);
		since = at >= 0 && at < since ? at : since;
	}
	return (struct missing_guard){
		.missing = !n || s->cli->force ? 0 :
			   (unsigned int)(n + closed->recent.list.n),
		.connected = (unsigned int)connected->list.n,
		.since = since,
	};
}

static void closed_fini(struct closed *c)
{
	vec_fini(&c->killed.list);
	vec_fini(&c->missing.list);
	vec_fini(&c->recent.list);
}

static bool shall_end(void *arg, struct str name)
{
	const struct ending *x = arg;

	return names_has(&x->ended, name);
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

bool evict_sessions(struct sync *s, const struct sessions *sessions,
		    bool check, struct findings *out,
		    struct missing_guard *guard)
{
	struct ending x = { .s = s, .out = out };
	struct names connected = { 0 };
	struct closed closed = { 0 };
	const struct session *session;
	const struct str *name;
	bool guarded;

	list_connected(sessions, &connected);
	list_closed(s, &connected, &closed);
	*guard = count_missing(s, &connected, &closed);
	guarded = missing_guard(s, guard, check);
	vec_each(name, &closed.killed.list)
		vec_push(&x.ended.list, *name);
	if (!guarded)
		vec_each(name, &closed.missing.list)
			vec_push(&x.ended.list, *name);
	names_sort(&x.ended);
	vec_each(session, &sessions->list)
		if (session->source == SESSION_MANAGEMENT)
			end_of_server(&x, session, check);
	vec_fini(&x.ended.list);
	closed_fini(&closed);
	vec_fini(&connected.list);
	return guarded;
}

void evict_all(struct sync *s, struct findings *out)
{
	struct diag *d = &s->cli->diag;
	struct sessions sessions = { 0 };
	const struct instance *in;
	struct missing_guard guard;
	char *text;

	vec_each(in, &s->compile.load.conf.instances)
		if (in->management)
			session_ask(in, &s->compile.load.sources,
				    vec_add(&sessions.list), d);
	if (evict_sessions(s, &sessions, false, out, &guard)) {
		text = missing_guard_text(&guard);
		diag_error(d, LOC_NONE, 0, "%s", text);
		free(text);
	}
	sessions_fini(&sessions);
}
