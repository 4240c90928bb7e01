/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter of netlink: a rule as expressions.  Registers: what a match loads
 * begins in NFT_REG_1.
 */
#pragma once

#include <libnftnl/rule.h>

#include "compiler/plan/plan.h"

/* Add RULE's expressions to TO; its counter begins with what OLD (or NULL)
 * had. */
void nft_expr_add(struct nftnl_rule *to, const struct ruleset *rs,
		  const struct rule *rule, const struct kernel_rule *old);
