/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule's expressions say, as a number: with it in the rule's user data,
 * expressions that were changed under their digest are found.
 */
#pragma once

#include <libmnl/libmnl.h>

/*
 * Of NFTA_RULE_EXPRESSIONS, as they are sent or as the kernel returns them: it
 * orders attributes otherwise, adds some that are zero, and forgets which hold
 * others.  What counters have counted is no part of it.
 */
uint64_t nft_content_digest(const struct nlattr *expressions);
