/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients that are connected to an OpenVPN server, from its management
 * interface, else from its status file.
 */
#pragma once

#include "cli/server/manage.h"
#include "compiler/openvpn/ovstatus.h"

enum session_source {
	SESSION_UNKNOWN,	/* no answer, or not reliable */
	SESSION_MANAGEMENT,
	SESSION_STATUS,
};

struct session {
	const struct instance *in;
	enum session_source source;
	struct ovstatus status;	/* unless unknown */
	long long until;	/* the status file is too old after this time */
	long long at;		/* the time of the information, in seconds since
				 * 1970 */
};

/*
 * Ask IN's server. A missing answer, or one that is too old, is a warning. SET
 * gets the text. Takes MANAGE_SECONDS at most.
 */
void session_read(const struct instance *in, struct sources *set,
		  struct session *out, struct diag *d);
void session_fini(struct session *s);

/* Does the client have addresses? A client without is still in its handshake,
 * or was refused and will disappear in seconds. */
bool session_has_routes(const struct ovstatus *status, struct str name);

/* Shall this client's connections end? */
typedef bool session_is_closed(void *arg, struct str name);

/*
 * End the connections of closed clients by the management interface of IN,
 * which must have one; ENDED is called for each. 0, or -errno (a warning).
 */
int session_end(const struct instance *in, struct sources *set,
		session_is_closed *is_closed,
		void (*ended)(void *arg, struct str name), void *arg,
		struct diag *d);
