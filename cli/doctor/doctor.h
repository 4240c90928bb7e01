/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes round the filter or breaks it: vpnpf-doctor(7).  A check looks at
 * one thing and finds nothing, or some of its name.
 */
#pragma once

#include "cli/cli.h"
#include "cli/finding.h"
#include "compiler/openvpn/ovline.h"

/* A line of a server.conf, from which each server begins. */
struct doctor_line {
	const struct instance *in;
	struct ovline line;
};

struct doctor {
	struct cli *cli;
	struct compile world;	/* the policy is not resolved, but its
				 * bindings are sorted by prefix */
	VEC(struct doctor_line *) lines;
	const struct doctor_check *check;	/* that runs */
	struct findings found;
};

struct doctor_check {
	const char *name;	/* stays: people silence it */
	const char *cure;
	void (*run)(struct doctor *x);	/* of all that is no server's, or */
	void (*run_server)(struct doctor *x, const struct instance *in);
};

/* Of five files: a server.conf, who has which address, the host, rules, who
 * may write files. */
extern const struct doctor_check doctor_conf_checks[],
	doctor_policy_checks[], doctor_host_checks[], doctor_rule_checks[],
	doctor_file_checks[];	/* name NULL: the end */

/* Something was found, by the check that runs. */
void doctor_found(struct doctor *x, const struct instance *in, struct loc at,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The last line of IN's server.conf with this option, or NULL. */
const struct ovline *doctor_option(const struct doctor *x,
				    const struct instance *in,
				    const char *name);

/* The file that a line of a server.conf runs or loads, as seen from here;
 * malloced. */
char *doctor_program(struct doctor *x, const struct doctor_line *l);
