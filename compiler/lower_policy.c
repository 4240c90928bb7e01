/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower_policy.h"

#include <netinet/in.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "compiler/lower.h"
#include "compiler/lower_ipsec.h"
#include "compiler/ranges.h"

/* Raise it when the chains of the same policy come out differently. */
#define LAYOUT_VERSION 1

/* 96 bits of SHA-256: no two policies meet by chance or by somebody's will. */
#define HASH_BYTES 12

static void add_vmaps(unsigned int family, enum field field, bool net,
		      struct ruleset *rs)
{
	static const char *const owner[2][2] = { { "owner4", "owner6" },
						 { "owner4n", "owner6n" } };
	static const char *const denied[2][2] = { { "denied4", "denied6" },
						  { "denied4n", "denied6n" } };
	struct match *match;
	struct rule *rule;

	rule = ruleset_add_rule(rs, RULE_VMAP, owner[net][family], LOC_NONE);
	rule->family = (uint8_t)family;
	rule->field = (uint8_t)field;
	/* who comes back from its chain is denied, whatever holds it besides */
	ruleset_add_rule(rs, RULE_DROP, NULL, LOC_NONE);
	match = ruleset_add_match(rs, MATCH_SET);
	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = denied[net][family];
}

/* ip saddr . ip daddr @allow4 accept */
static void add_pair_rule(enum verdict_kind verdict, const char *set,
			  unsigned int family, struct ruleset *rs)
{
	struct match *match;

	ruleset_add_rule(rs, verdict, NULL, LOC_NONE);
	match = ruleset_add_match(rs, MATCH_PAIR);
	match->family = (uint8_t)family;
	match->name = set;
}

/*
 * The pairs first: they are most of the traffic between clients, and need one
 * look each way instead of four.  Each pair counts its own packets, twice: as
 * it leaves the one client and as it goes to the other.
 */
static void add_family_dispatch(unsigned int family, enum field field,
				bool nets, struct ruleset *rs)
{
	static const char *const allow[2][2] = { { "allow4", "allow6" },
						 { "allow4n", "allow6n" } };

	add_pair_rule(RULE_ACCEPT, allow[false][family], family, rs);
	if (nets)
		add_pair_rule(RULE_ACCEPT, allow[true][family], family, rs);
	add_vmaps(family, field, false, rs);
	if (nets)
		add_vmaps(family, field, true, rs);
}

static void add_dispatch(const struct policy *p, const char *name,
			 enum field field, struct ruleset *rs)
{
	ruleset_add_chain(rs, name);
	add_family_dispatch(FAMILY_IP4, field, p->layout.net4, rs);
	if (p->layout.ip6)
		add_family_dispatch(FAMILY_IP6, field, p->layout.net6, rs);
	ruleset_add_rule(rs, RULE_DROP, NULL, LOC_NONE)->counter = true;
}

/* dev tap: OpenVPN binds a client to its MAC only, any IP source passes. */
static void add_tap(const struct policy *p, struct ruleset *rs)
{
	static const char *const macs[] = { "mac4", "mac6" };
	struct match *match;
	unsigned int family;

	ruleset_add_chain(rs, "from_tap");
	for (family = FAMILY_IP4; family <= FAMILY_IP6; family++) {
		if (family == FAMILY_IP6 && !p->layout.ip6)
			continue;
		ruleset_add_rule(rs, RULE_DROP, NULL, LOC_NONE)->counter = true;
		match = ruleset_add_match(rs, MATCH_MAC);
		match->family = (uint8_t)family;
		match->name = macs[family];
	}
	ruleset_add_rule(rs, RULE_GOTO, "from_client", LOC_NONE);
}

static void add_interface(enum match_kind kind, const char *dev,
			  const char *target, struct ruleset *rs)
{
	ruleset_add_rule(rs, RULE_GOTO, target, LOC_NONE);
	ruleset_add_match(rs, kind)->name = dev;
}

void lower_frame(const struct policy *p, struct ruleset *rs)
{
	struct chain *chain;
	const struct vpn *vpn;
	bool tap = false;

	vec_each(vpn, &p->vpns)
		tap |= vpn->tap;
	add_dispatch(p, "from_client", FIELD_SADDR, rs);
	add_dispatch(p, "to_client", FIELD_DADDR, rs);
	if (tap)
		add_tap(p, rs);
	if (lower_has_ipsec(p))
		lower_ipsec_chains(p, rs);

	chain = ruleset_add_chain(rs, "from_vpn");
	chain->hook = HOOK_PREROUTING;
	chain->priority = -10;
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec)
			add_interface(MATCH_IIFNAME, vpn->dev,
				      vpn->tap ? "from_tap" : "from_client",
				      rs);
	lower_ipsec_rules(p, FIELD_SADDR, rs);

	chain = ruleset_add_chain(rs, "to_vpn");
	chain->hook = HOOK_POSTROUTING;
	chain->priority = -9;
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec)
			add_interface(MATCH_OIFNAME, vpn->dev, "to_client",
				      rs);
	lower_ipsec_rules(p, FIELD_DADDR, rs);
}

static void hash_byte(SHA2_CTX *sha, unsigned int byte)
{
	uint8_t b = (uint8_t)byte;

	SHA256Update(sha, &b, 1);
}

static void hash_prefix(SHA2_CTX *sha, const struct prefix *net, bool accept)
{
	hash_byte(sha, net->family);
	hash_byte(sha, net->len);
	hash_byte(sha, accept);
	SHA256Update(sha, net->addr.b, family_bytes(net->family));
}

/* Are they two lines only because one has no room for all its ports? */
static bool is_one(const struct pf_service *a, const struct pf_service *b)
{
	return a->ports.n && b->ports.n && a->proto == b->proto &&
	       a->accept == b->accept && !prefix_cmp(&a->net, &b->net);
}

static void hash_services(SHA2_CTX *sha, const struct pffile *pf)
{
	const struct pf_service *service;
	const struct pf_ports *ports;

	vec_each(service, &pf->services) {
		if (service == pf->services.v || !is_one(service - 1, service)) {
			hash_byte(sha, 'S');
			hash_prefix(sha, &service->net, service->accept);
			hash_byte(sha, service->proto);
		}
		vec_each(ports, &service->ports) {
			hash_byte(sha, 'P');
			hash_byte(sha, ports->from >> 8);
			hash_byte(sha, ports->from & 0xff);
			hash_byte(sha, ports->to >> 8);
			hash_byte(sha, ports->to & 0xff);
		}
	}
}

char *lower_policy_name(const struct policy *p, const struct pffile *pf)
{
	const uint8_t head[] = {
		LAYOUT_VERSION, p->layout.ip6, p->layout.net4, p->layout.net6,
		pf->clients_accept, pf->subnets_accept,
	};
	static const char hex[] = "0123456789abcdef";
	char name[2 + 2 * HASH_BYTES + 1] = "p/";
	uint8_t hash[SHA256_DIGEST_LENGTH];
	const struct pf_subnet *subnet;
	const struct vpn *vpn;
	SHA2_CTX sha;
	size_t i;

	SHA256Init(&sha);
	SHA256Update(&sha, head, sizeof(head));
	vec_each(vpn, &p->vpns)
		SHA256Update(&sha, (const uint8_t *)vpn->dev,
			     strlen(vpn->dev) + 1);
	hash_services(&sha, pf);
	vec_each(subnet, &pf->subnets) {
		hash_byte(&sha, 'N');
		hash_prefix(&sha, &subnet->net, subnet->accept);
	}
	SHA256Final(hash, &sha);
	for (i = 0; i < HASH_BYTES; i++) {
		name[2 + 2 * i] = hex[hash[i] >> 4];
		name[3 + 2 * i] = hex[hash[i] & 15];
	}
	return mem_dup(name, strlen(name));
}

int lower_policy_order(const void *pa, const void *pb)
{
	const struct client *a = *(const struct client *const *)pa;
	const struct client *b = *(const struct client *const *)pb;
	int r = strcmp(a->policy_chain, b->policy_chain);

	return r ? r : str_cmp(a->name, b->name);
}

/* accept, or return: back to from_client or to_client, where it is denied. */
static struct rule *add_verdict(struct ruleset *rs, bool accept, struct loc at)
{
	return ruleset_add_rule(rs, accept ? RULE_ACCEPT : RULE_RETURN, NULL,
				at);
}

/* ip daddr @clients4 return: no exception for the pair, so the default */
static void add_peer_rule(const struct pffile *pf, unsigned int family,
			  enum field field, bool net, struct ruleset *rs)
{
	static const char *const names[2][2] = { { "clients4", "clients6" },
						 { "clients4n", "clients6n" } };
	struct match *match;

	add_verdict(rs, pf->clients_accept, pf->clients_at);
	match = ruleset_add_match(rs, MATCH_SET);
	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = names[net][family];
}

/* A prefix as a match; none for /0 of the family at hand. */
static void add_net_match(const struct prefix *net, enum field field,
			  struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, MATCH_ADDR);

	match->family = net->family;
	match->field = (uint8_t)field;
	match->net = *net;
}

static void add_family_match(unsigned int family, struct ruleset *rs)
{
	ruleset_add_match(rs, MATCH_FAMILY)->family = (uint8_t)family;
}

/* Does an IPv4 prefix hold 0.0.0.0, as which IPv6 packets meet it? */
static bool holds_unknown(const struct prefix *net)
{
	static const struct addr zero;

	return net->family == FAMILY_IP4 && prefix_contains(net, &zero);
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

static void add_service_rule(const struct pf_service *s, unsigned int family,
			     enum field field, const struct pf_ports *ports,
			     struct ruleset *rs)
{
	int proto = proto_number(s->proto, family);
	struct match *match;

	add_verdict(rs, s->accept, s->at);
	if (s->net.family == family && s->net.len)
		add_net_match(&s->net, field, rs);
	else
		add_family_match(family, rs);
	if (proto >= 0)
		ruleset_add_match(rs, MATCH_PROTO)->proto = (uint8_t)proto;
	if (!ports)
		return;
	match = ruleset_add_match(rs, MATCH_PORT);
	match->proto = (uint8_t)proto;
	match->field = (uint8_t)field;
	match->from = ports->from;
	match->to = ports->to;
}

static void add_services(const struct pffile *pf, unsigned int family,
			 enum field field, struct ruleset *rs)
{
	const struct pf_service *service;
	const struct pf_ports *ports;

	vec_each(service, &pf->services) {
		if (service->net.family != family &&
		    !(family == FAMILY_IP6 && holds_unknown(&service->net)))
			continue;
		if (!service->ports.n)
			add_service_rule(service, family, field, NULL, rs);
		vec_each(ports, &service->ports)
			add_service_rule(service, family, field, ports, rs);
	}
}

/* The SUBNETS of one family, as far as they can fire. */
struct subnets {
	VEC(const struct pf_subnet *) list;
	bool accept;		/* what decides when none matches */
	struct loc at;
};

static bool is_shadowed(const struct subnets *s, const struct prefix *net)
{
	size_t i;

	for (i = 0; i < s->list.n; i++)
		if (prefix_covers(&s->list.v[i]->net, net))
			return true;
	return false;
}

static void collect_subnets(const struct pffile *pf, unsigned int family,
			    struct subnets *out)
{
	const struct pf_subnet *subnet;

	*out = (struct subnets){
		.accept = pf->subnets_accept, .at = pf->subnets_at,
	};
	vec_each(subnet, &pf->subnets) {
		/* one that matches all packets of the family ends the list */
		if ((subnet->net.family == family && !subnet->net.len) ||
		    (family == FAMILY_IP6 && holds_unknown(&subnet->net))) {
			out->accept = subnet->accept;
			out->at = subnet->at;
			break;
		}
		/* a long list is flattened anyway, and looking is quadratic */
		if (subnet->net.family == family &&
		    (out->list.n > LOWER_LONG_LIST ||
		     !is_shadowed(out, &subnet->net)))
			vec_push(&out->list, subnet);
	}
	while (out->list.n &&
	       out->list.v[out->list.n - 1]->accept == out->accept)
		out->list.n--;
}

/*
 * A long list as an interval set of all addresses whose verdict is not the one
 * that decides without a match.
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

/* One rule instead of many: "n/<hash>" for IPv4, "n/<hash>/6", which both
 * directions share. */
static void add_long_list(const struct subnets *s, const char *chain,
			  unsigned int family, enum field field,
			  struct ruleset *rs)
{
	struct match *match;
	const char *name;

	name = ruleset_own(rs, mem_printf("n/%s%s", chain + 2,
					  family == FAMILY_IP6 ? "/6" : ""));
	if (field == FIELD_DADDR)
		add_long_set(s, name, family, rs);
	add_verdict(rs, !s->accept, s->list.v[0]->at);
	match = ruleset_add_match(rs, MATCH_SET);
	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = name;
}

static void add_subnets(const struct policy *p, const struct client *c,
			unsigned int family, enum field field,
			struct ruleset *rs)
{
	bool last = family == FAMILY_IP6 || !p->layout.ip6;
	const struct pf_subnet **subnet;
	struct subnets s;

	collect_subnets(&c->pf, family, &s);
	if (s.list.n > LOWER_LONG_LIST)
		add_long_list(&s, c->policy_chain, family, field, rs);
	else
		vec_each(subnet, &s.list) {
			add_verdict(rs, (*subnet)->accept, (*subnet)->at);
			add_net_match(&(*subnet)->net, field, rs);
		}
	/* the end of the last chain is a return by itself */
	if (s.accept || !last)
		add_verdict(rs, s.accept, s.at);
	if (!last)
		add_family_match(family, rs);
	vec_fini(&s.list);
}

/* All but the pair rules, for one direction and family. */
static void add_family(const struct policy *p, const struct client *c,
		       unsigned int family, enum field field,
		       struct ruleset *rs)
{
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;

	add_peer_rule(&c->pf, family, field, false, rs);
	if (nets)
		add_peer_rule(&c->pf, family, field, true, rs);
	add_services(&c->pf, family, field, rs);
	add_subnets(p, c, family, field, rs);
}

static void add_families(const struct policy *p, const struct client *c,
			 enum field field, struct ruleset *rs)
{
	add_family(p, c, FAMILY_IP4, field, rs);
	if (p->layout.ip6)
		add_family(p, c, FAMILY_IP6, field, rs);
}

/* ip saddr . ip daddr @deny4 return: exceptions of those who accept. */
static void add_deny_rules(const struct policy *p, struct ruleset *rs)
{
	add_pair_rule(RULE_RETURN, "deny4", FAMILY_IP4, rs);
	if (p->layout.net4)
		add_pair_rule(RULE_RETURN, "deny4n", FAMILY_IP4, rs);
	if (p->layout.ip6)
		add_pair_rule(RULE_RETURN, "deny6", FAMILY_IP6, rs);
	if (p->layout.net6)
		add_pair_rule(RULE_RETURN, "deny6n", FAMILY_IP6, rs);
}

void lower_policy_chains(const struct policy *p, const struct client *c,
			 struct ruleset *rs)
{
	const struct vpn *vpn;
	const char *in;

	in = ruleset_own(rs, mem_printf("%s/in", c->policy_chain));
	ruleset_add_chain(rs, c->policy_chain);
	if (c->pf.clients_accept)
		add_deny_rules(p, rs);
	vec_each(vpn, &p->vpns)
		add_interface(MATCH_OIFNAME, vpn->dev, in, rs);
	add_families(p, c, FIELD_DADDR, rs);
	ruleset_add_chain(rs, in);
	add_families(p, c, FIELD_SADDR, rs);
}
