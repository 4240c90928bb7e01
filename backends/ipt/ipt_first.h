/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do our chains come first in their hooks?  Told by the first rules of a table,
 * however many follow.
 */
#pragma once

#include "backends/ipt/ipt_sock.h"

/* False, too, when that cannot be told. */
bool ipt_first_is_ours(int sock, unsigned int family, const char *table);
