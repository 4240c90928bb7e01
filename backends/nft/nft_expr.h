/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter of netlink: a rule as expressions.  Each match loads its values
 * from NFT_REG_1 on.
 */
#pragma once

#include <libnftnl/rule.h>

#include "compiler/plan/plan.h"

/* Add RULE's expressions to TO; its counter begins with the values of OLD (or
 * NULL). */
void nft_expr_add(struct nftnl_rule *to, const struct ruleset *rs,
		  const struct rule *rule, const struct kernel_rule *old);
