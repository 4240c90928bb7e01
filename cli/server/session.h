/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients that are connected to an OpenVPN server, from its management
 * interface, else from its status file.
 */
#pragma once

#include "cli/server/manage.h"

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
/* The same, by the management interface only, which IN must have. */
void session_ask(const struct instance *in, struct sources *set,
		 struct session *out, struct diag *d);

void session_fini(struct session *s);

struct sessions {
	VEC(struct session) list;
};
void sessions_fini(struct sessions *s);

/* Connections, by name; lent from their status. */
struct session_clients {
	VEC(const struct ovstatus_client *) list;
};

/* The connections of clients that have addresses; end OUT with vec_fini.  A
 * client without is still in its handshake, or was refused and will disappear
 * in seconds. */
void session_connected(const struct ovstatus *status,
		       struct session_clients *out);

struct session_call {
	bool (*shall_end)(void *arg, struct str name);
	void (*ended)(void *arg, struct str name);	/* once for a kill */
	void *arg;
};

/*
 * End the connections of the clients that CALL names, by the management
 * interface of IN, which must have one.  0, or -errno (a warning).
 */
int session_end(const struct instance *in, struct sources *set,
		const struct session_call *call, struct diag *d);
