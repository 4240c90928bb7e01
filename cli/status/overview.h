/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of each client, for `vpnpf status`: of files, hooks, servers
 * and the kernel's counters.
 */
#pragma once

#include "cli/cli.h"
#include "cli/server/session.h"

struct overview_address {
	char text[ADDR_TEXT];
	enum binding_source source;
	struct str instance;	/* the server's */
	long long since;	/* of a live one: seconds since 1970; 0: none */
};

struct overview_session {
	struct str instance;
	const struct ovstatus_client *client;
};

struct overview_client {
	struct str name;
	enum client_state state;
	bool keeps;		/* a bad file: the rules before are in force */
	const char *file;	/* its .pf file; NULL: none */
	VEC(struct overview_address) addresses;
	VEC(struct overview_session) sessions;
	bool connected;
	long long since;	/* connected; 0: not known */
	struct count allowed, denied;
	bool picked;		/* for the command */
};

struct overview {
	struct cli_world world;		/* all text is its */
	VEC(struct session) asked;
	bool counted;			/* the counters are known */
	VEC(struct overview_client) clients;	/* sorted by name */
};

/* 0, or -errno (said).  End with overview_fini whatever is returned. */
int overview_read(struct cli *cli, struct overview *out);
void overview_fini(struct overview *o);
void overview_client_fini(struct overview_client *c);

struct overview_client *overview_find(const struct overview *o,
				      struct str name);

/* TEXT as messages show it, malloced. */
char *overview_escaped(struct str text);

/* On stdout: a table, JSON, what Prometheus' textfile collector reads. */
void overview_print(const struct overview *o);
void overview_print_json(const struct overview *o);
void overview_print_prometheus(const struct overview *o);
