/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_chains.h"

#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "compiler/lower/lower_log.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_remote.h"

/* Raise it when the chains of the same policy come out differently. */
#define LAYOUT_VERSION 1

/* 96 bits of SHA-256: no two policies meet by chance or by somebody's will. */
#define HASH_BYTES 12

static void add_vmaps(const struct policy *p, unsigned int family,
		      enum field field, bool net, struct ruleset *rs)
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
	lower_drop(p, field, DROP_DENIED, LOC_NONE, rs);
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
static void add_family_dispatch(const struct policy *p, unsigned int family,
				enum field field, struct ruleset *rs)
{
	static const char *const allow[2][2] = { { "allow4", "allow6" },
						 { "allow4n", "allow6n" } };
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;

	add_pair_rule(RULE_ACCEPT, allow[false][family], family, rs);
	if (nets)
		add_pair_rule(RULE_ACCEPT, allow[true][family], family, rs);
	add_vmaps(p, family, field, false, rs);
	if (nets)
		add_vmaps(p, family, field, true, rs);
}

static void add_dispatch(const struct policy *p, const char *name,
			 enum field field, struct ruleset *rs)
{
	ruleset_add_chain(rs, name);
	add_family_dispatch(p, FAMILY_IP4, field, rs);
	if (p->layout.ip6)
		add_family_dispatch(p, FAMILY_IP6, field, rs);
	lower_drop(p, field, DROP_UNKNOWN, LOC_NONE, rs)->counter = true;
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
		lower_drop(p, FIELD_SADDR, DROP_MAC, LOC_NONE,
			   rs)->counter = true;
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

void lower_nft_frame(const struct policy *p, struct ruleset *rs)
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
		lower_nft_ipsec_chains(p, rs);

	chain = ruleset_add_chain(rs, "from_vpn");
	chain->hook = HOOK_PREROUTING;
	chain->priority = -10;
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec)
			add_interface(MATCH_IIFNAME, vpn->dev,
				      vpn->tap ? "from_tap" : "from_client",
				      rs);
	lower_nft_ipsec_rules(p, FIELD_SADDR, rs);

	chain = ruleset_add_chain(rs, "to_vpn");
	chain->hook = HOOK_POSTROUTING;
	chain->priority = -9;
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec)
			add_interface(MATCH_OIFNAME, vpn->dev, "to_client",
				      rs);
	lower_nft_ipsec_rules(p, FIELD_DADDR, rs);
	lower_log_chains(p, rs);
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
	       a->accept == b->accept && !prefix_cmp(&a->net, &b->net) &&
	       a->client_ports.from == b->client_ports.from &&
	       a->client_ports.to == b->client_ports.to;
}

static void hash_ports(SHA2_CTX *sha, char kind, struct pf_ports ports)
{
	hash_byte(sha, (unsigned char)kind);
	hash_byte(sha, ports.from >> 8);
	hash_byte(sha, ports.from & 0xff);
	hash_byte(sha, ports.to >> 8);
	hash_byte(sha, ports.to & 0xff);
}

static void hash_services(SHA2_CTX *sha, const struct pffile *pf)
{
	const struct pf_service *service;
	const struct pf_ports *ports;

	vec_each(service, &pf->services) {
		if (service == pf->services.v ||
		    !is_one(service - 1, service)) {
			hash_byte(sha, 'S');
			hash_prefix(sha, &service->net, service->accept);
			hash_byte(sha, service->proto);
			if (service->client_ports.to)
				hash_ports(sha, 'F', service->client_ports);
		}
		vec_each(ports, &service->ports)
			hash_ports(sha, 'P', *ports);
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

struct kinds {
	VEC(const char *) chains;	/* of a kind; NULL: not known yet */
};

/* The name of C's policy chain, which those of its kind share. */
static const char *find_policy_chain(const struct policy *p,
				     const struct client *c,
				     struct kinds *kinds, struct ruleset *rs)
{
	const char **name;

	while (kinds->chains.n <= c->kind)
		vec_push(&kinds->chains, NULL);
	name = &kinds->chains.v[c->kind];
	if (!*name || !c->kind)
		*name = ruleset_own(rs, lower_policy_name(p, &c->pf));
	return *name;
}

static int cmp_clients(const void *pa, const void *pb)
{
	const struct client *a = *(const struct client *const *)pa;
	const struct client *b = *(const struct client *const *)pb;
	int r = strcmp(a->policy_chain, b->policy_chain);

	return r ? r : str_cmp(a->name, b->name);
}

void lower_policy_order(struct policy *p, bool all, struct ruleset *rs,
			struct policy_order *out)
{
	struct kinds kinds = { 0 };
	struct client *c;

	*out = (struct policy_order){ 0 };
	vec_each(c, &p->clients) {
		if (c->state != CLIENT_OPEN || !(all || c->affected))
			continue;
		c->policy_chain = find_policy_chain(p, c, &kinds, rs);
		vec_push(&out->list, c);
	}
	vec_sort(&out->list, cmp_clients);
	vec_fini(&kinds.chains);
}

/* ip daddr @clients4 return: no exception for the pair, so the default */
static void add_peer_rule(const struct pffile *pf, unsigned int family,
			  enum field field, bool net, struct ruleset *rs)
{
	static const char *const names[2][2] = { { "clients4", "clients6" },
						 { "clients4n", "clients6n" } };
	struct match *match;

	ruleset_add_rule(rs, pf->clients_accept ? RULE_ACCEPT : RULE_RETURN,
			 NULL, pf->clients_at);
	match = ruleset_add_match(rs, MATCH_SET);
	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = names[net][family];
}

/*
 * All but the pair rules, for one direction and family.  Who is not accepted
 * returns to from_client or to_client, where he is denied.
 */
static void add_family(const struct policy *p, const struct client *c,
		       unsigned int family, enum field field,
		       struct ruleset *rs)
{
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;
	const struct remote_rules remote = {
		.pf = &c->pf, .family = family, .field = field,
		.allow = RULE_ACCEPT, .deny = RULE_RETURN, .mixed = true,
		.last = family == FAMILY_IP6 || !p->layout.ip6,
		.set_of = c->policy_chain, .rs = rs,
	};

	add_peer_rule(&c->pf, family, field, false, rs);
	if (nets)
		add_peer_rule(&c->pf, family, field, true, rs);
	lower_remote_services(&remote);
	lower_remote_subnets(&remote);
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

void lower_nft_policy_chains(const struct policy *p, const struct client *c,
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
