/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server's status has a time; hook calls after this time are newer and are
 * kept.
 */
#include "config.h"

#include "cli/sync/drift.h"

struct look {
	struct sync *s;
	const struct session *session;
	bool alone;		/* the only OpenVPN server */
	VEC(struct ovstatus_route) routes;	/* by address */
	struct findings *out;
};

static int cmp_routes(const void *a, const void *b)
{
	return endpoint_cmp(&((const struct ovstatus_route *)a)->addr,
			    &((const struct ovstatus_route *)b)->addr);
}

static bool is_unknown(const struct sync *s, struct str instance)
{
	return conf_lacks_server(&s->compile.load.conf, instance);
}

static bool is_server(const struct look *x, struct str instance)
{
	return str_equal(instance, str_of(x->session->in->name)) ||
	       (x->alone && is_unknown(x->s, instance));
}

/* Is the hook's call newer than the status? */
static bool is_newer(const struct look *x, long long when)
{
	return when >= x->session->at && when <= x->s->view.now;
}

static bool has_route(const struct look *x, const struct endpoint *addr)
{
	const struct ovstatus_route key = { .addr = *addr };

	return x->routes.n && bsearch(&key, x->routes.v, x->routes.n,
				      sizeof(key), cmp_routes);
}

static bool is_connected(const struct look *x, struct str name)
{
	const struct ovstatus_client *c;

	vec_each(c, &x->session->status.clients)
		if (str_equal(c->name, name))
			return true;
	return false;
}

/* With dev tap the server lists hardware addresses only; other addresses belong
 * to the connected clients. */
static bool is_told(const struct look *x, const struct live *live)
{
	if (has_route(x, &live->addr))
		return true;
	return x->session->in->tap && !live->addr.is_mac &&
	       is_connected(x, live->name);
}

/* Do the files say the same? */
static bool is_static(const struct look *x, const struct endpoint *addr,
		      struct str name)
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

/* What the files say, too, is no change, but a file that changes then takes
 * nothing from whom the server names. */
static void drop(struct look *x, struct live live)
{
	char addr[ADDR_TEXT];

	if (!is_static(x, &live.addr, live.name))
		findings_add(x->out, "binding-gone",
			     "%s was bound to \"%.*s\", who is not connected to \"%s\" with it",
			     endpoint_format(&live.addr, addr),
			     STR_ARG(live.name), x->session->in->name);
	live_remove(&x->s->view, live);
}

static void drop_gone(struct look *x)
{
	struct str line = { NULL, 0 };
	struct live live;

	for (;;) {
		live = live_next(&x->s->view, &line);
		if (!live.line.p)
			break;
		if (is_server(x, live.instance) &&
		    !is_newer(x, live.since) && !is_told(x, &live))
			drop(x, live);
	}
}

/* What is known of the address of R: at this server, or at one that is not
 * known, or of the same client at another server. */
static struct live known_claim(const struct look *x,
			       const struct ovstatus_route *r)
{
	const struct live_view *view = &x->s->view;
	struct live live = live_at(view, &r->addr, str_of(x->session->in->name));
	size_t pos = 0;

	if (live.line.p)
		return live;
	do
		live = live_claim(view, &r->addr, &pos);
	while (live.line.p && !is_unknown(x->s, live.instance));
	return live.line.p ? live : live_of(view, &r->addr, r->name);
}

static bool is_claimed(const struct look *x,
				  const struct ovstatus_route *r)
{
	size_t pos = 0;

	return live_claim(&x->s->view, &r->addr, &pos).line.p;
}

static void take_route(struct look *x, const struct ovstatus_route *r)
{
	struct live_view *view = &x->s->view;
	struct str server = str_of(x->session->in->name);
	struct live live = known_claim(x, r);
	bool known = live.line.p;
	char addr[ADDR_TEXT];

	/* the server of this binding is known now */
	if (known && str_equal(live.name, r->name) &&
	    is_unknown(x->s, live.instance)) {
		live.instance = server;
		live_add(view, &live);
		return;
	}
	if (known ? str_equal(live.name, r->name) || is_newer(x, live.since)
		  : is_newer(x, live_free_since(view, &r->addr, server)))
		return;
	if (known || is_claimed(x, r) || !is_static(x, &r->addr, r->name))
		findings_add(x->out,
			     known ? "binding-changed" : "binding-missing",
			     "%s is \"%.*s\" on \"%s\"%s%.*s",
			     endpoint_format(&r->addr, addr), STR_ARG(r->name),
			     x->session->in->name,
			     known ? ", and was bound to "
				   : ", which no hook has reported",
			     known ? (int)live.name.n : 0,
			     known ? live.name.p : "");
	if (known && is_unknown(x->s, live.instance))
		live_remove(view, live);
	live_add(view, &(struct live){
		.addr = r->addr, .name = r->name, .instance = server,
		.since = x->session->at,
	});
}

static unsigned int count_servers(const struct conf *conf)
{
	const struct instance *in;
	unsigned int n = 0;

	vec_each(in, &conf->instances)
		n += !in->ipsec;
	return n;
}

static void begin(struct sync *s, const struct session *session,
		  struct findings *out, struct look *x)
{
	const struct ovstatus_route *r;

	*x = (struct look){
		.s = s, .session = session, .out = out,
		.alone = count_servers(&s->compile.load.conf) == 1,
	};
	vec_each(r, &session->status.routes)
		vec_push(&x->routes, *r);
	vec_sort(&x->routes, cmp_routes);
}

void drift_of_session(struct sync *s, const struct session *session,
		      struct findings *out)
{
	const struct ovstatus_route *r;
	struct look x;

	if (session->source == SESSION_UNKNOWN)
		return;
	begin(s, session, out, &x);
	drop_gone(&x);
	vec_each(r, &x.routes)
		take_route(&x, r);
	vec_fini(&x.routes);
}

/* Does any of the servers LOOKS tell of LIVE, or was a hook later? */
static bool is_told_by_any(const struct look *looks, size_t n,
		       const struct live *live)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_newer(&looks[i], live->since) ||
		    is_told(&looks[i], live))
			return true;
	return false;
}

void drift_of_unclaimed(struct sync *s, const struct session *sessions,
			size_t n, struct findings *out)
{
	struct look *looks = mem_zalloc(n + 1, sizeof(*looks));
	struct str line = { NULL, 0 };
	bool known = n > 1;
	struct live live;
	size_t i;

	for (i = 0; i < n; i++) {
		begin(s, &sessions[i], out, &looks[i]);
		known = known && sessions[i].source != SESSION_UNKNOWN;
	}
	while (known && (live = live_next(&s->view, &line)).line.p)
		if (is_unknown(s, live.instance) &&
		    !is_told_by_any(looks, n, &live))
			drop(&looks[0], live);
	for (i = 0; i < n; i++)
		vec_fini(&looks[i].routes);
	free(looks);
}
