/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/evict.h"

struct ending {
	struct sync *s;
	struct findings *out;
	const struct instance *in;
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

/* A bad file is a mistake and does not end a connection. */
static bool is_closed(void *arg, struct str name)
{
	struct ending *x = arg;
	enum client_state state;

	return find_state(x->s, name, &state) &&
	       (state == CLIENT_KILL || state == CLIENT_NO_FILE);
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

static void end_of_server(struct ending *x)
{
	session_end(x->in, &x->s->compile.load.sources, is_closed,
		    tell_ended, x, &x->s->cli->diag);
}

void evict_sessions(struct sync *s, const struct session *session, bool check,
		    struct findings *out)
{
	struct ending x = { .s = s, .out = out, .in = session->in };
	const struct ovstatus_client *c;
	bool any = false;

	if (session->source == SESSION_UNKNOWN || !session->in->management)
		return;
	vec_each(c, &session->status.clients) {
		if (!is_closed(&x, c->name) ||
		    !session_has_routes(&session->status, c->name))
			continue;
		any = true;
		if (check)
			tell(&x, c->name, "");
	}
	if (any && !check)
		end_of_server(&x);
}

void evict_all(struct sync *s, struct findings *out)
{
	struct ending x = { .s = s, .out = out };

	vec_each(x.in, &s->compile.load.conf.instances)
		if (x.in->management)
			end_of_server(&x);
}
