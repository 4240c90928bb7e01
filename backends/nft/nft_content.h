/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule's expressions say, as a number: with it in the rule's user data,
 * expressions that were changed under their digest are found.
 */
#pragma once

#include <libnftnl/rule.h>

/*
 * Of a rule as it is sent or as the kernel returns it, with attributes added
 * that are zero.  What counters have counted is no part of it.
 */
uint64_t nft_content_digest(struct nftnl_rule *rule);
