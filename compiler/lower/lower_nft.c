/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compiler/lower/lower_nft_chains.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_nft_name.h"
#include "compiler/lower/lower_pairs.h"
#include "compiler/lower/lower_share.h"

static bool has_tap(const struct policy *p)
{
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		if (vpn->tap)
			return true;
	return false;
}

/* Does the layout have this set? */
static bool is_needed(const struct policy *p, const struct lower_set_kind *kind,
		      unsigned int family, bool net)
{
	const struct layout *l = &p->layout;

	if (!kind->name[net][family] || (family == FAMILY_IP6 && !l->ip6) ||
	    (kind->key == SET_KEY_MAC_ADDR && !has_tap(p)) ||
	    (kind->ipsec && !lower_has_ipsec(p)))
		return false;
	return !net || (family == FAMILY_IP4 ? l->net4 : l->net6);
}

static void add_set(const struct lower_set_kind *kind, unsigned int family,
		    bool net, struct ruleset *rs)
{
	struct set *set = ruleset_add_set(rs, kind->name[net][family],
					  kind->key, family);

	set->interval = net;
	set->map = kind->map;
	set->counter = kind->counter;
}

static void add_sets(const struct policy *p, struct ruleset *rs)
{
	const struct lower_set_kind *kind = lower_set_kinds;
	unsigned int i;

	for (; kind < lower_set_kinds + LOWER_SETS; kind++)
		for (i = 0; i < 4; i++)
			if (is_needed(p, kind, i % 2, i / 2))
				add_set(kind, i % 2, i / 2, rs);
	ruleset_add_set(rs, SET_STATE, SET_KEY_STATE, FAMILY_IP4);
	ruleset_sort(rs);
}

/* The set for O's address or network; NULL: RS does not have it. */
static struct set *set_for(struct ruleset *rs, enum lower_set set,
			   const struct owned_range *o)
{
	return ruleset_find_set(rs, lower_set_name(set, o->family, o->net));
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

/* Add an address or network of C to the sets. */
static void add_owned(const struct client *c, const struct owned_range *o,
		      struct ruleset *rs)
{
	put_addr(set_for(rs, SET_CLIENT_ADDR, o), o, NULL);
	if (c->state != CLIENT_OPEN)
		return;
	put_addr(set_for(rs, SET_CLIENT_DENIED, o), o, NULL);
	put_addr(set_for(rs, SET_CLIENT_CHAIN, o), o, c->chain);
	lower_nft_ipsec_bind(o, rs);
}

static void add_mac(const struct mac_binding *m, const struct ownership *owned,
		    struct ruleset *rs)
{
	const struct owned_range *o;
	struct elem *e;
	struct set *set;

	for (o = ownership_begin(owned, m->client);
	     o < ownership_end(owned, m->client); o++) {
		/* there is no such set without a tap interface, though there
		 * may be a binding of a hardware address */
		set = o->net ? NULL : set_for(rs, SET_MAC, o);
		if (!set)
			continue;
		e = set_add_elem(set);
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

/* The policy chains of the open (affected) clients, each once. */
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
	e = set_add_elem(ruleset_find_set(out, SET_STATE));
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
