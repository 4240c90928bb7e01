/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of nftables' sets and chains, and what each set is for.
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

/* Sets that there are once for each family, and of most once more for
 * networks: "client_chain4", "client_chain6_net". */
enum lower_set {
	SET_ALLOW,		/* pairs that may talk, against a default */
	SET_CLIENT_ADDR,	/* addresses of all clients */
	SET_CLIENT_CHAIN,	/* address -> its open client's chain */
	SET_CLIENT_DENIED,	/* counts what was denied of an address */
	SET_DENY,		/* pairs that may not, against the defaults */
	SET_MAC,		/* dev tap: a MAC and its client's address */
	SET_TUNNEL_ADDR,	/* IPsec: addresses whose tunnel is known */
	SET_TUNNEL_REQID,	/* IPsec: an address and its tunnel */
	LOWER_SETS,
	SET_OTHER = LOWER_SETS,	/* none of these */
};

struct lower_set_kind {
	const char *name[2][2];	/* by network (1) and family; or NULL */
	enum set_key key;
	bool map, counter;
	bool ipsec;		/* only where there are IPsec clients */
};

extern const struct lower_set_kind lower_set_kinds[LOWER_SETS];

/* NET: the one for networks. */
static inline const char *lower_set_name(enum lower_set set,
					 unsigned int family, bool net)
{
	return lower_set_kinds[set].name[net][family];
}

/* Which of them has this name? */
enum lower_set lower_set_of(const char *name);
