/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_count.h"

#include <errno.h>
#include <string.h>

#include "backends/nft/nft_ask.h"
#include "backends/nft/nft_object.h"
#include "backends/nft/nft_parse.h"
#include "backends/nft/nft_set.h"
#include "compiler/plan/counters.h"

/* Elements of one request: the answer to each is a message, which takes a page
 * of the socket's buffer. */
#define AT_ONCE 16

/* Elements of a set whose counters are needed. */
struct wanted {
	VEC(const struct elem *) list;
};

struct reader {
	struct set *set;
	unsigned int answers;
	struct kernel_rule *rules;		/* of a chain */
	size_t n, n_rules;
};

static int take_elem(struct nftnl_set_elem *answer, void *data)
{
	struct reader *rd = data;
	struct nft_half half;
	struct elem *e;

	if (!nft_parse_elem(answer, rd->set, &half))
		return 0;
	e = set_find_elem(rd->set, &half.elem);
	if (!e)
		return 0;
	e->packets = half.elem.packets;
	e->bytes = half.elem.bytes;
	rd->answers++;
	return 0;
}

static void take_elems(const struct nlmsghdr *nlh, void *data)
{
	SET_VAR *s = mem_check(nftnl_set_alloc());

	if (!nftnl_set_elems_nlmsg_parse(nlh, s))
		nftnl_set_elem_foreach(s, take_elem, data);
}

/* -ENOENT: one of the elements is missing, or is another. */
static int ask_elems(struct nft_sock *s, struct set *set,
		     const struct elem *const *elems, unsigned int n)
{
	SET_VAR *question = nft_object_set(set->name);
	struct reader rd = { .set = set };
	unsigned int i;
	int r;

	for (i = 0; i < n; i++)
		nftnl_set_elem_add(question,
				   nft_set_elem(set, elems[i]->key));
	r = nft_ask_elems(s, question, 0, take_elems, &rd);
	/* after a lost answer some elements are answered again */
	return r ? r : rd.answers >= n ? 0 : -ENOENT;
}

static void want_all(const struct elem *const *elems, size_t n,
		     struct wanted *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		vec_push(&out->list, elems[i]);
}

static bool is_half(const struct set *set, const struct elem *pair,
		    const struct elem *address)
{
	size_t n = family_bytes(set->family);

	return !memcmp(pair->key, address->key, n) ||
	       !memcmp(pair->key + n, address->key, n);
}

/* Add the elements of SET with ADDRESS, which another client will have. */
static void want_of_address(const struct set *set, const struct elem *address,
			    struct wanted *out)
{
	const struct elem *e;

	if (set->key == SET_KEY_ADDR) {
		e = set_find_elem(set, address);
		if (e)
			vec_push(&out->list, e);
		return;
	}
	vec_each(e, &set->elems)
		if (is_half(set, e, address))
			vec_push(&out->list, e);
}

static int cmp_pointers(const void *a, const void *b)
{
	return vec_cmp_places(*(const struct elem *const *)a,
			      *(const struct elem *const *)b);
}

static void want_once(struct wanted *wanted)
{
	size_t i, n = 0;

	vec_sort(&wanted->list, cmp_pointers);
	for (i = 0; i < wanted->list.n; i++)
		if (!n || wanted->list.v[n - 1] != wanted->list.v[i])
			wanted->list.v[n++] = wanted->list.v[i];
	wanted->list.n = n;
}

static void find_wanted(const struct plan *plan, const struct set *set,
			struct wanted *out)
{
	const struct plan_set *ps = plan_find_set(plan, set);
	size_t i;

	if (ps) {
		want_all(ps->del.v, ps->del.n, out);
		want_all(ps->deferred.v, ps->deferred.n, out);
	}
	vec_each(ps, &plan->sets)
		if (ps->old && ps->old->map &&
		    ps->old->family == set->family)
			for (i = 0; i < ps->del.n; i++)
				want_of_address(set, ps->del.v[i], out);
	want_once(out);
}

static int read_set(struct nft_sock *s, const struct plan *plan,
		    struct set *set)
{
	struct wanted wanted = { 0 };
	size_t i, n;
	int r = 0;

	find_wanted(plan, set, &wanted);
	for (i = 0; !r && i < wanted.list.n; i += n) {
		n = wanted.list.n - i;
		n = n < AT_ONCE ? n : AT_ONCE;
		r = ask_elems(s, set, wanted.list.v + i, (unsigned int)n);
	}
	vec_fini(&wanted.list);
	return r;
}

static void take_rule(const struct nlmsghdr *nlh, void *data)
{
	RULE_VAR *r = mem_check(nftnl_rule_alloc());
	struct reader *rd = data;
	struct kernel_rule rule;

	if (!nftnl_rule_nlmsg_parse(nlh, r) && rd->n < rd->n_rules) {
		nft_parse_rule(r, &rule);
		rd->rules[rd->n].packets = rule.packets;
		rd->rules[rd->n].bytes = rule.bytes;
	}
	rd->n++;
}

static int read_chain(struct nft_sock *s, struct kernel_chain *chain)
{
	struct reader rd = { .rules = chain->rules.v,
			     .n_rules = chain->rules.n };
	int r = nft_ask_rules(s, chain->name, take_rule, &rd);

	return r ? r : rd.n == rd.n_rules ? 0 : -ENOENT;
}

static bool chain_goes(const struct plan *plan,
		       const struct kernel_chain *chain)
{
	const struct plan_chain *pc;

	vec_each(pc, &plan->chains)
		if (pc->old == chain)
			return true;
	return false;
}

int nft_count_read(struct nft_sock *s, const struct plan *plan,
		   struct kernel_ruleset *old)
{
	struct kernel_chain *chain;
	struct set *set;
	int r = 0;

	vec_each(chain, &old->chains)
		if (!r && counters_is_client(chain->name) &&
		    chain_goes(plan, chain))
			r = read_chain(s, chain);
	vec_each(set, &old->sets)
		if (!r && set->counter)
			r = read_set(s, plan, set);
	return r == -EINTR || r == -ENOBUFS ? -ERESTART : r;
}
