/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does another program translate addresses with nftables?
 */
#pragma once

#include <stdbool.h>

/* backend.has_nat: does a base chain of type nat, of any table and family, have
 * rules?  Reads the chains, not the rules. */
bool nft_has_nat(void);
