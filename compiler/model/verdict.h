/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdicts of OpenVPN 2.5.11's pf (pf.c: pf_cn_test, pf_addr_test), each
 * with its reason.  Pure: policies in, a verdict out; it borrows from them.
 */
#pragma once

#include "compiler/model/policy.h"

/* A side's answer and what decided it. */
struct verdict {
	bool accept;
	const struct client *client;
	const char *list;	/* "CLIENTS", "SUBNETS", "SERVICES"; NULL: the
				 * client has no policy */
	const char *why;	/* "rule", "default", "section missing", "no
				 * name"; without a policy "no file", "bad
				 * file", "[KILL]" */
	struct loc at;		/* the rule or the section line; may be none */
	struct pf_ports client_ports;	/* the rule counts if the client's port, which
				 * is not known, is one of these; to 0: it
				 * does not ask */
};

/*
 * Where names stand in long [CLIENTS] lists, for who asks often.  All zero is
 * empty and is good for lists of any length, only slower.
 */
struct verdict_index {
	struct verdict_slot *slots;
	size_t used, room;	/* room: a power of 2, or 0 */
};

/* CLIENT's list from now on is found in the index.  The list must stay where
 * it is; the struct client need not. */
void verdict_index_add(struct verdict_index *ix, const struct client *client);
void verdict_index_fini(struct verdict_index *ix);

/* Does CLIENT's [CLIENTS] allow PEER?  CLIENT NULL (unknown name): no. */
struct verdict verdict_client(const struct verdict_index *ix,
			      const struct client *client, struct str peer);

/* May the two talk: both must allow.  *va and *vb: each side's answer. */
bool verdict_pair(const struct verdict_index *ix, const struct client *a,
		  const struct client *b, struct verdict *va,
		  struct verdict *vb);

/* What is known of the packet beyond the address, for [SERVICES]. */
struct service_key {
	bool known;		/* false: [SERVICES] is passed over */
	enum pf_proto proto;	/* ANY: some other protocol */
	bool has_port;		/* false for fragments, ICMP */
	uint16_t port;		/* the remote end's, host order */
	bool has_client_port;		/* false: every rule likes the client's port */
	uint16_t client_port;		/* the client's */
};

/*
 * Does CLIENT's [SERVICES], then [SUBNETS] allow the remote end ADDR (a host)?
 * ADDR NULL: "unknown", anything that is not an address: 0.0.0.0.  An IPv6
 * address meets IPv6 rules by prefix and IPv4 rules as 0.0.0.0.
 */
struct verdict verdict_addr(const struct client *client,
			    const struct prefix *addr,
			    const struct service_key *key);
