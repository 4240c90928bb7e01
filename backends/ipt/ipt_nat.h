/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does another program translate addresses with iptables-legacy?
 */
#pragma once

#include <stdbool.h>

/* backend.has_nat: has a table "nat" rules, or chains of its own?  Asks for the
 * size of the table only if it is there, so the kernel makes none. */
bool ipt_has_nat(void);
