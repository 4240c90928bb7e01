/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/ownership.h"

#include <string.h>

#include "compiler/base/ranges.h"

static int cmp_owned(const void *pa, const void *pb)
{
	const struct owned_range *a = pa, *b = pb;

	if (a->client != b->client)
		return a->client < b->client ? -1 : 1;
	if (a->family != b->family)
		return a->family - b->family;
	return memcmp(a->first.b, b->first.b, sizeof(a->first.b));
}

static void add_ranges(const struct policy *p, struct ownership *out)
{
	size_t n = p->bindings.n, all = n + p->doubtful.n, i;
	struct ranges_input *input;
	const struct binding *b;
	struct ranges ranges;
	const struct range *r;

	input = mem_alloc(all * sizeof(*input));
	for (i = 0; i < all; i++) {
		b = i < n ? &p->bindings.v[i] : &p->doubtful.v[i - n];
		input[i] = (struct ranges_input){
			b->net, 128u - b->net.len, (unsigned int)i,
		};
	}
	ranges_make(input, all, &ranges);
	/* never empty: ownership_begin adds to it */
	vec_reserve(&out->list, ranges.list.n + 1);
	vec_each(r, &ranges.list) {
		if (input[r->input].value >= n)
			continue;	/* nobody's */
		b = &p->bindings.v[input[r->input].value];
		vec_push(&out->list, ((struct owned_range){
					     .client = b->client,
					     .vpn = policy_vpn_of(p,
								  b->instance),
					     .family = b->net.family,
					     .net = !prefix_is_host(&b->net),
					     .reqid = b->reqid,
					     .first = r->first,
					     .last = r->last,
				     }));
	}
	vec_fini(&ranges.list);
	free(input);
}

void ownership_make(const struct policy *p, struct ownership *out)
{
	size_t i, c;

	*out = (struct ownership){ 0 };
	add_ranges(p, out);
	vec_sort(&out->list, cmp_owned);
	out->start = mem_zalloc(p->clients.n + 1, sizeof(*out->start));
	for (i = c = 0; c <= p->clients.n; c++) {
		while (i < out->list.n && out->list.v[i].client < c)
			i++;
		out->start[c] = (unsigned int)i;
	}
}

void ownership_fini(struct ownership *list)
{
	vec_fini(&list->list);
	free(list->start);
}
