/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/evict.h"

struct ending {
	struct sync *s;
	struct findings *out;
	const struct instance *in;
};

/* A bad file is a mistake, for which nobody is thrown out. */
static bool is_closed(void *arg, struct str name)
{
	struct ending *x = arg;
	struct load *l = &x->s->compile.load;
	struct diag silent = { 0 };
	enum client_state state;
	struct client c;

	if (load_client(l, &l->conf, name, &c, &silent))
		return false;
	state = c.state;
	pffile_fini(&c.pf);
	return state == CLIENT_KILL || state == CLIENT_NO_FILE;
}

static void tell(struct ending *x, struct str name, const char *what)
{
	findings_add(x->out, "closed-client",
		     "\"%.*s\" may do nothing and was connected to \"%s\"%s",
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

	if (session->source == SESSION_UNKNOWN)
		return;
	vec_each(c, &session->status.clients) {
		if (!is_closed(&x, c->name) ||
		    !session_has_routes(&session->status, c->name))
			continue;
		any = true;
		if (check && x.in->management)
			tell(&x, c->name, "");
	}
	if (any && !check && x.in->management)
		end_of_server(&x);
}

void evict_all(struct sync *s, struct findings *out)
{
	struct ending x = { .s = s, .out = out };

	vec_each(x.in, &s->compile.load.conf.instances)
		if (x.in->management)
			end_of_server(&x);
}
