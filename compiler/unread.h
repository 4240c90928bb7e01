/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ccd file that could not be read: its client's addresses are not known.
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/state/state.h"

/*
 * Its client keeps the addresses that the policy table of S has for it.  An address
 * of which that file may say that it is the client's goes to nobody else: of
 * the same server's ipp.txt counts only what counted before.  P is sorted and
 * has its static bindings, and nothing else.
 */
void unread_keep_addresses(const struct state *s, const struct load *l,
			   struct policy *p, struct diag *d);
