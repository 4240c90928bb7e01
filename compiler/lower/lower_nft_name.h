/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of chains and sets in nftables, and the use of each set.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* Chains that the table has once. */
#define CHAIN_PRE "pre"			/* the base chains */
#define CHAIN_POST "post"
#define CHAIN_PATTERN_FROM "pattern/from"	/* interfaces that a pattern */
#define CHAIN_PATTERN_TO "pattern/to"		/* means: tun* */
#define CHAIN_VRF "vrf"			/* the base chain in forward */
#define CHAIN_VRF_IN "vrf/in"
#define CHAIN_VRF_TO "vrf/to"
#define CHAIN_NO_FROM "no/from"		/* drop and count */
#define CHAIN_NO_TO "no/to"
#define CHAIN_CLIENT_DROP "client/drop"	/* to a client, from a client: by the */
#define CHAIN_CLIENT_OPEN "client/open"	/* receiver's default of CLIENTS */
#define CHAIN_CLIENT_OPEN_IN "client/open/in"
#define CHAIN_IPSEC_FROM "ipsec/from"	/* what is in a tunnel */
#define CHAIN_IPSEC_TO "ipsec/to"
#define CHAIN_NAT "nat"			/* by the addresses before masquerade */
#define SET_STATE "state"

/* Sets, one for each family; most have one more for networks:
 * "from4/office", "client_addr6_net". */
enum lower_set {
	SET_ALLOW,		/* pairs allowed against a default */
	SET_CLIENT_ADDR,	/* addresses of all clients */
	SET_DENIED,		/* counts an address' denied packets */
	SET_DENY,		/* pairs denied against the defaults */
	SET_FROM,		/* counts packets from a server's address */
	SET_MAC,		/* dev tap: a MAC and its client's address */
	SET_OPEN,		/* addresses of clients with CLIENTS ACCEPT */
	SET_POLICY_FROM,	/* a server's address -> its policy chain */
	SET_POLICY_TO,
	SET_TO,			/* counts packets to a server's address */
	SET_TUNNEL_ADDR,	/* IPsec: addresses whose tunnel is known */
	SET_TUNNEL_REQID,	/* IPsec: an address and its tunnel */
	LOWER_SETS,
	SET_OTHER = LOWER_SETS,	/* no set of this list */
};

struct lower_set_kind {
	const char *name[2][2];	/* by net (1: networks) and family; or NULL */
	enum set_key key;
	bool map;
	bool counter;		/* elements count, and name their client */
	bool ipsec;		/* only where there are IPsec clients */
	bool server;		/* one for each server, "/<server>" behind */
};

extern const struct lower_set_kind lower_set_kinds[LOWER_SETS];

/* NET: the set for networks. */
static inline const char *lower_set_name(enum lower_set set,
					 unsigned int family, bool net)
{
	return lower_set_kinds[set].name[net][family];
}

/* The names of a server's chains and sets; those of a vpn that is shut are
 * NULL. */
struct lower_server {
	const char *from, *to, *pair, *below;
	const char *set[LOWER_SETS][2][2];	/* as lower_set_kind.name */
};

/* The names are lent by RS. */
void lower_server_name(const struct vpn *vpn, struct ruleset *rs,
		       struct lower_server *out);

/* The use of the set NAME. */
enum lower_set lower_set_of(const char *name);
/* The server's name in the name of a set, malloced; NULL: none. */
char *lower_set_server(const char *name);

/*
 * The comment of a counting element: the client's name with a byte 127, which
 * no name has, for each quotation mark, which no comment of nft has.  Malloced,
 * as is its inverse.
 */
char *lower_nft_comment(struct str name);
char *lower_nft_comment_name(const char *comment);
