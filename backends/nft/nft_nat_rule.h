/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule of another program, as far as it tells which packets it translates.
 */
#pragma once

#include <libnftnl/rule.h>

#include "backends/host_nat.h"

/* R of a table of FAMILY (NFPROTO_*) into OUT, without chain and target's
 * number; *TARGET is the chain that it goes to, lent by R, or NULL. */
void nft_nat_rule(const struct nftnl_rule *r, uint32_t family,
		  struct nat_rule *out, const char **target);
