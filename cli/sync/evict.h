/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connected clients that are closed: [KILL], or a file that is missing for
 * longer than `grace`.  Their rules are closed already; this ends their
 * sessions, if the server has a management interface.
 */
#pragma once

#include "cli/finding.h"
#include "cli/server/session.h"
#include "cli/sync/sync.h"

/* End those of SESSIONS, of servers that have answered.  CHECK: only add the
 * findings. */
void evict_sessions(struct sync *s, const struct sessions *sessions,
		    bool check, struct findings *out);

/* The same for all servers with a management interface, which are asked now. */
void evict_all(struct sync *s, struct findings *out);
