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
 * True: the kernel's rules are those that were loaded last, and no file that
 * they come from is newer.  Of the clients' files only new, removed and
 * replaced ones are seen for sure; of those that were changed in place
 * UNCHANGED_CLIENTS clients' a call, in turn.  S is ready; the first N_CONF of its
 * sources are those of the configuration.
 */
bool sync_is_unchanged(struct sync *s, size_t n_conf);
