/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of libnftnl -> structs of plan.h, which borrow from the objects.
 */
#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>

#include "compiler/plan/plan.h"

/* The "key" of a set that vpnpf does not make; such a set gets no elements. */
#define NFT_PARSE_FOREIGN 0xff

/*
 * Set the digest (from the user data, or from the expressions of a plain rule,
 * else 0) and the counter's values.
 */
void nft_parse_rule(struct nftnl_rule *r, struct kernel_rule *out);

/* The hook and priority of a base chain; false if vpnpf makes no such chain, or
 * if its policy is drop. */
bool nft_parse_hook(const struct nftnl_chain *c, enum hook *hook,
		    int *priority);

/* Set all members but name and elements. */
void nft_parse_set(const struct nftnl_set *s, struct set *out);

/* An element of the kernel; in an interval set one of the two ends. */
struct nft_half {
	struct elem elem;		/* target and comment are not set */
	const char *chain;		/* of a jump, or NULL */
	const char *comment;		/* or NULL */
	bool is_end;			/* the address after an interval */
};

/* Parse one element; false if vpnpf makes no such element. */
bool nft_parse_elem(struct nftnl_set_elem *e, const struct set *set,
		    struct nft_half *out);

/* Add to SET the intervals with the ends HALVES (in any order). */
void nft_parse_fold(struct nft_half *halves, size_t n, struct set *set);
