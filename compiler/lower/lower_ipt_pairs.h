/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each client's pairs, as lower_pairs.h has them, from its own point of view.
 * Part of lower_ipt.c.
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
	unsigned int *start;		/* of each client, and one more */
};

void lower_ipt_pairs_make(const struct policy *p, struct lower_ipt_pairs *out);
void lower_ipt_pairs_fini(struct lower_ipt_pairs *pairs);
