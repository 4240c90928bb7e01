/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are files and rules unchanged since they were loaded? This reads their stamps
 * and the state text, not the files and rules.
 */
#pragma once

#include "cli/sync/sync.h"

/* The number of clients whose files one call checks; the next calls check the
 * files of other clients. */
#define UNCHANGED_CLIENTS 400

/*
 * True: as far as the backend can tell without a listing, the kernel's rules
 * are those that were loaded last (iptables: many rules have the same number
 * and size, and are first in their hooks), and the files and directories that
 * were read are unchanged. A file of a single client that was changed in place
 * is found in its turn: one call checks the files of UNCHANGED_CLIENTS clients.
 * False if there were standing findings.
 * S is ready, and its sources have seen the configuration and nothing else.
 */
bool sync_is_unchanged(struct sync *s);
