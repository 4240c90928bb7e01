/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdicts of OpenVPN 2.5.11's pf (pf.c: pf_cn_test, pf_addr_test), with
 * the reason.  No side effects; a verdict borrows from the policy.
 */
#pragma once

#include "compiler/model/policy.h"

/* The answer of one side, and the reason. */
struct verdict {
	bool accept;
	const struct client *client;
	const char *list;	/* "CLIENTS", "SUBNETS", "SERVICES"; NULL: the
				 * client has no policy */
	const char *why;	/* "rule", "default", "section missing", "no
				 * name"; without a policy "no file", "bad
				 * file", "[KILL]"; "server shut" */
	struct loc at;		/* the rule or the section line; may be none */
	/* the client's port is not known, and the rule matches only these; to
	 * 0: the rule matches every port */
	struct pf_ports client_ports;
};

/*
 * Index of the names in long [CLIENTS] lists, for many verdicts.  All zero is
 * empty; lists that are not in the index are searched linearly.
 */
struct verdict_index {
	struct verdict_slot *slots;
	size_t used, room;	/* room: a power of 2, or 0 */
};

/* Add CLIENT's list.  The list must not move or change; the struct client may
 * move. */
void verdict_index_add(struct verdict_index *ix, const struct client *client);
void verdict_index_fini(struct verdict_index *ix);

/* Does CLIENT's [CLIENTS] allow PEER?  CLIENT NULL (unknown name): no. */
struct verdict verdict_client(const struct verdict_index *ix,
			      const struct client *client, struct str peer);

/* May A and B talk?  Both must allow.  *va and *vb: the answer of each side. */
bool verdict_pair(const struct verdict_index *ix, const struct client *a,
		  const struct client *b, struct verdict *va,
		  struct verdict *vb);

/* Protocol and ports of the packet, for [SERVICES]. */
struct service_key {
	bool known;		/* false: [SERVICES] is skipped */
	enum pf_proto proto;	/* ANY: another protocol */
	bool has_port;		/* false for fragments, ICMP */
	uint16_t port;		/* of the remote end, host order */
	bool has_client_port;	/* false: every client port matches */
	uint16_t client_port;	/* host order */
};

/*
 * Does CLIENT's [SERVICES], then [SUBNETS] allow the remote end ADDR (a host)?
 * ADDR NULL: "unknown", a packet without an address, as 0.0.0.0.  IPv6 rules
 * match an IPv6 address by prefix, IPv4 rules match it as 0.0.0.0.
 */
struct verdict verdict_addr(const struct client *client,
			    const struct prefix *addr,
			    const struct service_key *key);
