/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of chains and sets in nftables, and the use of each set.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* Chains that the table has once. */
#define CHAIN_FROM_VPN "from_vpn"	/* the base chains */
#define CHAIN_TO_VPN "to_vpn"
#define CHAIN_FROM_CLIENT "from_client"
#define CHAIN_TO_CLIENT "to_client"
#define CHAIN_FROM_TAP "from_tap"
#define CHAIN_FROM_IPSEC "from_ipsec"
#define CHAIN_TO_IPSEC "to_ipsec"
#define SET_STATE "state"

/* Sets, one for each family; most have one more for networks:
 * "client_chain4", "client_chain6_net". */
enum lower_set {
	SET_ALLOW,		/* pairs allowed against a default */
	SET_CLIENT_ADDR,	/* addresses of all clients */
	SET_CLIENT_CHAIN,	/* address -> its open client's chain */
	SET_CLIENT_DENIED,	/* counts an address' denied packets */
	SET_DENY,		/* pairs denied against the defaults */
	SET_MAC,		/* dev tap: a MAC and its client's address */
	SET_TUNNEL_ADDR,	/* IPsec: addresses whose tunnel is known */
	SET_TUNNEL_REQID,	/* IPsec: an address and its tunnel */
	LOWER_SETS,
	SET_OTHER = LOWER_SETS,	/* no set of this list */
};

struct lower_set_kind {
	const char *name[2][2];	/* by net (1: networks) and family; or NULL */
	enum set_key key;
	bool map, counter;
	bool ipsec;		/* only where there are IPsec clients */
};

extern const struct lower_set_kind lower_set_kinds[LOWER_SETS];

/* NET: the set for networks. */
static inline const char *lower_set_name(enum lower_set set,
					 unsigned int family, bool net)
{
	return lower_set_kinds[set].name[net][family];
}

/* The use of the set NAME. */
enum lower_set lower_set_of(const char *name);
