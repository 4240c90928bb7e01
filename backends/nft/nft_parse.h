/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What objects of libnftnl say, as ours.  What comes back borrows from them.
 */
#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>

#include "compiler/plan/plan.h"

/* A set's "key" when it is none of ours: it has a name, and no elements. */
#define NFT_PARSE_FOREIGN 0xff

/*
 * The digest, by the user data, or by the expressions of a plain rule, else 0;
 * and the counter's values.
 */
void nft_parse_rule(struct nftnl_rule *r, struct kernel_rule *out);

/* The hook and priority of a base chain; false if we make none such, or none
 * that drops what its rules do not decide. */
bool nft_parse_hook(const struct nftnl_chain *c, enum hook *hook,
		    int *priority);

/* All but the name and elements. */
void nft_parse_set(const struct nftnl_set *s, struct set *out);

/* An element as the kernel has it: of an interval set one of the two ends. */
struct nft_half {
	struct elem elem;		/* target and comment are not set */
	const char *chain;		/* of a jump, or NULL */
	const char *comment;		/* or NULL */
	bool is_end;			/* the address after an interval */
};

/* One element; false if it is not to be understood. */
bool nft_parse_elem(struct nftnl_set_elem *e, const struct set *set,
		    struct nft_half *out);

/* Add the intervals to SET that the ends (in any order) make. */
void nft_parse_fold(struct nft_half *halves, size_t n, struct set *set);
