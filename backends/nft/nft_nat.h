/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does another program translate addresses with nftables?
 */
#pragma once

#include <stdbool.h>

#include "backends/host_nat.h"

/* backend.has_nat: does a base chain of type nat, of any table and family, have
 * rules?  Reads the chains, not the rules. */
bool nft_has_nat(void);

/* backend.find_nat */
void nft_find_nat(const struct host_pools *pools,
		  nat_found_fn *found, void *arg);
