/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are the jumps to our chains the first rules of their hooks?  Reads only the
 * first rules of a table, however many there are.
 */
#pragma once

#include "backends/ipt/ipt_sock.h"

/* False also if the table cannot be read. */
bool ipt_first_is_ours(int sock, unsigned int family, const char *table);
