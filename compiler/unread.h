/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of addresses that cannot be read: a client's ccd file, or the whole
 * client-config-dir or ipp.txt of a server.  What they said before, as the
 * policy table of S has it, counts on.
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/state/state.h"

/* Add the clients whose addresses stay to P, before it is sorted. */
void unread_add_names(const struct state *s, const struct load *l,
		      struct policy *p);

/*
 * Bind the addresses that stay.  An unreadable ccd file may give its client any
 * address, so no other client may get a new one: of the same server's ipp.txt
 * only the bindings in the policy table count.  P is sorted, and has its static
 * bindings and no others.
 */
void unread_keep_addresses(const struct state *s, const struct load *l,
			   struct policy *p, struct diag *d);
