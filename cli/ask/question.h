/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question, "may SRC send to DST?", and its answer with the reasons, for
 * all who ask the policy and not the kernel.  Everything borrows from the
 * policy and from who asks.
 */
#pragma once

#include "cli/ask/client_lookup.h"
#include "cli/cli.h"
#include "compiler/model/verdict.h"

/* One end of the packet: a client, or an address that is no client's. */
struct end {
	struct str asked;
	const struct client *client;	/* or NULL */
	struct client spare;		/* what client may point to */
	bool has_addr;			/* an address was asked for */
	struct prefix addr;
	const struct binding *binding;	/* what makes it the client's */
	const char *pool;		/* it is nobody's, in this server's
					 * pool or this section's networks;
					 * else NULL */
};

/* Stays where it is while it has ends: they point into themselves. */
struct question {
	struct load *l;
	const struct policy *p;
	struct client_lookup lookup;
	struct end src, dst;
	struct service_key service;
};

struct answer {
	bool accept;
	unsigned int n;			/* sides that were asked */
	struct verdict side[2];		/* first that of src */
};

/* L and P outlive the question.  End with question_fini. */
void question_init(struct question *q, struct load *l, const struct policy *p);
void question_fini(struct question *q);

/* A client's name, which comes first, or an address; not copied. */
void question_set_ends(struct question *q, struct str src, struct str dst);

/* The same of two addresses, which are no names. */
void question_set_hosts(struct question *q, struct str src, struct str dst);

/* Is END a name that neither a file nor an address is known of? */
bool end_is_unknown(const struct end *end);
struct str end_name(const struct end *end);

/* False: no client has to do with it. */
bool question_decide(const struct question *q, struct answer *out);

/* Words for it, malloced: "both [CLIENTS] allow" */
char *question_summary(const struct question *q, const struct answer *a);
/* "john denies max" */
char *question_side(const struct question *q, const struct answer *a,
		    unsigned int i);
/* What the line of a verdict that has a place does not say: "", " (default)" */
char *question_remark(const struct verdict *v);
/* The line that holds AT, without blanks at its end. */
struct str question_line(struct loc at);
/* Why, where a verdict has no place: "no file policy/max.pf" */
char *question_lack(const struct question *q, const struct verdict *v);

/* The file that CLIENT has or should have; malloced. */
char *question_file(const struct question *q, const struct client *client);

#define PORTS_TEXT 16

/* The client's ports that V asks for: "1024-65535". */
const char *question_client_ports(const struct verdict *v,
				  char buf[static PORTS_TEXT]);
