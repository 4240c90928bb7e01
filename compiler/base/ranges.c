/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/ranges.h"

#include <string.h>

/*
 * One pass in the order of prefix_cmp, where a prefix comes right before all
 * prefixes inside it.  The open prefixes are those that contain the current
 * address, each inside the one before.
 */
struct open {
	const struct prefix *net;
	unsigned int input;	/* lowest rank up to this open prefix */
};

struct sweep {
	const struct ranges_input *input;
	struct ranges *out;
	VEC(struct open) open;
	struct addr next;	/* the first address without a range yet */
	bool done;		/* the address space has ended */
};

/* Add the range [next, last] for the open prefix of the lowest rank. */
static void give(struct sweep *s, const struct addr *last)
{
	const struct open *top = &s->open.v[s->open.n - 1];

	if (s->done || memcmp(s->next.b, last->b, sizeof(last->b)) > 0)
		return;
	vec_push(&s->out->list,
		 ((struct range){ s->next, *last, top->input }));
	s->next = *last;
	s->done = !addr_next(top->net->family, &s->next);
}

static void close_top(struct sweep *s)
{
	struct addr last = prefix_last(s->open.v[s->open.n - 1].net);

	give(s, &last);
	s->open.n--;
}

static void enter(struct sweep *s, unsigned int i)
{
	const struct prefix *net = &s->input[i].net;
	struct addr before = net->addr;
	unsigned int best = i;

	while (s->open.n && !prefix_covers(s->open.v[s->open.n - 1].net, net))
		close_top(s);
	if (s->open.n) {
		if (addr_prev(net->family, &before))
			give(s, &before);
		best = s->open.v[s->open.n - 1].input;
		if (s->input[i].rank < s->input[best].rank)
			best = i;
	}
	s->next = net->addr;
	s->done = false;
	vec_push(&s->open, ((struct open){ net, best }));
}

static int cmp_inputs(const void *pa, const void *pb)
{
	const struct ranges_input *a = pa, *b = pb;
	int r = prefix_cmp(&a->net, &b->net);

	return r ? r : (a->rank > b->rank) - (a->rank < b->rank);
}

void ranges_make(struct ranges_input *input, size_t n, struct ranges *out)
{
	struct sweep s = { .input = input, .out = out };
	unsigned int i;

	*out = (struct ranges){ 0 };
	if (n > 1)
		qsort(input, n, sizeof(*input), cmp_inputs);
	for (i = 0; i < n; i++)
		enter(&s, i);
	while (s.open.n)
		close_top(&s);
	vec_fini(&s.open);
}
