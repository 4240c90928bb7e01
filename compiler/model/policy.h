/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: who the clients are, what each one's .pf file says, and who owns
 * which address.  Everything after reading works on this and on nothing else.
 *
 * A policy may hold all clients, or only those that a change concerns (a hook
 * reads no more); the functions here do not know the difference.
 */
#pragma once

#include "compiler/base/endpoint.h"
#include "compiler/model/ipsec.h"
#include "compiler/model/rule_options.h"
#include "compiler/pf/pffile.h"

/* Where an address comes from; a higher value is stronger. */
enum binding_source {
	BINDING_IPP,
	BINDING_CCD,
	BINDING_LIVE,
};

enum client_state {
	CLIENT_OPEN,		/* has a policy */
	CLIENT_NO_FILE,		/* all others are closed */
	CLIENT_BAD_FILE,
	CLIENT_KILL,
};

struct client {
	struct str name;
	enum client_state state;
	struct pffile pf;	/* when open */
	char *chain;		/* "c/john" */
	const char *policy_chain;	/* "p/<hash>": set by lower, which
					 * lends it from its ruleset */
	const struct source *file;	/* NULL: none */
	unsigned int kind;	/* those of one kind have the same text in their
				 * files; 0: not known, may be anybody's */
	bool affected;		/* see lower_nft.h */
};

struct binding {
	struct prefix net;
	unsigned int client;	/* index into clients */
	enum binding_source source;
	struct str instance;	/* the server it belongs to */
	struct loc at;		/* in ccd or ipp.txt; live has none */
	uint32_t reqid;		/* IPsec: of its tunnel's policies; 0: unknown */
};

/*
 * dev tap: a frame of this hardware address is from this client.  A list of its
 * own: bindings are by prefix, the longest wins, and all that asks them asks
 * for that; of these nobody asks who the owner is, they are checked besides.
 */
struct mac_binding {
	uint8_t mac[6];
	unsigned int client;
	struct str instance;
};

struct vpn {
	char *dev;		/* "tun0", "tun*"; IPsec: the outside interface */
	bool tap;
	struct ipsec *ipsec;	/* owned; NULL: OpenVPN's */
};

/* What in the ruleset depends on there being any such address at all. */
struct layout {
	bool ip6;		/* IPv6 addresses */
	bool net4, net6;	/* networks behind clients */
};

struct policy {
	struct ipt_options ipt;
	struct log_options log;
	VEC(struct client) clients;	/* sorted by name */
	VEC(struct binding) bindings;	/* after policy_resolve: one owner per
					 * prefix, in the order of prefix_cmp */
	VEC(struct mac_binding) macs;
	VEC(struct vpn) vpns;
	struct layout layout;
};

void policy_fini(struct policy *p);

/* DEV and IPSEC (or NULL) are copied.  Their order is that of the rules. */
void policy_add_vpn(struct policy *p, struct str dev, bool tap,
		    const struct ipsec *ipsec);

/* Add a client; NAME is not copied.  It starts as CLIENT_NO_FILE.  Pointers
 * to clients and indices are good until the next policy_add_client of a new
 * name; so all clients are added first, then policy_sort, then bindings. */
struct client *policy_add_client(struct policy *p, struct str name);
/* Sort and drop doubles. */
void policy_sort(struct policy *p);

/* NULL or -1: no such client.  Needs policy_sort. */
struct client *policy_find(const struct policy *p, struct str name);
int policy_index(const struct policy *p, struct str name);

void policy_bind(struct policy *p, const struct binding *b);
/* The same of E, masked, whatever b.net is; a hardware address goes to macs. */
void policy_bind_endpoint(struct policy *p, const struct endpoint *e,
			  struct binding b);

/*
 * Decide who owns each prefix: the strongest source.  Two clients with one
 * prefix in the same static source (of one or of several servers) are an error
 * that names both places, unless a live owner has it.  Displaced bindings are
 * removed from the list.  Also sets layout.  Returns 0 or -EINVAL.
 */
int policy_resolve(struct policy *p, struct diag *d);

/* Who owns ADDR: the longest prefix; NULL: nobody.  After policy_resolve. */
const struct binding *policy_owner(const struct policy *p,
				   unsigned int family, const struct addr *a);

const char *binding_source_name(enum binding_source s);
const char *client_state_name(enum client_state s);
