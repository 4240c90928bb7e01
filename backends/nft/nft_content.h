/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A digest of a rule's expressions.  It stands in the rule's user data, so that
 * a rule with changed expressions and old user data is found.
 */
#pragma once

#include <libnftnl/rule.h>

/*
 * The digest of a rule as it is sent, or as the kernel returns it with added
 * attributes that are zero.  Values of counters are left out.
 */
uint64_t nft_content_digest(struct nftnl_rule *rule);
