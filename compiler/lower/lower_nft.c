/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compiler/lower/lower_nft_chains.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_nft_name.h"
#include "compiler/lower/lower_nft_policy.h"
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

/* A ruleset being made. */
struct lowering {
	const struct policy *p;
	bool all;			/* or only the affected clients */
	struct lower_server *servers;	/* by vpn */
	struct ruleset *rs;
};

static struct lowering begin(const struct policy *p, bool all,
			     struct ruleset *rs)
{
	struct lowering x = { .p = p, .all = all, .rs = rs };
	size_t i;

	*rs = (struct ruleset){ 0 };
	x.servers = mem_zalloc(p->vpns.n + 1, sizeof(*x.servers));
	for (i = 0; i < p->vpns.n; i++)
		lower_server_name(&p->vpns.v[i], rs, &x.servers[i]);
	return x;
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

static void add_set(const struct lower_set_kind *kind, const char *name,
		    unsigned int family, bool net, struct ruleset *rs)
{
	struct set *set = ruleset_add_set(rs, name, kind->key, family);

	set->interval = net;
	set->map = kind->map;
	set->counter = kind->counter;
}

static void add_sets_of(const struct lowering *x, enum lower_set set,
			unsigned int family, bool net)
{
	const struct lower_set_kind *kind = &lower_set_kinds[set];
	size_t i;

	if (!is_needed(x->p, kind, family, net))
		return;
	if (!kind->server)
		add_set(kind, kind->name[net][family], family, net, x->rs);
	for (i = 0; kind->server && i < x->p->vpns.n; i++)
		if (x->servers[i].from)
			add_set(kind, x->servers[i].set[set][net][family],
				family, net, x->rs);
}

static void add_sets(const struct lowering *x)
{
	enum lower_set set;
	unsigned int i;

	for (set = 0; set < LOWER_SETS; set++)
		for (i = 0; i < 4; i++)
			add_sets_of(x, set, i % 2, i / 2);
	ruleset_add_set(x->rs, SET_STATE, SET_KEY_STATE, FAMILY_IP4);
	ruleset_sort(x->rs);
}

/* The set for O's address or network; NULL: there is none. */
static struct set *set_for(const struct lowering *x, enum lower_set set,
			   const struct owned_range *o)
{
	const char *name = lower_set_name(set, o->family, o->net);

	if (lower_set_kinds[set].server)
		name = x->servers[o->vpn].set[set][o->net][o->family];
	return ruleset_find_set(x->rs, name);
}

static struct elem *put_addr(const struct lowering *x, enum lower_set set,
			     const struct owned_range *o)
{
	struct elem *e = set_add_elem(set_for(x, set, o));

	memcpy(e->key, o->first.b, sizeof(o->first.b));
	memcpy(e->end, o->last.b, sizeof(o->last.b));
	return e;
}

/* Add an address or network of C to the sets. */
static void add_owned(const struct lowering *x, const struct client *c,
		      const struct owned_range *o)
{
	const char *comment;

	put_addr(x, SET_CLIENT_ADDR, o);
	if (c->state != CLIENT_OPEN || o->vpn < 0 || !x->servers[o->vpn].from)
		return;
	comment = ruleset_own(x->rs, lower_nft_comment(c->name));
	put_addr(x, SET_DENIED, o)->comment = comment;
	put_addr(x, SET_FROM, o)->comment = comment;
	put_addr(x, SET_TO, o)->comment = comment;
	put_addr(x, SET_POLICY_FROM, o)->target =
		lower_nft_policy_chain(c, FIELD_SADDR, x->rs);
	put_addr(x, SET_POLICY_TO, o)->target =
		lower_nft_policy_chain(c, FIELD_DADDR, x->rs);
	if (c->pf.clients_accept)
		put_addr(x, SET_OPEN, o);
	lower_nft_ipsec_bind(o, x->rs);
}

static void add_mac(const struct lowering *x, const struct mac_binding *m,
		    const struct ownership *owned)
{
	const struct owned_range *o;
	struct elem *e;
	struct set *set;

	for (o = ownership_begin(owned, m->client);
	     o < ownership_end(owned, m->client); o++) {
		/* there is no such set without a tap interface, though there
		 * may be a binding of a hardware address */
		set = o->net ? NULL : set_for(x, SET_MAC, o);
		if (!set)
			continue;
		e = set_add_elem(set);
		memcpy(e->key, m->mac, 6);
		memcpy(e->key + 6, o->first.b, family_bytes(o->family));
		memcpy(e->end, e->key, sizeof(e->key));
	}
}

static void add_elements(const struct lowering *x)
{
	const struct policy *p = x->p;
	const struct mac_binding *m;
	struct ownership owned;
	const struct owned_range *o;
	const struct client *c;

	ownership_make(p, &owned);
	vec_each(o, &owned.list) {
		c = &p->clients.v[o->client];
		if (x->all || c->affected)
			add_owned(x, c, o);
	}
	vec_each(m, &p->macs)
		if (x->all || p->clients.v[m->client].affected)
			add_mac(x, m, &owned);
	lower_pairs(p, &owned, x->all, x->rs);
	ownership_fini(&owned);
	ruleset_sort(x->rs);
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
		if (strcmp((*c)->policy_chain, last) &&
		    (all || !is_used(arg, (*c)->policy_chain)))
			lower_nft_policy_chains(p, *c, rs);
		last = (*c)->policy_chain;
	}
	vec_fini(&order.list);
	ruleset_sort(rs);
}

void lower_nft(struct policy *p, struct ruleset *out)
{
	struct lowering x = begin(p, true, out);
	char state[LOWER_STATE_TEXT];
	struct elem *e;

	add_sets(&x);
	lower_nft_frame(p, x.servers, out);
	add_chains(p, true, NULL, NULL, out);
	add_elements(&x);
	free(x.servers);
	lower_state(ruleset_digest(out), state);
	e = set_add_elem(ruleset_find_set(out, SET_STATE));
	e->comment = ruleset_own(out, mem_dup(state, strlen(state)));
	e->key[3] = e->end[3] = 1;
}

void lower_nft_affected(struct policy *p,
			bool (*is_used)(void *arg, const char *policy_chain),
			void *arg, struct ruleset *out)
{
	struct lowering x = begin(p, false, out);

	add_sets(&x);
	add_chains(p, false, is_used, arg, out);
	add_elements(&x);
	free(x.servers);
}
