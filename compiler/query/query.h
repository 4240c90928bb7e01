/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question, "may SRC send to DST?", and its answer with the reasons, from
 * the policy, not from the kernel.  All structs borrow from the policy and from
 * the caller.
 */
#pragma once

#include "compiler/model/verdict.h"
#include "compiler/query/client_lookup.h"

/* One end of the packet: a client, or the address of another host. */
struct query_end {
	struct str asked;
	const struct client *client;	/* or NULL */
	struct client spare;		/* client may point to this */
	bool has_addr;			/* the question has an address */
	struct prefix addr;
	const struct binding *binding;	/* of addr to client, or NULL */
	const struct binding *doubt;	/* policy_doubt of addr */
	const struct binding *gone;	/* of addr to a client of a server that
					 * is shut; or NULL */
	const struct instance *pool;	/* no client has addr, which is in the
					 * pool of this server or the networks
					 * of this section; else NULL */
};

/* Must not be moved after its ends are set: they point into themselves. */
struct query {
	struct load *l;
	const struct policy *p;
	struct client_lookup lookup;
	struct query_end src, dst;
	struct service_key service;
};

struct answer {
	bool accept;
	unsigned int n;			/* sides with a verdict */
	struct verdict side[2];		/* src first, if src is a client */
};

/* L and P must outlive Q.  End with query_fini. */
void query_init(struct query *q, struct load *l, const struct policy *p);
void query_fini(struct query *q);

/* Each end is a client's name or, if no client has that name, an address; not
 * copied. */
void query_set_ends(struct query *q, struct str src, struct str dst);

/* The same for two addresses only, never names. */
void query_set_hosts(struct query *q, struct str src, struct str dst);

/* Is END an address in the VPN that no client has, or may use? */
bool query_end_is_lost(const struct query_end *end);
/* Is END a name without a known file or address? */
bool query_end_is_unknown(const struct query_end *end);
struct str query_end_name(const struct query_end *end);

/* False: neither end is a client, doubtful or in a pool, so vpnpf does not
 * decide. */
bool query_decide(const struct query *q, struct answer *out);

/* The server that is shut and has an end of Q; NULL: none, as far as known. */
const struct shut *query_shut(const struct query *q);

/* The reason in words, malloced: "both [CLIENTS] allow" */
char *query_summary(const struct query *q, const struct answer *a);
/* Side I in words, malloced: "john denies max" */
char *query_side(const struct query *q, const struct answer *a, unsigned int i);
/* A remark on the line of a verdict with a place, malloced: "", " (default)" */
char *query_remark(const struct verdict *v);
/* The line that contains AT, without trailing blanks. */
struct str query_line(struct loc at);
/* The reason of a verdict without a place, malloced: "no file policy/max.pf" */
char *query_lack(const struct query *q, const struct verdict *v);

/* The path of CLIENT's file, which may be missing; malloced. */
char *query_file(const struct query *q, const struct client *client);

#define PORTS_TEXT 16

/* v->client_ports as text: "1024-65535". */
const char *query_client_ports(const struct verdict *v,
			       char buf[static PORTS_TEXT]);
