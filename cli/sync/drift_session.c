/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a server says was so at a time, and what its hooks have said since then
 * is newer: that stays.
 */
#include "config.h"

#include "cli/sync/drift.h"

#include "compiler/base/name.h"

/* A route, and the text under which it stands in the live table. */
struct route {
	char addr[ADDR_TEXT];
	struct str name;
};

struct look {
	struct sync *s;
	const struct session *session;
	bool alone;		/* the only OpenVPN server */
	VEC(struct route) routes;	/* by address */
	struct findings *out;
};

static void add_route(struct look *x, const struct ovstatus_route *from)
{
	struct route *r = vec_add(&x->routes);

	r->name = from->name;
	endpoint_format(&from->addr, r->addr);
}

static int cmp_routes(const void *a, const void *b)
{
	return strcmp(((const struct route *)a)->addr,
		      ((const struct route *)b)->addr);
}

static bool is_server(const struct look *x, struct str instance)
{
	return str_equal(instance, str_of(x->session->in->name)) ||
	       (x->alone && str_equal(instance, STR("-")));
}

/* Has the hook spoken after the server did? */
static bool is_newer(const struct look *x, long long when)
{
	return when >= x->session->at && when <= x->s->view.now;
}

static bool has_route(const struct look *x, struct str addr)
{
	struct route key;

	if (addr.n >= sizeof(key.addr) || !x->routes.n)
		return false;
	memcpy(key.addr, addr.p, addr.n);
	key.addr[addr.n] = '\0';
	return bsearch(&key, x->routes.v, x->routes.n, sizeof(key),
		       cmp_routes);
}

static bool is_connected(const struct look *x, struct str name)
{
	const struct ovstatus_client *c;

	vec_each(c, &x->session->status.clients)
		if (str_equal(c->name, name))
			return true;
	return false;
}

/* Of dev tap the server knows hardware addresses; the others are those of who
 * is connected. */
static bool is_told(const struct look *x, struct live live, const char *name)
{
	struct prefix net;

	if (has_route(x, live.addr))
		return true;
	return x->session->in->tap && !prefix_parse(live.addr, &net) &&
	       is_connected(x, str_of(name));
}

static void drop_gone(struct look *x)
{
	struct str line = { NULL, 0 };
	struct live live;
	char *name;

	for (;;) {
		live = live_next(&x->s->view, &line);
		if (!live.line.p)
			break;
		if (!is_server(x, live.instance) || is_newer(x, live.since))
			continue;
		name = name_unmangle(live.name);
		if (name && !is_told(x, live, name)) {
			findings_add(x->out, "binding-gone",
				     "%.*s was bound to \"%s\", who is not connected to \"%s\" with it",
				     STR_ARG(live.addr), name,
				     x->session->in->name);
			live_remove(&x->s->view, live);
		}
		free(name);
	}
}

/* Do the files say the same? */
static bool is_static(const struct look *x, struct str addr, struct str name)
{
	struct str owner;
	size_t pos = 0;

	do {
		owner = state_static_owner(&x->s->state, addr, &pos);
		if (owner.p && str_equal(owner, name))
			return true;
	} while (owner.p);
	return false;
}

static void take_route(struct look *x, const struct route *r)
{
	struct live_view *view = &x->s->view;
	struct str addr = str_of(r->addr);
	char *name = name_mangle(r->name);
	struct live live = live_owner(view, addr);
	bool known = live.line.p;

	if (known ? str_equal(live.name, str_of(name)) ||
		    is_newer(x, live.since)
		  : is_static(x, addr, str_of(name)) ||
		    is_newer(x, live_free_since(view, addr))) {
		free(name);
		return;
	}
	findings_add(x->out, known ? "binding-changed" : "binding-missing",
		     "%s is \"%.*s\" on \"%s\"%s%.*s", r->addr,
		     STR_ARG(r->name), x->session->in->name,
		     known ? ", and was bound to " : ", and no hook has said so",
		     known ? (int)live.name.n : 0, known ? live.name.p : "");
	live_add(view, &(struct live){
		.addr = addr, .name = str_of(name),
		.instance = str_of(x->session->in->name),
		.since = x->session->at,
	});
	free(name);
}

static unsigned int count_servers(const struct conf *conf)
{
	const struct instance *in;
	unsigned int n = 0;

	vec_each(in, &conf->instances)
		n += !in->ipsec;
	return n;
}

void drift_of_session(struct sync *s, const struct session *session,
		      struct findings *out)
{
	struct look x = {
		.s = s, .session = session, .out = out,
		.alone = count_servers(&s->compile.load.conf) == 1,
	};
	const struct ovstatus_route *from;
	const struct route *r;

	if (session->source == SESSION_UNKNOWN)
		return;
	vec_each(from, &session->status.routes)
		add_route(&x, from);
	vec_sort(&x.routes, cmp_routes);
	drop_gone(&x);
	vec_each(r, &x.routes)
		take_route(&x, r);
	vec_fini(&x.routes);
}
