/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_pairs.h"

#include <string.h>

#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_nft_name.h"
#include "compiler/model/verdict.h"

/* An entry of a client's [CLIENTS] whose peer exists. */
struct exception {
	unsigned int peer;
	const struct pf_peer *rule;
};

struct pairs {
	const struct policy *p;
	bool all;
	void (*found)(void *arg, unsigned int a, unsigned int b, bool accept,
		      const struct loc *at);
	void *arg;
	/* of all clients; those of one client are sorted by peer */
	VEC(struct exception) list;
	unsigned int *start;
};

static int cmp_exceptions(const void *pa, const void *pb)
{
	const struct exception *a = pa, *b = pb;

	return (a->peer > b->peer) - (a->peer < b->peer);
}

static void collect(struct pairs *x)
{
	const struct client *c = x->p->clients.v;
	const struct pf_peer *peer;
	size_t i;
	int index;

	x->start = mem_zalloc(x->p->clients.n + 1, sizeof(*x->start));
	for (i = 0; i < x->p->clients.n; i++, c++) {
		x->start[i] = (unsigned int)x->list.n;
		if (c->state != CLIENT_OPEN)
			continue;
		vec_each(peer, &c->pf.peers) {
			index = policy_index(x->p, peer->name);
			if (index >= 0)
				vec_push(&x->list, ((struct exception){
					(unsigned int)index, peer }));
		}
		if (x->list.n > x->start[i])
			qsort(x->list.v + x->start[i],
			      x->list.n - x->start[i], sizeof(*x->list.v),
			      cmp_exceptions);
	}
	x->start[i] = (unsigned int)x->list.n;
}

static const struct exception *find_exception(const struct pairs *x,
					      unsigned int client,
					      unsigned int peer)
{
	struct exception key = { .peer = peer };
	size_t n = x->start[client + 1] - x->start[client];

	return n ? bsearch(&key, x->list.v + x->start[client], n, sizeof(key),
			   cmp_exceptions) : NULL;
}

/*
 * A lists B.  The pair's verdict follows from the two defaults and exceptions;
 * a drop by one side is enough.  The pair needs elements where the chains alone
 * give another verdict: in SET_ALLOW if one of the clients drops by default, in
 * SET_DENY if both accept by default.
 */
static void add_pair(struct pairs *x, unsigned int a,
		     const struct exception *e)
{
	const struct client *ca = &x->p->clients.v[a];
	const struct client *cb = &x->p->clients.v[e->peer];
	bool open = ca->pf.clients_accept && cb->pf.clients_accept;
	const struct exception *back = find_exception(x, e->peer, a);
	const struct loc *at = &e->rule->at;
	bool accept;

	if (cb->state != CLIENT_OPEN ||
	    !(x->all || ca->affected || cb->affected))
		return;
	if (back && e->peer < a)
		return;		/* B lists A: the pair comes at B's entry */
	accept = back ? back->rule->accept : cb->pf.clients_accept;
	if (back && !accept)
		at = &back->rule->at;
	accept &= e->rule->accept;
	if (accept != open)
		x->found(x->arg, a, e->peer, accept, at);
}

void lower_pairs_each(const struct policy *p, bool all,
		      void (*found)(void *arg, unsigned int a, unsigned int b,
				    bool accept, const struct loc *at),
		      void *arg)
{
	struct pairs x = { .p = p, .all = all, .found = found, .arg = arg };
	unsigned int a, i;

	collect(&x);
	for (a = 0; a < p->clients.n; a++)
		for (i = x.start[a]; i < x.start[a + 1]; i++)
			add_pair(&x, a, &x.list.v[i]);
	vec_fini(&x.list);
	free(x.start);
}

struct elements {
	const struct ownership *owned;
	struct ruleset *rs;
};

static void put_pair(struct set *set, const struct owned_range *a,
		     const struct owned_range *b)
{
	unsigned int n = family_bytes(a->family);
	struct elem *e = set_add_elem(set);

	memcpy(e->key, a->first.b, n);
	memcpy(e->key + n, b->first.b, n);
	memcpy(e->end, a->last.b, n);
	memcpy(e->end + n, b->last.b, n);
}

/* Add every address of A with every address of B, in both orders. */
static void put_pairs(void *arg, unsigned int a, unsigned int b, bool accept,
		      const struct loc *at)
{
	const struct elements *x = arg;
	const struct owned_range *oa, *ob;
	struct set *set;

	(void)at;
	for (oa = ownership_begin(x->owned, a); oa < ownership_end(x->owned, a);
	     oa++) {
		for (ob = ownership_begin(x->owned, b);
		     ob < ownership_end(x->owned, b); ob++) {
			if (oa->family != ob->family)
				continue;
			set = ruleset_find_set(x->rs, lower_set_name(
				accept ? SET_ALLOW : SET_DENY, oa->family,
				oa->net || ob->net));
			put_pair(set, oa, ob);
			if (a != b)
				put_pair(set, ob, oa);
		}
	}
}

void lower_pairs(const struct policy *p, const struct ownership *owned,
		 bool all, struct ruleset *rs)
{
	struct elements x = { owned, rs };

	lower_pairs_each(p, all, put_pairs, &x);
}

/* The open client that owns the address at KEY. */
static const struct client *owner_of(const struct policy *p,
				     unsigned int family, const uint8_t *key)
{
	const struct binding *b;
	struct addr a = { { 0 } };

	memcpy(a.b, key, family_bytes(family));
	b = policy_owner(p, family, &a);
	if (!b || p->clients.v[b->client].state != CLIENT_OPEN)
		return NULL;
	return &p->clients.v[b->client];
}

bool lower_pair_holds(void *policy, const struct set *set,
		      const struct elem *elem)
{
	const struct policy *p = policy;
	const struct client *a = owner_of(p, set->family, elem->key);
	const struct client *b = owner_of(p, set->family, elem->key +
					  family_bytes(set->family));
	bool allow = lower_set_of(set->name) == SET_ALLOW;
	const struct verdict_index none = { 0 };
	struct verdict va, vb;

	return a && b && allow == verdict_pair(&none, a, b, &va, &vb);
}
