/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does another program translate addresses with iptables-legacy?
 */
#pragma once

#include <stdbool.h>

#include "backends/host_nat.h"

/* backend.has_nat: has a table "nat" rules, or chains of its own?  Asks for the
 * size of the table only if it is there, so the kernel makes none. */
bool ipt_has_nat(void);

/* backend.find_nat */
void ipt_find_nat(const struct host_pools *pools,
		  nat_found_fn *found, void *arg);
