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

static void find_wanted(const struct plan *plan, const struct set *set,
			struct wanted *out)
{
	const struct plan_set *ps = plan_find_set(plan, set);

	if (ps) {
		want_all(ps->del.v, ps->del.n, out);
		want_all(ps->deferred.v, ps->deferred.n, out);
	}
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

int nft_count_read(struct nft_sock *s, const struct plan *plan,
		   struct kernel_ruleset *old)
{
	struct set *set;
	int r = 0;

	vec_each(set, &old->sets)
		if (!r && set->counter)
			r = read_set(s, plan, set);
	return r == -EINTR || r == -ENOBUFS ? -ERESTART : r;
}
