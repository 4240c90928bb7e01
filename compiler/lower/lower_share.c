/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_share.h"

#include <inttypes.h>
#include <search.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "compiler/model/tundev.h"

/* Raise the version when the same policy is lowered to other chains. */
#define LAYOUT_VERSION 2

/* 96 bits of SHA-256: no two policies get equal names, by chance or on
 * purpose. */
#define HASH_BYTES 12

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

/* Are A and B one service, on two lines only because a line has no room for all
 * ports? */
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
	VEC(const char *) chains;	/* by client.kind; NULL: unknown */
	void *subnets;		/* clients of no kind, without services, by
				 * what lower_policy_name makes of them */
};

static int cmp_policies(const void *pa, const void *pb)
{
	const struct pffile *a = &((const struct client *)pa)->pf;
	const struct pffile *b = &((const struct client *)pb)->pf;
	size_t i;
	int r;

	if (a->subnets.n != b->subnets.n)
		return a->subnets.n < b->subnets.n ? -1 : 1;
	r = 2 * (a->clients_accept - b->clients_accept) + a->subnets_accept -
	    b->subnets_accept;
	for (i = 0; !r && i < a->subnets.n; i++) {
		r = prefix_cmp(&a->subnets.v[i].net, &b->subnets.v[i].net);
		if (!r)
			r = a->subnets.v[i].accept - b->subnets.v[i].accept;
	}
	return r;
}

/* A client of no kind with the policy of C, if it is cheaper to find one than
 * to make the name; else NULL. */
static const struct client *find_same(struct kinds *kinds,
				      const struct client *c)
{
	const struct client *const *found;

	if (c->kind || c->pf.services.n)
		return NULL;
	found = mem_check(tsearch(c, &kinds->subnets, cmp_policies));
	return *found == c ? NULL : *found;
}

/* The name of C's policy chain; clients of the same kind share it. */
static const char *find_policy_chain(const struct policy *p,
				     const struct client *c,
				     struct kinds *kinds, struct ruleset *rs)
{
	const struct client *same = find_same(kinds, c);
	const char **name;

	if (same)
		return same->policy_chain;
	while (kinds->chains.n <= c->kind)
		vec_push(&kinds->chains, NULL);
	name = &kinds->chains.v[c->kind];
	if (!*name || !c->kind)
		*name = ruleset_own(rs, lower_policy_name(p, &c->pf));
	return *name;
}

static void keep(void *client)
{
	(void)client;
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
	tdestroy(kinds.subnets, keep);
}

static bool has_pattern(const struct lower_unclaimed *u, const char *dev)
{
	const char *const *pattern;

	vec_each(pattern, &u->patterns)
		if (!strcmp(*pattern, dev))
			return true;
	return false;
}

void lower_unclaimed(const struct policy *p, struct ruleset *rs,
		     struct lower_unclaimed *out)
{
	char part[TUNDEV_PART];
	const struct vpn *vpn;
	unsigned int i;

	*out = (struct lower_unclaimed){ 0 };
	vec_each(vpn, &p->vpns) {
		if (vpn->ipsec || !tundev_is_pattern(vpn->dev) ||
		    has_pattern(out, vpn->dev))
			continue;
		vec_push(&out->patterns, vpn->dev);
		for (i = 0; tundev_part(vpn->dev, i, part); i++)
			vec_push(&out->closed,
				 ruleset_own(rs, mem_copy(part)));
	}
}

void lower_unclaimed_fini(struct lower_unclaimed *u)
{
	vec_fini(&u->patterns);
	vec_fini(&u->closed);
}

const char *lower_state(uint64_t digest, char buf[static LOWER_STATE_TEXT])
{
	snprintf(buf, LOWER_STATE_TEXT, "vpnpf %016" PRIx64, digest);
	return buf;
}
