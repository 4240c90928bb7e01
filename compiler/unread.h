/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients whose ccd file cannot be read, so that their addresses are unknown.
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/state/state.h"

/*
 * Such a client keeps the addresses that the policy table of S has for it.  The
 * file may give the client any address, so no other client may get a new one:
 * of the same server's ipp.txt only the bindings in the policy table count.  P
 * is sorted, and has its static bindings and no others.
 */
void unread_keep_addresses(const struct state *s, const struct load *l,
			   struct policy *p, struct diag *d);
