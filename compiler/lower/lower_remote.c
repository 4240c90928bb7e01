/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_remote.h"

#include <netinet/in.h>
#include <string.h>

#include "compiler/base/ranges.h"
#include "compiler/lower/lower_nft.h"

static void begin_rule(const struct remote_rules *f, bool accept, struct loc at)
{
	ruleset_add_rule(f->rs, accept ? f->allow : f->deny,
			 accept ? NULL : f->deny_target, at);
}

static void match_family(const struct remote_rules *f)
{
	ruleset_add_match(f->rs, MATCH_FAMILY)->family = (uint8_t)f->family;
}

/* Match NET; no match if NET is all addresses of the family. */
static void match_net(const struct remote_rules *f, const struct prefix *net)
{
	struct match *match;

	if (net->family != f->family || !net->len) {
		if (f->mixed)
			match_family(f);
		return;
	}
	match = ruleset_add_match(f->rs, MATCH_ADDR);
	match->family = net->family;
	match->field = (uint8_t)f->field;
	match->net = *net;
}

static int proto_number(enum pf_proto proto, unsigned int family)
{
	switch (proto) {
	case PF_PROTO_ANY:
		return -1;
	case PF_PROTO_TCP:
		return IPPROTO_TCP;
	case PF_PROTO_UDP:
		return IPPROTO_UDP;
	case PF_PROTO_SCTP:
		return IPPROTO_SCTP;
	case PF_PROTO_ICMP:
		return family == FAMILY_IP4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	}
	return -1;
}

static void match_ports(const struct remote_rules *f, int proto,
			enum field field, const struct pf_ports *ports)
{
	struct match *match = ruleset_add_match(f->rs, MATCH_PORT);

	match->proto = (uint8_t)proto;
	match->field = (uint8_t)field;
	match->from = ports->from;
	match->to = ports->to;
}

/* PORTS: of the remote end, or NULL.  The source port comes first. */
static void add_service(const struct remote_rules *f,
			const struct pf_service *s,
			const struct pf_ports *ports)
{
	const struct pf_ports *client_ports =
		s->client_ports.to ? &s->client_ports : NULL;
	const struct pf_ports *source = f->field == FIELD_SADDR ? ports
								: client_ports;
	const struct pf_ports *dest = f->field == FIELD_SADDR ? client_ports
							      : ports;
	int proto = proto_number(s->proto, f->family);

	begin_rule(f, s->accept, s->at);
	match_net(f, &s->net);
	if (proto >= 0)
		ruleset_add_match(f->rs, MATCH_PROTO)->proto = (uint8_t)proto;
	if (source)
		match_ports(f, proto, FIELD_SADDR, source);
	if (dest)
		match_ports(f, proto, FIELD_DADDR, dest);
}

void lower_remote_services(const struct remote_rules *f)
{
	const struct pf_service *service;
	const struct pf_ports *ports;

	vec_each(service, &f->pf->services) {
		if (service->net.family != f->family &&
		    !(f->family == FAMILY_IP6 &&
		      prefix_holds_unknown(&service->net)))
			continue;
		if (!service->ports.n)
			add_service(f, service, NULL);
		vec_each(ports, &service->ports)
			add_service(f, service, ports);
	}
}

/* Does a line with NET match addresses of LOOPBACK, and others? */
static bool is_wider(const struct prefix *net, const struct prefix *loopback)
{
	if (net->family != loopback->family)
		return loopback->family == FAMILY_IP6 &&
		       prefix_holds_unknown(net);
	return net->len < loopback->len && prefix_covers(net, loopback);
}

static bool is_within(const struct prefix *net, const struct prefix *loopback)
{
	return net->family == loopback->family && prefix_covers(loopback, net);
}

static bool is_loopback_open(const struct pffile *pf,
			     const struct prefix *loopback)
{
	const struct pf_service *service;
	const struct pf_subnet *subnet;

	vec_each(service, &pf->services)
		if (service->accept && is_wider(&service->net, loopback))
			return true;
	vec_each(subnet, &pf->subnets)
		if (is_wider(&subnet->net, loopback))
			return subnet->accept;
	return pf->subnets_accept;
}

/* S, but for LOOPBACK only if it is wider; a line that lets a wider net pass
 * does not count here. */
static void add_loopback_service(const struct remote_rules *f,
				 struct pf_service s,
				 const struct prefix *loopback)
{
	const struct pf_ports *ports;

	if (is_wider(&s.net, loopback) && !s.accept)
		s.net = *loopback;
	else if (!is_within(&s.net, loopback))
		return;
	if (!s.ports.n)
		add_service(f, &s, NULL);
	vec_each(ports, &s.ports)
		add_service(f, &s, ports);
}

void lower_remote_loopback(const struct remote_rules *f)
{
	const struct prefix loopback = prefix_loopback(f->family);
	const struct pf_service *service;
	const struct pf_subnet *subnet;

	if (!is_loopback_open(f->pf, &loopback))
		return;
	vec_each(service, &f->pf->services)
		add_loopback_service(f, *service, &loopback);
	vec_each(subnet, &f->pf->subnets) {
		if (is_wider(&subnet->net, &loopback) && !subnet->accept)
			break;
		if (!is_within(&subnet->net, &loopback))
			continue;
		begin_rule(f, subnet->accept, subnet->at);
		match_net(f, &subnet->net);
	}
	begin_rule(f, false, f->pf->subnets_at);
	match_net(f, &loopback);
}

/* The SUBNETS of one family, up to the first that matches every packet. */
struct subnets {
	VEC(const struct pf_subnet *) list;
	bool accept;		/* the verdict if none matches */
	struct loc at;
};

static void collect_subnets(const struct pffile *pf, unsigned int family,
			    struct subnets *out)
{
	const struct pf_subnet *subnet;

	*out = (struct subnets){
		.accept = pf->subnets_accept, .at = pf->subnets_at,
	};
	vec_each(subnet, &pf->subnets) {
		/* a subnet that matches all packets ends the list */
		if ((subnet->net.family == family && !subnet->net.len) ||
		    (family == FAMILY_IP6 &&
		     prefix_holds_unknown(&subnet->net))) {
			out->accept = subnet->accept;
			out->at = subnet->at;
			break;
		}
		if (subnet->net.family == family && !subnet->shadowed)
			vec_push(&out->list, subnet);
	}
	while (out->list.n &&
	       out->list.v[out->list.n - 1]->accept == out->accept)
		out->list.n--;
}

/*
 * A long list as an interval set: the addresses whose verdict differs from the
 * verdict without a match.
 */
static void add_long_set(const struct subnets *s, const char *name,
			 unsigned int family, struct ruleset *rs)
{
	struct ranges_input *input;
	struct ranges ranges;
	struct elem *e = NULL;
	const struct range *r;
	struct addr before;
	struct set *set;
	size_t i;

	input = mem_alloc(s->list.n * sizeof(*input));
	for (i = 0; i < s->list.n; i++)
		input[i] = (struct ranges_input){
			s->list.v[i]->net, (unsigned int)i,
			s->list.v[i]->accept,
		};
	ranges_make(input, s->list.n, &ranges);
	set = ruleset_add_set(rs, name, SET_KEY_ADDR, family);
	set->interval = true;
	vec_each(r, &ranges.list) {
		if ((bool)input[r->input].value == s->accept)
			continue;
		before = r->first;
		if (!e || !addr_prev(family, &before) ||
		    memcmp(e->end, before.b, sizeof(before.b))) {
			e = set_add_elem(set);
			memcpy(e->key, r->first.b, sizeof(r->first.b));
		}
		memcpy(e->end, r->last.b, sizeof(r->last.b));
	}
	vec_fini(&ranges.list);
	free(input);
}

/* One rule with the set "n/<hash>" (IPv4) or "n/<hash>/6".  Both directions
 * share the set. */
static void add_long_list(const struct remote_rules *f, const struct subnets *s)
{
	struct match *match;
	const char *name;

	name = ruleset_own(f->rs, mem_printf("n/%s%s", f->set_of + 2,
				f->family == FAMILY_IP6 ? "/6" : ""));
	if (f->field == FIELD_DADDR)
		add_long_set(s, name, f->family, f->rs);
	begin_rule(f, !s->accept, s->list.v[0]->at);
	match = ruleset_add_match(f->rs, MATCH_SET);
	match->family = (uint8_t)f->family;
	match->field = (uint8_t)f->field;
	match->name = name;
}

void lower_remote_subnets(const struct remote_rules *f)
{
	const struct pf_subnet **subnet;
	struct subnets s;

	collect_subnets(f->pf, f->family, &s);
	if (f->set_of && s.list.n > LOWER_LONG_LIST)
		add_long_list(f, &s);
	else
		vec_each(subnet, &s.list) {
			begin_rule(f, (*subnet)->accept, (*subnet)->at);
			match_net(f, &(*subnet)->net);
		}
	if (s.accept || !f->last)
		begin_rule(f, s.accept, s.at);
	if (f->mixed && !f->last)
		match_family(f);
	vec_fini(&s.list);
}
