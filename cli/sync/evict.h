/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connected clients that may do nothing: [KILL], or a file that was taken away.
 * Their rules are closed already; here their connections are ended, where a
 * management interface can do that.
 */
#pragma once

#include "cli/finding.h"
#include "cli/server/session.h"
#include "cli/sync/sync.h"

/* Of one server, as SESSION knows its clients.  CHECK: only say so. */
void evict_sessions(struct sync *s, const struct session *session, bool check,
		    struct findings *out);

/* Of all servers that have such an interface, which are asked now. */
void evict_all(struct sync *s, struct findings *out);
