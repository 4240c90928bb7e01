/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/plan.h"

#include <string.h>

#include "compiler/lower/lower_nft_name.h"

/* Are networks of clients others than before?  If not, no ranges overlap. */
static bool networks_move(const struct plan *plan)
{
	const struct plan_set *ps;

	vec_each(ps, &plan->sets)
		if (ps->set && ps->set->interval &&
		    lower_set_of(ps->set->name) == SET_CLIENT_ADDR)
			return true;
	return false;
}

/* Is there a pair that is in both? */
static bool overlap(const struct elem *a, const struct elem *b, unsigned int n)
{
	return memcmp(a->key, b->end, n) <= 0 &&
	       memcmp(b->key, a->end, n) <= 0 &&
	       memcmp(a->key + n, b->end + n, n) <= 0 &&
	       memcmp(b->key + n, a->end + n, n) <= 0;
}

/* May E be in the set together with the others?  The kernel takes no range that
 * overlaps another one. */
static bool has_room(const struct plan_set *ps, const struct elem *e,
		     const struct elem *const *others, size_t n)
{
	size_t i;

	for (i = 0; ps->set->interval && i < n; i++)
		if (overlap(e, others[i], family_bytes(ps->set->family)))
			return false;
	return true;
}

void plan_defer_deletes(struct plan *plan,
		   bool (*holds)(void *arg, const struct set *set,
				 const struct elem *elem), void *arg)
{
	bool moved = networks_move(plan);
	const struct elem *e;
	struct plan_set *ps;
	size_t i, n;

	vec_each(ps, &plan->sets) {
		if (!ps->set || ps->set->key != SET_KEY_PAIR)
			continue;
		for (i = n = 0; i < ps->del.n; i++) {
			e = ps->del.v[i];
			if (holds(arg, ps->set, e) &&
			    (!moved || has_room(ps, e, ps->add.v, ps->add.n)))
				vec_push(&ps->deferred, e);
			else
				ps->del.v[n++] = e;
		}
		ps->del.n = n;
	}
}

struct hasten {
	const struct policy *now;
	bool moved;		/* networks_move */
	/* the changes of the sets of this use */
	VEC(const struct plan_set *) open, deny;
};

/* What begins the key of an element. */
struct begin {
	const uint8_t *key;
	unsigned int n;		/* bytes */
};

static int cmp_begin(const void *key, const void *elem)
{
	const struct begin *begin = key;
	const struct elem *const *e = elem;

	return memcmp(begin->key, (*e)->key, begin->n);
}

static bool find(const struct begin *begin, const struct elem *const *v,
		 size_t n)
{
	return n && bsearch(begin, v, n, sizeof(*v), cmp_begin);
}

static bool accepts_by_default(const struct policy *p, unsigned int family,
			       const uint8_t *addr)
{
	struct addr a = { { 0 } };
	const struct binding *b;

	memcpy(a.b, addr, family_bytes(family));
	b = policy_owner(p, family, &a);
	return b && p->clients.v[b->client].state == CLIENT_OPEN &&
	       p->clients.v[b->client].pf.clients_accept;
}

/* Did the owner of ADDR accept by default before the plan? */
static bool was_open(const struct hasten *x, unsigned int family,
		     const uint8_t *addr)
{
	const struct begin begin = { addr, family_bytes(family) };
	const struct plan_set *const *ps;

	vec_each(ps, &x->open) {
		if ((*ps)->set->family != family)
			continue;
		if (find(&begin, (*ps)->del.v, (*ps)->del.n))
			return true;
		if (find(&begin, (*ps)->add.v, (*ps)->add.n))
			return false;
	}
	return accepts_by_default(x->now, family, addr);
}

/* Had the pair of E an element among the denied ones? */
static bool was_denied(const struct hasten *x, unsigned int family,
		       const struct elem *e)
{
	const struct begin begin = { e->key, 2 * family_bytes(family) };
	const struct plan_set *const *ps;

	vec_each(ps, &x->deny)
		if ((*ps)->set->family == family &&
		    find(&begin, (*ps)->del.v, (*ps)->del.n))
			return true;
	return false;
}

/*
 * Did the old rules judge the pair of E as E does, without it?  A pair to allow,
 * if both accepted by default; a pair to deny, if they never look for it, because
 * one of the two did not.  Of the latter only those of networks are worth a batch:
 * a packet between addresses meets the new element in its second hook.
 */
static bool says_nothing_new(const struct hasten *x, const struct plan_set *ps,
			     const struct elem *e)
{
	unsigned int family = ps->set->family;
	bool open = was_open(x, family, e->key) &&
		    was_open(x, family, e->key + family_bytes(family));

	if (lower_set_of(ps->set->name) == SET_DENY)
		return ps->set->interval && !open;
	return open && !was_denied(x, family, e);
}

/* Bring the early ones to the front of PS->add. */
static void hasten(const struct hasten *x, struct plan_set *ps)
{
	VEC(const struct elem *) others = { 0 };
	const struct elem *e;
	size_t i;

	for (i = 0; i < ps->add.n; i++) {
		e = ps->add.v[i];
		if (says_nothing_new(x, ps, e) &&
		    (!x->moved ||
		     (has_room(ps, e, ps->del.v, ps->del.n) &&
		      has_room(ps, e, ps->deferred.v, ps->deferred.n))))
			ps->add.v[ps->n_early++] = e;
		else
			vec_push(&others, e);
	}
	for (i = 0; i < others.n; i++)
		ps->add.v[ps->n_early + i] = others.v[i];
	vec_fini(&others);
}

void plan_hasten_adds(struct plan *plan, const struct policy *now)
{
	struct hasten x = { .now = now, .moved = networks_move(plan) };
	struct plan_set *ps;

	vec_each(ps, &plan->sets) {
		if (!ps->set || !ps->old)
			continue;
		if (lower_set_of(ps->set->name) == SET_OPEN)
			vec_push(&x.open, ps);
		if (lower_set_of(ps->set->name) == SET_DENY)
			vec_push(&x.deny, ps);
	}
	vec_each(ps, &plan->sets)
		if (x.open.n && ps->set && ps->old &&
		    ps->set->key == SET_KEY_PAIR)
			hasten(&x, ps);
	vec_fini(&x.open);
	vec_fini(&x.deny);
}
