/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question of "explain" and its answer, for who decides (cmd_explain.c)
 * and who shows (explain_print.c).
 */
#pragma once

#include "cli/cli.h"
#include "cli/who.h"
#include "compiler/verdict.h"

/* One end of the packet: a client, or an address that is no client's. */
struct end {
	const char *arg;		/* as asked */
	const struct client *client;	/* or NULL */
	struct client spare;		/* what client may point to */
	bool has_addr;			/* ARG is an address */
	struct prefix addr;
	const struct binding *binding;	/* what makes it the client's */
	const char *pool;		/* it is nobody's, in this server's
					 * pool or this section's networks;
					 * else NULL */
};

struct question {
	struct cli *cli;
	struct load *l;
	const struct policy *p;
	struct who who;
	struct end src, dst;
	struct service_key service;
};

struct answer {
	bool accept;
	unsigned int n;			/* sides that were asked */
	struct verdict side[2];		/* first that of src */
};

void explain_print(const struct question *q, const struct answer *a);
void explain_print_json(const struct question *q, const struct answer *a);
