/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/verdict.h"

#include "compiler/base/digest.h"

/* A linear search of lists up to this length is faster than the index. */
#define SHORT_LIST 16

/* The address of a list is its key, so a client may be copied. */
struct verdict_slot {
	const struct pf_peer *list;
	const struct pf_peer *peer;
};

static bool is_indexed(const struct client *client)
{
	return client->pf.peers.n > SHORT_LIST;
}

/* The slot of NAME in LIST, or the free slot for it. */
static struct verdict_slot *find_slot(const struct verdict_index *ix,
				      const struct pf_peer *list,
				      struct str name)
{
	uint64_t h = digest_bytes((uintptr_t)list, name.p, name.n);
	struct verdict_slot *slot;

	for (;; h++) {
		slot = &ix->slots[h & (ix->room - 1)];
		if (!slot->list || (slot->list == list &&
				    str_equal(slot->peer->name, name)))
			return slot;
	}
}

static void make_room(struct verdict_index *ix, size_t n)
{
	struct verdict_index old = *ix;
	struct verdict_slot *slot;
	size_t i;

	while (2 * (ix->used + n) > ix->room)
		ix->room = ix->room ? 2 * ix->room : 64;
	if (ix->room == old.room)
		return;
	ix->slots = mem_zalloc(ix->room, sizeof(*ix->slots));
	for (i = 0; i < old.room; i++) {
		slot = &old.slots[i];
		if (slot->list)
			*find_slot(ix, slot->list, slot->peer->name) = *slot;
	}
	free(old.slots);
}

void verdict_index_add(struct verdict_index *ix, const struct client *client)
{
	const struct pf_peer *list = client->pf.peers.v, *peer;
	struct verdict_slot *slot;

	if (!is_indexed(client))
		return;
	make_room(ix, client->pf.peers.n);
	vec_each(peer, &client->pf.peers) {
		slot = find_slot(ix, list, peer->name);
		if (slot->list)
			continue;
		*slot = (struct verdict_slot){ list, peer };
		ix->used++;
	}
}

void verdict_index_fini(struct verdict_index *ix)
{
	free(ix->slots);
	*ix = (struct verdict_index){ 0 };
}

static const struct pf_peer *find_peer(const struct verdict_index *ix,
				       const struct client *client,
				       struct str name)
{
	const struct pf_peer *peer;

	if (ix->room && is_indexed(client))
		return find_slot(ix, client->pf.peers.v, name)->peer;
	vec_each(peer, &client->pf.peers)
		if (str_equal(peer->name, name))
			return peer;
	return NULL;
}

/* A client without a policy, or whose server is shut, denies all. */
static struct verdict closed(const struct client *client)
{
	struct verdict v = { .client = client };

	v.why = client_state_name(client ? client->state : CLIENT_NO_FILE);
	if (client && client->state == CLIENT_KILL)
		v.at = client->pf.end;
	if (client && client->state == CLIENT_OPEN) {
		v.why = "server shut";
		v.at = client->shut->at;
	}
	return v;
}

static bool is_open(const struct client *client)
{
	return client && client->state == CLIENT_OPEN && !client->shut;
}

static void set_default(struct verdict *v, bool accept, struct loc at)
{
	v->accept = accept;
	v->at = at;
	v->why = at.src ? "default" : "section missing";
}

static void set_rule(struct verdict *v, bool accept, struct loc at)
{
	v->accept = accept;
	v->at = at;
	v->why = "rule";
}

struct verdict verdict_client(const struct verdict_index *ix,
			      const struct client *client, struct str peer)
{
	struct verdict v = { .client = client, .list = "CLIENTS" };
	const struct pf_peer *rule;

	if (!is_open(client))
		return closed(client);
	if (!peer.n) {
		v.why = "no name";
		return v;
	}
	rule = find_peer(ix, client, peer);
	if (rule)
		set_rule(&v, rule->accept, rule->at);
	else
		set_default(&v, client->pf.clients_accept,
			    client->pf.clients_at);
	return v;
}

bool verdict_pair(const struct verdict_index *ix, const struct client *a,
		  const struct client *b, struct verdict *va,
		  struct verdict *vb)
{
	*va = verdict_client(ix, a, b ? b->name : STR(""));
	*vb = verdict_client(ix, b, a ? a->name : STR(""));
	return va->accept && vb->accept;
}

static bool holds(const struct prefix *net, const struct prefix *addr)
{
	if (addr && addr->family == net->family)
		return prefix_contains(net, &addr->addr);
	if (addr && addr->family == FAMILY_IP4)
		return false;
	return prefix_holds_unknown(net);
}

/* Is ADDR an address of this host's own, in the tunnel, and NET wider than these
 * addresses?  Such a line, as the default, lets no packet pass. */
static bool is_too_wide(const struct prefix *net, const struct prefix *addr)
{
	const struct prefix loopback = addr ? prefix_loopback(addr->family)
					    : (struct prefix){ 0 };

	return addr && prefix_contains(&loopback, &addr->addr) &&
	       (!net || net->family != addr->family ||
		net->len < loopback.len);
}

static bool is_among(unsigned int port, const struct pf_ports *ports)
{
	return port >= ports->from && port <= ports->to;
}

static bool service_fits(const struct pf_service *s,
			 const struct service_key *key)
{
	const struct pf_ports *ports;

	if (s->proto != PF_PROTO_ANY && s->proto != key->proto)
		return false;
	if (!s->ports.n && !s->client_ports.to)
		return true;
	if (!key->has_port || (key->has_client_port && s->client_ports.to &&
			       !is_among(key->client_port, &s->client_ports)))
		return false;
	vec_each(ports, &s->ports)
		if (is_among(key->port, ports))
			return true;
	return !s->ports.n;
}

struct verdict verdict_addr(const struct client *client,
			    const struct prefix *addr,
			    const struct service_key *key)
{
	struct verdict v = { .client = client, .list = "SERVICES" };
	const struct pf_service *service;
	const struct pf_subnet *subnet;

	if (!is_open(client))
		return closed(client);
	if (key->known) {
		vec_each(service, &client->pf.services) {
			if (!holds(&service->net, addr) ||
			    !service_fits(service, key) ||
			    (service->accept &&
			     is_too_wide(&service->net, addr)))
				continue;
			set_rule(&v, service->accept, service->at);
			if (!key->has_client_port)
				v.client_ports = service->client_ports;
			return v;
		}
	}
	v.list = "SUBNETS";
	vec_each(subnet, &client->pf.subnets) {
		if (!holds(&subnet->net, addr) ||
		    (subnet->accept && is_too_wide(&subnet->net, addr)))
			continue;
		set_rule(&v, subnet->accept, subnet->at);
		return v;
	}
	set_default(&v, client->pf.subnets_accept, client->pf.subnets_at);
	if (v.accept && is_too_wide(NULL, addr)) {
		v.accept = false;
		v.why = "loopback";
	}
	return v;
}
