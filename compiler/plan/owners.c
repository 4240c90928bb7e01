/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/owners.h"

#include <string.h>

#include "compiler/base/name.h"
#include "compiler/lower/lower_ipt_name.h"
#include "compiler/lower/lower_nft_name.h"
#include "compiler/plan/counters.h"

void owners_fini(struct owners *owners)
{
	char **text;

	vec_each(text, &owners->texts)
		free(*text);
	vec_fini(&owners->texts);
	vec_fini(&owners->macs);
	vec_fini(&owners->list);
}

/* NAME is malloced, or NULL: no name that a client can have. */
static struct str take_name(struct owners *out, char *name)
{
	if (!name || !name_is_possible(str_of(name))) {
		free(name);
		return (struct str){ NULL, 0 };
	}
	vec_push(&out->texts, name);
	return str_of(name);
}

static int cmp_addrs(unsigned int family, const struct addr *a,
		     unsigned int other, const struct addr *b)
{
	return family != other ? (int)family - (int)other
			       : memcmp(a->b, b->b, sizeof(a->b));
}

static int cmp_owners(const void *pa, const void *pb)
{
	const struct owner *a = pa, *b = pb;

	return cmp_addrs(a->family, &a->first, b->family, &b->first);
}

void owners_sort(struct owners *owners)
{
	const struct owner *o, *last = NULL;
	size_t n = 0;

	vec_sort(&owners->list, cmp_owners);
	vec_each(o, &owners->list) {
		if (cmp_addrs(o->family, &o->first, o->family, &o->last) > 0 ||
		    (last && cmp_addrs(last->family, &last->last, o->family,
				       &o->first) >= 0))
			continue;
		owners->list.v[n] = *o;
		last = &owners->list.v[n++];
	}
	owners->list.n = n;
}

size_t owners_from(const struct owners *owners, unsigned int family,
		   const struct addr *addr)
{
	size_t low = 0, high = owners->list.n, mid;
	const struct owner *o;

	while (low < high) {
		mid = (low + high) / 2;
		o = &owners->list.v[mid];
		if (cmp_addrs(o->family, &o->last, family, addr) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The owner of the host at ADDRESS; NULL: none. */
static const struct owner *host_owner(const struct owners *owners,
				      unsigned int family,
				      const uint8_t *address)
{
	struct addr addr = { { 0 } };
	const struct owner *o;
	size_t i;

	memcpy(addr.b, address, family_bytes(family));
	i = owners_from(owners, family, &addr);
	if (i == owners->list.n)
		return NULL;
	o = &owners->list.v[i];
	return cmp_addrs(o->family, &o->first, family, &addr) <= 0 ? o : NULL;
}

/* MAC comes with ADDRESS. */
static void add_mac(struct owners *out, const uint8_t *mac,
		    unsigned int family, const uint8_t *address)
{
	const struct owner *o = host_owner(out, family, address);
	struct owner_mac m;

	if (!o)
		return;
	m = (struct owner_mac){ .name = o->name, .server = o->server };
	memcpy(m.mac, mac, sizeof(m.mac));
	vec_push(&out->macs, m);
}

/* The client's name, malloced; NULL: none.  Before, a map led from addresses to
 * "c/<client>". */
static char *elem_name(const struct elem *e)
{
	if (e->comment)
		return lower_nft_comment_name(e->comment);
	return e->target && counters_is_client(e->target)
		       ? name_unmangle(str_of(e->target + 2)) : NULL;
}

/* The elements of a set of addresses that name their clients, or of the map of
 * before. */
static void add_addresses(const struct set *set, struct owners *out)
{
	size_t n = family_bytes(set->family);
	char *server = lower_set_server(set->name);
	const struct elem *e;
	struct owner o;

	if (server)
		vec_push(&out->texts, server);
	vec_each(e, &set->elems) {
		o = (struct owner){
			.name = take_name(out, elem_name(e)),
			.family = set->family,
			.server = server ? str_of(server)
					 : (struct str){ NULL, 0 },
		};
		memcpy(o.first.b, e->key, n);
		memcpy(o.last.b, set->interval ? e->end : e->key, n);
		if (o.name.p)
			vec_push(&out->list, o);
	}
}

static uint32_t reqid_of(const uint8_t *key)
{
	return (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
	       (uint32_t)key[2] << 8 | key[3];
}

/* The elements of a set of addresses with something else: a reqid behind, or
 * a hardware address before. */
static void add_more(const struct set *set, struct owners *out)
{
	size_t n = family_bytes(set->family);
	const struct elem *e;
	struct addr first;
	size_t i;

	vec_each(e, &set->elems) {
		if (set->key == SET_KEY_MAC_ADDR) {
			add_mac(out, e->key, set->family, e->key + 6);
			continue;
		}
		first = (struct addr){ { 0 } };
		memcpy(first.b, e->key, n);
		i = owners_from(out, set->family, &first);
		if (i < out->list.n)
			out->list.v[i].reqid = reqid_of(e->key + n);
	}
}

void owners_read_nft(const struct kernel_ruleset *rules, struct owners *out)
{
	const struct set *set;

	vec_each(set, &rules->sets)
		if (lower_set_of(set->name) == SET_FROM ||
		    (set->map && set->key == SET_KEY_ADDR))
			add_addresses(set, out);
	owners_sort(out);
	vec_each(set, &rules->sets)
		if (set->key == SET_KEY_MAC_ADDR ||
		    set->key == SET_KEY_ADDR_REQID)
			add_more(set, out);
}

/* The trees of iptables. */
struct trees {
	const struct kernel_ruleset *rules;
	struct str server;
	struct owners *out;
};

/* A leaf of VPS-<server>: -s ADDR -g VPo-<client>, with the client's name. */
static void add_leaf(const struct trees *x, unsigned int family,
		     const struct kernel_rule *rule)
{
	struct owner o = {
		.family = (uint8_t)family, .first = rule->net.addr,
		.reqid = rule->reqid, .server = x->server,
	};
	struct prefix net = rule->net;
	const char *id;

	net.family = (uint8_t)family;	/* without an address there is none */
	o.last = prefix_last(&net);
	if (!rule->target || !rule->comment ||
	    lower_ipt_chain_of(rule->target, &id) != CHAIN_IPT_CLIENT_OUT)
		return;
	o.name = take_name(x->out, mem_copy(rule->comment));
	if (o.name.p)
		vec_push(&x->out->list, o);
}

static int cmp_chains(const void *a, const void *b)
{
	return strcmp(((const struct kernel_chain *)a)->name,
		      ((const struct kernel_chain *)b)->name);
}

/* The chains are sorted.  MOST: levels, of which no tree has more than 32. */
static void add_tree(const struct trees *x, const char *name, unsigned int most)
{
	const struct kernel_chain key = { .name = name }, *chain;
	const struct kernel_rule *rule;
	const char *id;

	chain = bsearch(&key, x->rules->chains.v, x->rules->chains.n,
			sizeof(key), cmp_chains);
	if (!chain || !most)
		return;
	vec_each(rule, &chain->rules)
		if (rule->target && lower_ipt_chain_of(rule->target, &id) ==
					    CHAIN_IPT_FROM)
			add_tree(x, rule->target, most - 1);
		else
			add_leaf(x, lower_ipt_family_of(name), rule);
}

/* "VPS-<server>", or "VPNPF-FROM" of before, which served all servers. */
static void add_server(const struct kernel_ruleset *rules, const char *name,
		       struct owners *out)
{
	struct trees x = { .rules = rules, .out = out };
	const char *id;

	if (lower_ipt_chain_of(name, &id) != CHAIN_IPT_FROM ||
	    lower_ipt_is_node(name))
		return;
	if (*id) {
		vec_push(&out->texts, mem_copy(id));
		x.server = str_of(*(vec_end(&out->texts) - 1));
	}
	add_tree(&x, name, 32);
}

static void add_macs(const struct kernel_chain *chain, struct owners *out)
{
	static const uint8_t no_mac[6];
	const struct kernel_rule *rule;

	vec_each(rule, &chain->rules)
		if (memcmp(rule->mac, no_mac, sizeof(no_mac)) != 0)
			add_mac(out, rule->mac,
				lower_ipt_family_of(chain->name),
				rule->net.addr.b);
}

void owners_read_ipt(const struct kernel_ruleset *rules, struct owners *out)
{
	const struct kernel_chain *chain;
	const char *id;

	vec_each(chain, &rules->chains)
		add_server(rules, chain->name, out);
	owners_sort(out);
	vec_each(chain, &rules->chains)
		if (lower_ipt_chain_of(chain->name, &id) == CHAIN_IPT_MAC)
			add_macs(chain, out);
}
