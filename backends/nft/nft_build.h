/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule as expressions, in the making.  Each function adds what one load or
 * one comparison needs; without another register it is NFT_REG_1.
 */
#pragma once

#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

#include "compiler/plan/plan.h"

struct nft_build {
	struct nftnl_rule *rule;
	const struct ruleset *rs;
	const struct kernel_rule *old;
	int family, proto;	/* known from matches so far, or -1 */
};

struct nftnl_expr *nft_build_expr(struct nft_build *b, const char *name);
void nft_build_data(struct nftnl_expr *e, uint16_t type, const void *data,
		    unsigned int len);
void nft_build_text(struct nftnl_expr *e, uint16_t type, const char *text);

/* Load. */
void nft_build_meta(struct nft_build *b, uint32_t key);
void nft_build_payload(struct nft_build *b, uint32_t base, uint32_t offset,
		       uint32_t len, uint32_t reg);
void nft_build_addr(struct nft_build *b, unsigned int family,
		    unsigned int field, uint32_t reg);

/* Compare. */
void nft_build_cmp(struct nft_build *b, uint32_t op, const void *data,
		   unsigned int len);
void nft_build_mask(struct nft_build *b, const uint8_t *mask, uint32_t len);
/* Is the address in NET? */
void nft_build_net(struct nft_build *b, const struct prefix *net);

enum lookup {
	LOOKUP_IN,
	LOOKUP_NOT_IN,
	LOOKUP_VERDICT,
};

void nft_build_lookup(struct nft_build *b, const char *set, enum lookup how);

/* Load and compare, unless a match of the rule has done it. */
void nft_build_family(struct nft_build *b, unsigned int family);
void nft_build_proto(struct nft_build *b, unsigned int proto);
