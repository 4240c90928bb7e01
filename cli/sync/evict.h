/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connected clients that are closed: [KILL], or a removed file. Their rules are
 * already closed; this ends their connections, if the server has a management
 * interface.
 */
#pragma once

#include "cli/finding.h"
#include "cli/server/session.h"
#include "cli/sync/sync.h"

/* For one server, with the clients of SESSION. CHECK: only add the findings. */
void evict_sessions(struct sync *s, const struct session *session, bool check,
		    struct findings *out);

/* For all servers with a management interface, which are asked now. */
void evict_all(struct sync *s, struct findings *out);
