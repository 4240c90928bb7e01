/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter of netlink: a rule as expressions.  Registers: what a match loads
 * begins in NFT_REG_1.
 */
#pragma once

#include <libmnl/libmnl.h>

#include "compiler/plan/plan.h"

/* Put RULE's expressions into the open list (NFTA_RULE_EXPRESSIONS) of NLH; its
 * counter begins with what OLD (or NULL) had. */
void nft_expr_put(struct nlmsghdr *nlh, const struct ruleset *rs,
		  const struct rule *rule, const struct kernel_rule *old);

/* A verdict (NFTA_DATA_VERDICT) as the data attribute TYPE. */
void nft_expr_put_verdict(struct nlmsghdr *nlh, unsigned int type,
			  enum verdict_kind kind, const char *target);
