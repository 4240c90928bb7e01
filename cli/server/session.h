/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is connected to an OpenVPN server, as it says itself: by its management
 * interface, else by its status file.
 */
#pragma once

#include "cli/server/manage.h"
#include "compiler/openvpn/ovstatus.h"

enum session_source {
	SESSION_UNKNOWN,	/* it does not say, or cannot be believed */
	SESSION_MANAGEMENT,
	SESSION_STATUS,
};

struct session {
	const struct instance *in;
	enum session_source source;
	struct ovstatus status;	/* unless unknown */
	long long until;	/* of a status file: it is too old then */
	long long at;		/* as of when, in seconds since 1970: what has
				 * happened since is not in it */
};

/*
 * Ask IN's server.  What does not answer, or is too old, is a warning.  Text
 * goes to SET.  Takes MANAGE_SECONDS at most.
 */
void session_read(const struct instance *in, struct sources *set,
		  struct session *out, struct diag *d);
void session_fini(struct session *s);

/* Has the client addresses?  Others are still in their handshake, or were
 * refused and will be gone in seconds. */
bool session_has_routes(const struct ovstatus *status, struct str name);

/* Shall this client's connections end? */
typedef bool session_is_closed(void *arg, struct str name);

/*
 * By the management interface of IN, which must have one, end the connections
 * of those who are closed; ENDED is told of each.  0, or -errno (a warning).
 */
int session_end(const struct instance *in, struct sources *set,
		session_is_closed *is_closed,
		void (*ended)(void *arg, struct str name), void *arg,
		struct diag *d);
