/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose an address is, and whose it becomes.
 */
#include "config.h"

#include "cli/hook/hook_part.h"
#include "cli/server/interfaces.h"

void hook_add_owners(struct hook_call *h, const struct endpoint *addr,
		     struct affected *c)
{
	struct live live;
	struct str name;
	size_t pos = 0;

	for (;;) {
		live = live_claim(&h->sync.view, addr, &pos);
		if (!live.line.p)
			break;
		if (live.name.n)
			vec_push(&c->names, live.name);
	}
	for (pos = 0;;) {
		name = state_static_owner(&h->sync.state, addr, &pos);
		if (!name.p)
			break;
		vec_push(&c->names, name);
	}
}

struct live hook_own_net(const struct hook_call *h, const struct prefix *host)
{
	struct str server = str_of(hook_server(h));
	struct live live, found = { 0 };
	size_t pos = 0;

	for (;;) {
		live = live_of_name(&h->sync.view, h->name, &pos);
		if (!live.line.p)
			return found;
		if (!live.addr.is_mac && !prefix_is_host(&live.addr.net) &&
		    str_equal(live.instance, server) &&
		    prefix_covers(&live.addr.net, host) &&
		    (!found.line.p ||
		     live.addr.net.len > found.addr.net.len))
			found = live;
	}
}

static bool is_anothers(struct hook_call *h, const struct endpoint *addr)
{
	struct affected owners = { 0 };
	const struct str *owner;
	bool others = false;

	hook_add_owners(h, addr, &owners);
	vec_each(owner, &owners.names)
		others |= !str_equal(*owner, h->name);
	vec_fini(&owners.names);
	return others;
}

bool hook_is_covered(struct hook_call *h, const struct endpoint *addr)
{
	struct endpoint part = *addr;
	struct live net;

	if (addr->is_mac || !prefix_is_host(&addr->net))
		return false;
	net = hook_own_net(h, &addr->net);
	if (!net.line.p)
		return false;
	/* its owner may be away: OpenVPN gives the host to this client then */
	for (; part.net.len > net.addr.net.len; part.net.len--) {
		prefix_mask(&part.net);
		if (is_anothers(h, &part))
			return false;
	}
	return true;
}

struct live hook_unknown_claim(const struct hook_call *h,
			       const struct endpoint *addr)
{
	struct live live;
	size_t pos = 0;

	do
		live = live_claim(&h->sync.view, addr, &pos);
	while (live.line.p && !conf_lacks_server(&h->sync.compile.load.conf,
						 live.instance));
	return live;
}

static bool is_good(const struct hook_call *h, struct str server)
{
	const struct instance *in;

	vec_each(in, &h->sync.compile.load.conf.instances)
		if (str_equal(str_of(in->name), server))
			return !in->bad;
	return false;
}

void hook_say_rival(struct hook_call *h, const struct endpoint *addr)
{
	struct diag *d = &h->sync.cli->diag;
	char text[ADDR_TEXT];
	struct live live;
	size_t pos = 0;

	do
		live = live_claim(&h->sync.view, addr, &pos);
	while (live.line.p && (str_equal(live.name, h->name) ||
			       !is_good(h, live.instance)));
	if (!live.line.p || addr->is_mac)
		return;
	d->quiet = false;
	diag_warn(d, LOC_NONE,
		  "%s belongs to \"%.*s\" at \"%s\" and to \"%.*s\" at \"%.*s\": it is nobody's until one of them leaves",
		  endpoint_format(addr, text), STR_ARG(h->name),
		  hook_server(h), STR_ARG(live.name), STR_ARG(live.instance));
	d->quiet = true;
}

/* The next binding of ADDR at this server. */
static struct live next_own(const struct hook_call *h,
			    const struct endpoint *addr, size_t *pos)
{
	struct live live;

	do
		live = live_claim(&h->sync.view, addr, pos);
	while (live.line.p &&
	       !str_equal(live.instance, str_of(hook_server(h))));
	return live;
}

bool hook_has_several(const struct hook_call *h, const struct endpoint *addr)
{
	size_t pos = 0;

	return next_own(h, addr, &pos).line.p && next_own(h, addr, &pos).line.p;
}

/* The kernel that forwards for the server lets nobody take an address from whom
 * it has, but OpenVPN tells the hook so all the same. */
static bool is_disputed(const struct hook_call *h, const struct endpoint *addr)
{
	struct live live;
	size_t pos = 0;

	if (!h->instance || addr->is_mac || !prefix_is_host(&addr->net))
		return false;
	do
		live = next_own(h, addr, &pos);
	while (live.line.p && str_equal(live.name, h->name));
	return live.line.p &&
	       interfaces_dco(h->instance, h->sync.cli->env.dev);
}

void hook_set_owner(struct hook_call *h, const struct endpoint *addr,
		    bool update)
{
	struct str server = str_of(hook_server(h));
	struct live live = live_at(&h->sync.view, addr, server), other;
	const struct live own = {
		.addr = *addr, .name = h->name, .instance = server,
		.since = h->sync.view.now, .stale_delete_due = update,
	};

	if (live.line.p && str_equal(live.name, h->name) &&
	    (live.stale_delete_due || !update))
		return;
	while ((other = hook_unknown_claim(h, addr)).line.p)
		live_remove(&h->sync.view, other);
	if (is_disputed(h, addr))
		live_dispute(&h->sync.view, &own);
	else
		live_add(&h->sync.view, &own);
	hook_say_rival(h, addr);
}
