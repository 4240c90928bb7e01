/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server's status has a time; hook calls after this time are newer and are
 * kept.
 */
#include "config.h"

#include "cli/sync/drift.h"

#include "cli/server/interfaces.h"

struct look {
	struct sync *s;
	const struct session *session;
	bool alone;		/* the only OpenVPN server */
	bool dco;		/* the kernel forwards for it: several clients
				 * may hold an address */
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

/* NULL: none. */
static const struct ovstatus_route *find_route(const struct look *x,
					       const struct endpoint *addr)
{
	const struct ovstatus_route key = { .addr = *addr };

	return !x->routes.n ? NULL : bsearch(&key, x->routes.v, x->routes.n,
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

/* Does the client of LIVE hold its address?  Where the kernel forwards, so does
 * who is connected with it, whatever the routing table says. */
static bool is_held(const struct look *x, const struct live *live)
{
	const struct ovstatus_route *r = find_route(x, &live->addr);

	while (r && r > x->routes.v && !cmp_routes(r - 1, r))
		r--;
	for (; r && r < vec_end(&x->routes); r++) {
		if (endpoint_cmp(&r->addr, &live->addr))
			break;
		if (str_equal(r->name, live->name))
			return true;
	}
	return false;
}

/* With dev tap the server lists hardware addresses only; other addresses belong
 * to the connected clients. */
static bool is_told(const struct look *x, const struct live *live)
{
	if (x->dco)
		return is_held(x, live);
	if (find_route(x, &live->addr))
		return true;
	return x->session->in->tap && !live->addr.is_mac &&
	       is_connected(x, live->name);
}

static bool is_claimed(const struct look *x, const struct endpoint *addr)
{
	size_t pos = 0;

	return live_claim(&x->s->view, addr, &pos).line.p;
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
	bool changes = !is_static(x, &live.addr, live.name);
	char addr[ADDR_TEXT];

	live_remove(&x->s->view, live);
	if (changes || is_claimed(x, &live.addr))
		findings_add(x->out, "binding-gone",
			     "%s was bound to \"%.*s\", who is not connected to \"%s\" with it",
			     endpoint_format(&live.addr, addr),
			     STR_ARG(live.name), x->session->in->name);
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

/* Where the kernel forwards, each of several holds it. */
static void take_holder(struct look *x, const struct ovstatus_route *r)
{
	struct live_view *view = &x->s->view;
	struct str server = str_of(x->session->in->name);
	struct live live = live_of(view, &r->addr, r->name);
	char addr[ADDR_TEXT];

	if ((live.line.p && !is_unknown(x->s, live.instance) &&
	     str_equal(live.instance, server)) ||
	    is_newer(x, live_free_since(view, &r->addr, server)))
		return;
	if (!live.line.p &&
	    (is_claimed(x, &r->addr) || !is_static(x, &r->addr, r->name)))
		findings_add(x->out, "binding-missing",
			     "\"%.*s\" is connected to \"%s\" with %s, which no hook has reported",
			     STR_ARG(r->name), x->session->in->name,
			     endpoint_format(&r->addr, addr));
	live_dispute(view, &(struct live){
		.addr = r->addr, .name = r->name, .instance = server,
		.since = x->session->at,
	});
}

/* A dispute of before, which this server cannot have. */
static bool has_dispute(const struct look *x, const struct ovstatus_route *r)
{
	struct str server = str_of(x->session->in->name);
	unsigned int n = 0;
	struct live live;
	size_t pos = 0;

	while ((live = live_claim(&x->s->view, &r->addr, &pos)).line.p) {
		if (is_newer(x, live.since))
			return false;
		n += str_equal(live.instance, server);
	}
	return n > 1;
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
	if (has_dispute(x, r))
		;
	else if (known ? str_equal(live.name, r->name) || is_newer(x, live.since)
		  : is_newer(x, live_free_since(view, &r->addr, server)))
		return;
	if (known || is_claimed(x, &r->addr) || !is_static(x, &r->addr, r->name))
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

static void add_address(struct look *x, struct str name, struct str text)
{
	struct ovstatus_route r = { .name = name };

	if (!endpoint_parse(text, &r.addr) && !r.addr.is_mac)
		vec_push(&x->routes, r);
}

/* A status without addresses does not tell against what is known of a client
 * who is connected. */
static void add_holder(struct look *x, const struct ovstatus_client *c)
{
	struct live live;
	size_t pos = 0;

	add_address(x, c->name, c->addr4);
	add_address(x, c->name, c->addr6);
	if (x->session->status.version != 1)
		return;
	while ((live = live_of_name(&x->s->view, c->name, &pos)).line.p)
		if (is_server(x, live.instance))
			vec_push(&x->routes, ((struct ovstatus_route){
				.name = c->name, .addr = live.addr }));
}

static void begin(struct sync *s, const struct session *session,
		  struct findings *out, struct look *x)
{
	const struct ovstatus_client *c;
	const struct ovstatus_route *r;

	*x = (struct look){
		.s = s, .session = session, .out = out,
		.alone = count_servers(&s->compile.load.conf) == 1,
	};
	x->dco = session->status.dco || interfaces_dco(session->in, NULL);
	vec_each(r, &session->status.routes)
		vec_push(&x->routes, *r);
	if (x->dco)
		vec_each(c, &session->status.clients)
			add_holder(x, c);
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
		if (x.dco)
			take_holder(&x, r);
		else
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
