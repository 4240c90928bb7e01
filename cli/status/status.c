/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/base/names.h"
#include "compiler/query/client_lookup.h"
#include "compiler/state/live.h"

static int cmp_clients(const void *a, const void *b)
{
	return str_cmp(((const struct status_client *)a)->name,
		       ((const struct status_client *)b)->name);
}

struct status_client *status_find(const struct status *o, struct str name)
{
	const struct status_client key = { .name = name };

	return o->clients.n ? bsearch(&key, o->clients.v, o->clients.n,
				      sizeof(key), cmp_clients) : NULL;
}

static bool keeps_old(struct status *o, const struct client *c)
{
	struct client old = { 0 };
	bool keeps = o->compile.has_state &&
		     compile_keeps(&o->compile.state, c, &old);

	pffile_fini(&old.pf);
	return keeps;
}

static void add_client(struct status *o, const struct client *c)
{
	struct status_client row = {
		.name = c->name, .state = c->state,
		.keeps = keeps_old(o, c), .shut = c->shut,
		.file = c->file ? c->file->name : NULL,
	};

	vec_push(&o->clients, row);
}

static void ask_servers(struct cli *cli, struct status *o)
{
	const struct instance *in;

	vec_each(in, &o->compile.load.conf.instances)
		if (!in->bad && (in->management || in->status))
			session_read(in, &o->compile.load.sources,
				     vec_add(&o->asked), &cli->diag);
}

static void add_strangers(struct status *o, const struct session *s,
			  const struct client_lookup *lookup)
{
	const struct ovstatus_client *sc;
	struct client spare;

	vec_each(sc, &s->status.clients)
		if (!policy_find(&o->compile.policy, sc->name) &&
		    !str_equal(sc->name, STR("UNDEF")))
			add_client(o, client_lookup_find(lookup, sc->name,
							 &spare));
}

/* All clients, also unknown ones that are connected. */
static void add_clients(struct status *o)
{
	const struct policy *p = &o->compile.policy;
	struct status_client *row;
	const struct session *s;
	const struct client *c;
	struct client_lookup lookup;
	size_t n = 0;

	vec_each(c, &p->clients)
		add_client(o, c);
	client_lookup_init(&lookup, &o->compile.load, p);
	vec_each(s, &o->asked)
		add_strangers(o, s, &lookup);
	client_lookup_fini(&lookup);
	vec_sort(&o->clients, cmp_clients);
	/* an unknown client may be connected twice */
	vec_each(row, &o->clients)
		if (!n || cmp_clients(&o->clients.v[n - 1], row))
			o->clients.v[n++] = *row;
	o->clients.n = n;
}

static bool is_asked(const struct status *o, struct str instance)
{
	const struct session *s;

	vec_each(s, &o->asked)
		if (s->source != SESSION_UNKNOWN &&
		    str_equal(str_of(s->in->name), instance))
			return true;
	return false;
}

static void set_connected(struct status_client *c, long long since)
{
	c->connected = true;
	if (since > 0 && (!c->since || since < c->since))
		c->since = since;
}

/* The hooks' information counts for a server that does not answer. */
static void add_live(struct status *o, struct status_client *c,
		     struct status_address *a)
{
	const struct live_view view = { .state = &o->compile.state };
	struct live live = live_at(&view, &a->addr, a->instance);

	if (live.line.p)
		a->since = live.since;
	if (!is_asked(o, a->instance))
		set_connected(c, a->since);
}

static void add_address(struct status *o, unsigned int client,
			struct status_address a)
{
	struct status_client *c;

	c = status_find(o, o->compile.policy.clients.v[client].name);
	if (a.source == BINDING_LIVE)
		add_live(o, c, &a);
	vec_push(&c->addresses, a);
}

static void add_addresses(struct status *o)
{
	const struct policy *p = &o->compile.policy;
	const struct mac_binding *m;
	const struct binding *b;
	struct status_address a;

	vec_each(b, &p->bindings) {
		a = (struct status_address){ .addr.net = b->net,
					     .source = b->source,
					     .instance = b->instance };
		add_address(o, b->client, a);
	}
	vec_each(m, &p->macs) {
		a = (struct status_address){ .addr.is_mac = true,
					     .source = BINDING_LIVE,
					     .instance = m->instance };
		memcpy(a.addr.mac, m->mac, sizeof(m->mac));
		add_address(o, m->client, a);
	}
}

static void add_session(struct status *o, const struct session *s,
			const struct ovstatus_client *sc)
{
	struct status_client *c = status_find(o, sc->name);

	if (!c)
		return;
	vec_push(&c->sessions, ((struct status_session){
		str_of(s->in->name), sc }));
	set_connected(c, sc->since);
}

static void add_sessions(struct status *o)
{
	const struct ovstatus_client *sc;
	const struct session *s;

	vec_each(s, &o->asked)
		if (s->source != SESSION_UNKNOWN)
			vec_each(sc, &s->status.clients)
				add_session(o, s, sc);
}

static bool is_at(const struct status_client *c, const char *server)
{
	const struct status_address *a;
	const struct status_session *s;

	vec_each(a, &c->addresses)
		if (str_equal(a->instance, str_of(server)))
			return true;
	vec_each(s, &c->sessions)
		if (str_equal(s->instance, str_of(server)))
			return true;
	return false;
}

static char *servers_of(const struct status *o, const struct status_client *c)
{
	const struct conf *conf = &o->compile.load.conf;
	const struct instance *in;
	char *out = mem_printf("%s", ""), *more;

	vec_each(in, &conf->instances) {
		if (in->bad ||
		    (conf->instances.n > 1 && !is_at(c, in->name)))
			continue;
		more = mem_printf("%s%s%s", out, *out ? "," : "", in->name);
		free(out);
		out = more;
	}
	return out;
}

static void name_servers(struct status *o)
{
	struct status_client *c;

	vec_each(c, &o->clients)
		c->servers = servers_of(o, c);
}

static bool is_known(const struct status *o, const struct ovstatus_route *r)
{
	const struct status_client *c = status_find(o, r->name);
	const struct status_address *a;

	if (c)
		vec_each(a, &c->addresses)
			if (!endpoint_cmp(&a->addr, &r->addr))
				return true;
	return false;
}

size_t status_count_unknown(const struct status *o, const struct session *s)
{
	struct names names = { 0 };
	const struct ovstatus_route *r;
	size_t n;

	vec_each(r, &s->status.routes)
		if (!is_known(o, r))
			vec_push(&names.list, r->name);
	names_sort(&names);
	n = names.list.n;
	vec_fini(&names.list);
	return n;
}

/* Counters that another program deleted from the kernel are lost. */
static struct count not_below_0(struct count c)
{
	return (struct count){ (int64_t)c.packets < 0 ? 0 : c.packets,
			       (int64_t)c.bytes < 0 ? 0 : c.bytes };
}

static void add_counts(struct status *o, const struct counters *counters)
{
	const struct client_count *found;
	struct status_client *c;

	vec_each(c, &o->clients) {
		found = counters_find(counters, c->name);
		if (!found)
			continue;
		c->allowed = not_below_0(found->allowed);
		c->denied = not_below_0(found->denied);
	}
}

static int count_kernel(const struct cli_handle *h, struct status *o,
			struct diag *d)
{
	struct counters counters = { 0 };
	struct kernel_ruleset rules;
	struct state state;
	uint32_t generation;
	int r;

	/* locked: else a hook could change both between the two reads */
	r = state_open(o->compile.load.conf.state_dir, false, &state, d);
	if (!r)
		r = h->backend->list(h->handle, &rules, &generation, d);
	if (!r) {
		h->backend->count(&rules, &counters);
		state_read_counters(&state, &counters);
		counters_sum(&counters);
		add_counts(o, &counters);
		counters_fini(&counters);
		kernel_ruleset_fini(&rules);
	}
	state_close(&state);
	return r;
}

/* Without the privilege to read counters the rest is still useful. */
static int read_counters(struct cli *cli, struct status *o)
{
	struct diag silent = { 0 };
	struct cli_handle h;
	int r = -ENODATA;

	if (!cli_backend(cli, &o->compile.load.conf))
		return -ENOENT;
	/* do not create the directory for this */
	if (o->compile.state.dirfd >= 0)
		r = cli_open_backend(cli, &o->compile.load.conf, &h, &silent);
	if (!r) {
		r = count_kernel(&h, o, &silent);
		h.backend->close(h.handle, false);
	}
	o->counted = !r;
	if (r)
		diag_warn(&cli->diag, LOC_NONE,
			  "packets and bytes are not known: %s",
			  r == -ENODATA ? "no rules were loaded"
					: strerror(-r));
	return 0;
}

int status_read(struct cli *cli, struct status *out)
{
	int r;

	*out = (struct status){ 0 };
	in_force_read(cli, false, &out->rules);
	r = cli_read(cli, CLI_ANY_DEV | COMPILE_TOLERANT | COMPILE_ASKED |
		     COMPILE_FOUND, &out->compile);
	if (r)
		return r;
	ask_servers(cli, out);
	add_clients(out);
	add_addresses(out);
	add_sessions(out);
	name_servers(out);
	return read_counters(cli, out);
}

void status_client_fini(struct status_client *c)
{
	vec_fini(&c->addresses);
	vec_fini(&c->sessions);
	free(c->servers);
}

void status_fini(struct status *o)
{
	struct status_client *c;
	struct session *s;

	vec_each(c, &o->clients)
		status_client_fini(c);
	vec_fini(&o->clients);
	vec_each(s, &o->asked)
		session_fini(s);
	vec_fini(&o->asked);
	compile_fini(&o->compile);
	in_force_fini(&o->rules);
}
