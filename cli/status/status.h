/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts about each client, for `vpnpf status`: from files, hooks, servers
 * and the kernel's counters; and what is in force.
 */
#pragma once

#include "cli/cli.h"
#include "cli/server/session.h"
#include "cli/sync/in_force.h"

struct status_address {
	struct endpoint addr;
	enum binding_source source;
	struct str instance;	/* the server's */
	long long since;	/* of a live address: seconds since 1970; else
				 * 0 */
};

struct status_session {
	struct str instance;
	const struct ovstatus_client *client;
};

struct status_client {
	struct str name;
	enum client_state state;
	bool keeps;		/* a bad file: the previous rules are in
				 * force */
	const struct shut *shut;	/* of struct client */
	const char *file;	/* its .pf file; NULL: none */
	char *servers;		/* where it has an address or a session: "lab",
				 * "lab,office"; the only server there is */
	VEC(struct status_address) addresses;
	VEC(struct status_session) sessions;
	bool connected;
	long long since;	/* connected; 0: not known */
	struct count allowed, denied;
	bool picked;		/* selected on the command line */
};

struct status {
	struct in_force rules;
	struct compile compile;		/* owns all other text */
	VEC(struct session) asked;
	bool counted;			/* the counters are known */
	VEC(struct status_client) clients;	/* sorted by name */
};

/* 0, or -errno (reported): no client is known. End with status_fini whatever is
 * returned. */
int status_read(struct cli *cli, struct status *out);
void status_fini(struct status *o);
void status_client_fini(struct status_client *c);

struct status_client *status_find(const struct status *o, struct str name);

/* TEXT escaped as in messages, malloced. */
char *status_escaped(struct str text);

/* How many clients are connected to the server of S with an address by which no
 * rule knows them? */
size_t status_count_unknown(const struct status *o, const struct session *s);

/* Print what is in force on stdout: a headline, and what differs. */
void status_print_rules(const struct in_force *x, const struct cli *cli);

/* Print where servers run without their interface, and interfaces like theirs
 * that no section names. */
void status_print_interfaces(const struct status *o);

/* Print on stdout: a table, JSON, or the format of Prometheus' textfile
 * collector. */
void status_print(const struct status *o);
void status_print_json(const struct status *o);
void status_print_prometheus(const struct status *o);
