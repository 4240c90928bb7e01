/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that bypass or break the filter: vpnpf-doctor(7). A check looks for
 * one problem; its findings have the check's name.
 */
#pragma once

#include "cli/cli.h"
#include "cli/finding.h"
#include "cli/sync/in_force.h"
#include "compiler/openvpn/ovline.h"

/* A line of a server.conf, with its server. */
struct doctor_line {
	const struct instance *in;
	struct ovline line;
};

struct doctor {
	struct cli *cli;
	struct compile compile;	/* the policy is not resolved, but its
				 * bindings are sorted by prefix */
	VEC(struct doctor_line *) lines;
	struct in_force rules;	/* not with --offline */
	const struct doctor_check *check;	/* the running check */
	struct findings found;
};

struct doctor_check {
	const char *name;	/* must not change: doctor-ignore uses it */
	const char *cure;
	void (*run)(struct doctor *x);	/* for checks that are not per server;
					 * or */
	void (*run_server)(struct doctor *x, const struct instance *in);
};

/* The checks of each doctor_X.c: server.conf, its hooks, owners of addresses,
 * routes to them, the host, its interfaces and links, what is in force, rules, write access
 * to files. */
extern const struct doctor_check doctor_conf_checks[], doctor_hook_checks[],
	doctor_policy_checks[], doctor_route_checks[], doctor_host_checks[],
	doctor_device_checks[], doctor_link_checks[], doctor_in_force_checks[],
	doctor_rule_checks[], doctor_file_checks[];	/* name NULL: the end */

/* Add a finding of the check that runs. */
void doctor_found(struct doctor *x, const struct instance *in, struct loc at,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same, of a client: the text output shows the first of these, with the
 * names of the others. */
void doctor_found_of(struct doctor *x, const struct instance *in,
		     struct loc at, struct str name, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* The name of the client that B belongs to. */
struct str doctor_owner(const struct doctor *x, const struct binding *b);

/* The last line of IN's server.conf with this option, or NULL. */
const struct ovline *doctor_option(const struct doctor *x,
				    const struct instance *in,
				    const char *name);
/* The same, with its server. */
const struct doctor_line *doctor_last_line(const struct doctor *x,
					   const struct instance *in,
					   const char *name);

/* The file that a line of a server.conf runs or loads, relative to the working
 * directory; malloced. */
char *doctor_program(struct doctor *x, const struct doctor_line *l);
