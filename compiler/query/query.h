/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question, "may SRC send to DST?", and its answer with the reasons, for
 * all who ask the policy and not the kernel.  Everything borrows from the
 * policy and from who asks.
 */
#pragma once

#include "compiler/model/verdict.h"
#include "compiler/query/client_lookup.h"

/* One end of the packet: a client, or an address that is no client's. */
struct query_end {
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
struct query {
	struct load *l;
	const struct policy *p;
	struct client_lookup lookup;
	struct query_end src, dst;
	struct service_key service;
};

struct answer {
	bool accept;
	unsigned int n;			/* sides that were asked */
	struct verdict side[2];		/* first that of src */
};

/* L and P outlive the question.  End with query_fini. */
void query_init(struct query *q, struct load *l, const struct policy *p);
void query_fini(struct query *q);

/* A client's name, which comes first, or an address; not copied. */
void query_set_ends(struct query *q, struct str src, struct str dst);

/* The same of two addresses, which are no names. */
void query_set_hosts(struct query *q, struct str src, struct str dst);

/* Is END a name that neither a file nor an address is known of? */
bool query_end_is_unknown(const struct query_end *end);
struct str query_end_name(const struct query_end *end);

/* False: no client has to do with it. */
bool query_decide(const struct query *q, struct answer *out);

/* Words for it, malloced: "both [CLIENTS] allow" */
char *query_summary(const struct query *q, const struct answer *a);
/* "john denies max" */
char *query_side(const struct query *q, const struct answer *a, unsigned int i);
/* What the line of a verdict that has a place does not say: "", " (default)" */
char *query_remark(const struct verdict *v);
/* The line that holds AT, without blanks at its end. */
struct str query_line(struct loc at);
/* Why, where a verdict has no place: "no file policy/max.pf" */
char *query_lack(const struct query *q, const struct verdict *v);

/* The file that CLIENT has or should have; malloced. */
char *query_file(const struct query *q, const struct client *client);

#define PORTS_TEXT 16

/* The client's ports that V asks for: "1024-65535". */
const char *query_client_ports(const struct verdict *v,
			       char buf[static PORTS_TEXT]);
