/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is all as it was when it was loaded?  Told without reading any of it.
 */
#pragma once

#include "cli/sync/sync.h"

/* Files of clients that are looked at in one call: those of others are looked
 * at in the calls that follow. */
#define UNCHANGED_CLIENTS 400

/*
 * True: the kernel's rules are those that were loaded last, and each file and
 * folder that they come from is the one that was read, as it was.  A file of a
 * single client that was changed in place is seen in its turn:
 * UNCHANGED_CLIENTS clients' files are looked at in one call.  S is ready, and
 * its sources have seen the configuration and nothing else.
 */
bool sync_is_unchanged(struct sync *s);
