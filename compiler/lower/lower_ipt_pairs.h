/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pairs of lower_pairs.h, listed for each client.  Part of lower_ipt.c.
 */
#pragma once

#include "compiler/model/policy.h"

struct lower_ipt_pair {
	unsigned int client, peer;
	bool accept;
	const struct loc *at;
};

struct lower_ipt_pairs {
	VEC(struct lower_ipt_pair) list;	/* by client */
	unsigned int *start;		/* index of each client's first pair;
					 * at the end the number of pairs */
};

void lower_ipt_pairs_make(const struct policy *p, struct lower_ipt_pairs *out);
void lower_ipt_pairs_fini(struct lower_ipt_pairs *pairs);
