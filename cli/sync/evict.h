/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connected clients that are closed: [KILL], or a file that is missing for
 * longer than `grace`.  Their rules are closed already; this ends their
 * sessions, if the server has a management interface.  If the guard of
 * missing.h stands, only the sessions of [KILL].
 */
#pragma once

#include "cli/finding.h"
#include "cli/server/session.h"
#include "cli/sync/missing.h"
#include "cli/sync/sync.h"

/* End those of SESSIONS, of servers that have answered.  CHECK: only add the
 * findings.  True: the guard stands, and *GUARD says why. */
bool evict_sessions(struct sync *s, const struct sessions *sessions,
		    bool check, struct findings *out,
		    struct missing_guard *guard);

/* The same for all servers with a management interface, which are asked now;
 * that the guard stands is an error (reported). */
void evict_all(struct sync *s, struct findings *out);
