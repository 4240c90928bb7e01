/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compiler/lower/lower_nft_chains.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_pairs.h"

/*
 * The sets of each family: "owner4", "owner6".  One whose shape changes gets
 * another name, because the kernel keeps what is there.
 */
static const struct set_kind {
	const char *name[2];
	enum set_key key;
	bool interval, map, counter;
} set_kinds[] = {
	{ { "allow4", "allow6" }, SET_KEY_PAIR, false, false, true },
	{ { "allow4n", "allow6n" }, SET_KEY_PAIR, true, false, true },
	{ { "clients4", "clients6" }, SET_KEY_ADDR, false, false, false },
	{ { "clients4n", "clients6n" }, SET_KEY_ADDR, true, false, false },
	{ { "denied4", "denied6" }, SET_KEY_ADDR, false, false, true },
	{ { "denied4n", "denied6n" }, SET_KEY_ADDR, true, false, true },
	{ { "deny4", "deny6" }, SET_KEY_PAIR, false, false, false },
	{ { "deny4n", "deny6n" }, SET_KEY_PAIR, true, false, false },
	{ { "mac4", "mac6" }, SET_KEY_MAC_ADDR, false, false, false },
	{ { "owner4", "owner6" }, SET_KEY_ADDR, false, true, false },
	{ { "owner4n", "owner6n" }, SET_KEY_ADDR, true, true, false },
};

/* What IPsec adds. */
static const struct set_kind ipsec_kinds[] = {
	{ { "bound4", "bound6" }, SET_KEY_ADDR, false, false, false },
	{ { "bound4n", "bound6n" }, SET_KEY_ADDR, true, false, false },
	{ { "reqid4", "reqid6" }, SET_KEY_ADDR_REQID, false, false, false },
	{ { "reqid4n", "reqid6n" }, SET_KEY_ADDR_REQID, true, false, false },
};

static bool has_tap(const struct policy *p)
{
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		if (vpn->tap)
			return true;
	return false;
}

/* Which of them the layout has. */
static bool set_is_needed(const struct policy *p, const struct set_kind *kind,
			  unsigned int family)
{
	const struct layout *l = &p->layout;

	if (family == FAMILY_IP6 && !l->ip6)
		return false;
	if (kind->key == SET_KEY_MAC_ADDR)
		return has_tap(p);
	if (kind->interval)
		return family == FAMILY_IP4 ? l->net4 : l->net6;
	return true;
}

static void add_kinds(const struct policy *p, const struct set_kind *kind,
		      size_t n, struct ruleset *rs)
{
	unsigned int family;
	struct set *set;

	for (; n; n--, kind++) {
		for (family = FAMILY_IP4; family <= FAMILY_IP6; family++) {
			if (!set_is_needed(p, kind, family))
				continue;
			set = ruleset_add_set(rs, kind->name[family], kind->key,
					      family);
			set->interval = kind->interval;
			set->map = kind->map;
			set->counter = kind->counter;
		}
	}
}

static void add_sets(const struct policy *p, struct ruleset *rs)
{
	add_kinds(p, set_kinds, sizeof(set_kinds) / sizeof(*set_kinds), rs);
	if (lower_has_ipsec(p))
		add_kinds(p, ipsec_kinds,
			  sizeof(ipsec_kinds) / sizeof(*ipsec_kinds), rs);
	ruleset_add_set(rs, "state", SET_KEY_STATE, FAMILY_IP4);
	ruleset_sort(rs);
}

/* chain c/john { counter jump p/<hash> } */
static void add_client_chain(const struct client *c, struct ruleset *rs)
{
	struct chain *chain;
	struct rule *rule;

	chain = ruleset_add_chain(rs, c->chain);
	chain->comment = ruleset_own(rs, mem_dup(c->name.p, c->name.n));
	rule = ruleset_add_rule(rs, RULE_JUMP, c->policy_chain,
				c->pf.clients_at);
	rule->counter = true;
}

static void put_addr(struct set *set, const struct owned_range *o,
		     const char *target)
{
	struct elem *e = set_add_elem(set);

	memcpy(e->key, o->first.b, sizeof(o->first.b));
	memcpy(e->end, o->last.b, sizeof(o->last.b));
	e->target = target;
}

/* What a client owns, into the sets that know it. */
static void add_owned(const struct client *c, const struct owned_range *o,
		      struct ruleset *rs)
{
	static const char *const names[2][2][3] = {
		{ { "clients4", "denied4", "owner4" },
		  { "clients6", "denied6", "owner6" } },
		{ { "clients4n", "denied4n", "owner4n" },
		  { "clients6n", "denied6n", "owner6n" } },
	};
	const char *const *name = names[o->net][o->family];

	put_addr(ruleset_find_set(rs, name[0]), o, NULL);
	if (c->state != CLIENT_OPEN)
		return;
	put_addr(ruleset_find_set(rs, name[1]), o, NULL);
	put_addr(ruleset_find_set(rs, name[2]), o, c->chain);
	lower_nft_ipsec_bind(o, rs);
}

static void add_mac(const struct mac_binding *m, const struct ownership *owned,
		    struct ruleset *rs)
{
	static const char *const names[] = { "mac4", "mac6" };
	const struct owned_range *o;
	struct elem *e;

	for (o = ownership_begin(owned, m->client);
	     o < ownership_end(owned, m->client); o++) {
		if (o->net)
			continue;
		e = set_add_elem(ruleset_find_set(rs, names[o->family]));
		memcpy(e->key, m->mac, 6);
		memcpy(e->key + 6, o->first.b, family_bytes(o->family));
		memcpy(e->end, e->key, sizeof(e->key));
	}
}

static void add_elements(const struct policy *p, bool all, struct ruleset *rs)
{
	const struct mac_binding *m;
	struct ownership owned;
	const struct owned_range *o;
	const struct client *c;

	ownership_make(p, &owned);
	vec_each(o, &owned.list) {
		c = &p->clients.v[o->client];
		if (all || c->affected)
			add_owned(c, o, rs);
	}
	vec_each(m, &p->macs)
		if (all || p->clients.v[m->client].affected)
			add_mac(m, &owned, rs);
	lower_pairs(p, &owned, all, rs);
	ownership_fini(&owned);
}

/* Policy chains of the open clients (in focus), each once. */
static void add_chains(struct policy *p, bool all,
		       bool (*is_used)(void *, const char *), void *arg,
		       struct ruleset *rs)
{
	struct policy_order order;
	struct client **c;
	const char *last = "";

	lower_policy_order(p, all, rs, &order);
	vec_each(c, &order.list) {
		add_client_chain(*c, rs);
		if (strcmp((*c)->policy_chain, last) &&
		    (all || !is_used(arg, (*c)->policy_chain)))
			lower_nft_policy_chains(p, *c, rs);
		last = (*c)->policy_chain;
	}
	vec_fini(&order.list);
}

void lower_nft(struct policy *p, struct ruleset *out)
{
	char state[LOWER_STATE_TEXT];
	struct elem *e;

	*out = (struct ruleset){ 0 };
	add_sets(p, out);
	lower_nft_frame(p, out);
	add_chains(p, true, NULL, NULL, out);
	ruleset_sort(out);
	add_elements(p, true, out);
	ruleset_sort(out);
	lower_state(ruleset_digest(out), state);
	e = set_add_elem(ruleset_find_set(out, "state"));
	e->comment = ruleset_own(out, mem_dup(state, strlen(state)));
	e->key[3] = e->end[3] = 1;
}

void lower_nft_affected(struct policy *p,
			bool (*is_used)(void *arg, const char *policy_chain),
			void *arg, struct ruleset *out)
{
	*out = (struct ruleset){ 0 };
	add_sets(p, out);
	add_chains(p, false, is_used, arg, out);
	ruleset_sort(out);
	add_elements(p, false, out);
	ruleset_sort(out);
}

const char *lower_state(uint64_t digest, char buf[static LOWER_STATE_TEXT])
{
	snprintf(buf, LOWER_STATE_TEXT, "vpnpf %016" PRIx64, digest);
	return buf;
}
