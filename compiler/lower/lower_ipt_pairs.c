/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_pairs.h"

#include "compiler/lower/lower_pairs.h"

static void add_pair(void *arg, unsigned int a, unsigned int b, bool accept,
		     const struct loc *at)
{
	struct lower_ipt_pairs *pairs = arg;

	vec_push(&pairs->list, ((struct lower_ipt_pair){ a, b, accept, at }));
	if (a != b)
		vec_push(&pairs->list,
			 ((struct lower_ipt_pair){ b, a, accept, at }));
}

/* A counting sort: fast enough for millions of pairs. */
void lower_ipt_pairs_make(const struct policy *p, struct lower_ipt_pairs *out)
{
	struct lower_ipt_pairs found = { 0 };
	const struct lower_ipt_pair *pair;
	size_t i;

	lower_pairs_each(p, true, add_pair, &found);
	*out = (struct lower_ipt_pairs){
		.start = mem_zalloc(p->clients.n + 2, sizeof(*out->start)),
	};
	vec_reserve(&out->list, found.list.n);
	out->list.n = found.list.n;
	vec_each(pair, &found.list)
		out->start[pair->client + 2]++;
	for (i = 2; i < p->clients.n + 2; i++)
		out->start[i] += out->start[i - 1];
	vec_each(pair, &found.list)
		out->list.v[out->start[pair->client + 1]++] = *pair;
	vec_fini(&found.list);
}

void lower_ipt_pairs_fini(struct lower_ipt_pairs *pairs)
{
	vec_fini(&pairs->list);
	free(pairs->start);
}
