/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/shut.h"

const struct shut *shut_find(const struct policy *p, struct str server)
{
	const struct shut *s;

	vec_each(s, &p->shut)
		if (str_equal(s->name, server))
			return s;
	return NULL;
}

/* It may be any of several. */
static bool is_any(const struct policy *p, struct str server)
{
	return !p->vpns.n || !server.n || str_equal(server, STR("-"));
}

bool shut_counts(const struct policy *p, struct str server)
{
	int i = policy_vpn_of(p, server);

	if (shut_find(p, server))
		return false;
	return i < 0 ? is_any(p, server) : !p->vpns.v[i].shut;
}

/* Does SERVER, or TAP: a hardware address of it, not count? */
static bool is_away(struct policy *p, struct str server, bool tap,
		    struct diag *d)
{
	int i = policy_vpn_of(p, server);

	if (i < 0 && !is_any(p, server) && !shut_find(p, server)) {
		vec_push(&p->shut, ((struct shut){
			.name = server, .unknown = true }));
		diag_warn(d, LOC_NONE,
			  "no section is called \"%.*s\": the addresses that it has given are nobody's until a hook or a server tells whose",
			  STR_ARG(server));
	}
	return shut_find(p, server) ||
	       (i >= 0 && (p->vpns.v[i].shut || (tap && !p->vpns.v[i].tap)));
}

void shut_find_away(struct policy *p, struct diag *d)
{
	struct mac_binding *m;
	struct binding *b;

	vec_each(b, &p->bindings)
		b->away = is_away(p, b->instance, false, d);
	vec_each(m, &p->macs)
		m->away = is_away(p, m->instance, true, d);
}

void shut_drop(struct policy *p)
{
	const struct mac_binding *m;
	const struct binding *b;
	size_t n = 0;

	vec_each(b, &p->bindings)
		if (b->away)
			vec_push(&p->gone, *b);
		else
			p->bindings.v[n++] = *b;
	p->bindings.n = n;
	n = 0;
	vec_each(m, &p->macs)
		if (m->away)
			vec_push(&p->gone_macs, *m);
		else
			p->macs.v[n++] = *m;
	p->macs.n = n;
}

static bool is_all_shut(const struct policy *p)
{
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		if (!vpn->shut)
			return false;
	return p->shut.n;
}

/* SERVER has client number I of FILES. */
static void mark(struct policy *p, const struct policy *files, size_t i,
		 struct str server)
{
	const struct shut *s = shut_find(p, server);
	struct client *c = s ? policy_find(p, files->clients.v[i].name) : NULL;

	if (c && !c->shut)
		c->shut = s;
}

static void mark_all(struct policy *p, const struct policy *files)
{
	const struct mac_binding *m;
	const struct binding *b;

	vec_each(b, &files->gone)
		mark(p, files, b->client, b->instance);
	vec_each(m, &files->gone_macs)
		mark(p, files, m->client, m->instance);
	vec_each(b, &files->bindings)
		mark(p, files, b->client, b->instance);
}

void shut_mark(struct policy *p, const struct policy *files)
{
	const struct mac_binding *m;
	const struct binding *b;
	struct client *c;

	if (!p->shut.n)
		return;
	mark_all(p, p);
	if (files)
		mark_all(p, files);
	vec_each(b, &p->bindings)
		p->clients.v[b->client].shut = NULL;
	vec_each(m, &p->macs)
		p->clients.v[m->client].shut = NULL;
	p->all_shut = is_all_shut(p);
	if (p->all_shut)
		vec_each(c, &p->clients)
			c->shut = c->shut ? c->shut : p->shut.v;
}

const struct binding *shut_owner(const struct policy *p,
				 const struct prefix *addr)
{
	const struct binding *b, *found = NULL;

	vec_each(b, &p->gone)
		if (b->net.family == addr->family &&
		    prefix_contains(&b->net, &addr->addr) &&
		    (!found || b->net.len > found->net.len))
			found = b;
	return found;
}

char *shut_text(const struct shut *s)
{
	char place[512];

	if (str_equal(s->name, STR("-")))
		return mem_printf("it is not known at which server, and one that is shut may be it");
	if (s->unknown)
		return mem_printf("no section is called \"%.*s\"",
				  STR_ARG(s->name));
	loc_format(s->at, place, sizeof(place));
	return mem_printf("server %.*s is shut: its configuration is bad%s%s",
			  STR_ARG(s->name), *place ? ": " : "", place);
}
