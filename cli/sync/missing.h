/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients whose .pf file is gone.  Their rules are closed at once, but often
 * the file comes back in seconds (a folder is replaced, or not mounted), while
 * a client's program that is refused ends for good.  So for `grace` seconds
 * their sessions are left alone, and they may connect, with no rights.  The
 * state has since when a file is missing.
 */
#pragma once

#include "cli/sync/sync.h"

/* Is the client NAME, whose file is missing, left alone? */
bool missing_is_spared(const struct conf *conf, const struct state *s,
		       struct str name);

/* For struct state_write, with the struct sync as ARG. */
bool missing_is_kept(void *arg, struct str name, long long since);
