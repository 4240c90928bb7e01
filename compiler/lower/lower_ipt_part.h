/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of lower_ipt.c share.
 */
#pragma once

#include "compiler/lower/lower_ipt_name.h"
#include "compiler/lower/lower_ipt_tree.h"
#include "compiler/lower/lower_log.h"
#include "compiler/lower/lower_share.h"
#include "compiler/model/ownership.h"

/* A client's chains; all NULL if the client has no address of the family. */
struct ipt_chains {
	const char *out, *in, *pair, *comment;
};

struct ipt {
	struct policy *p;
	struct ownership owned;
	struct ipt_id *servers;		/* of each vpn */
	struct lower_unclaimed unclaimed;
	struct policy_order order;	/* the open clients */
	enum verdict_kind pass;
	struct ruleset *rs;
	/* the family that is being lowered */
	unsigned int family;
	struct ipt_chains *chains;	/* of each client */
	struct lower_ipt_leaves clients;	/* of all addresses of clients */
};

#define IPT_ANY_VPN (-2)

static inline unsigned int ipt_index(const struct ipt *x,
				     const struct client *c)
{
	return (unsigned int)(c - x->p->clients.v);
}

/* Are the rules in table mangle, before the host's DNAT? */
static inline bool ipt_is_mangle(const struct ipt *x)
{
	return x->p->ipt.table == TABLE_MANGLE;
}

/* Is an interface in a VRF, so that POSTROUTING sees the name of the VRF? */
static inline bool ipt_has_vrf(const struct ipt *x)
{
	size_t i = 0;

	return ipt_is_mangle(x) && policy_next_vrf(x->p, &i);
}

/* May the rules ask for a packet's flow? */
static inline bool ipt_asks_flow(const struct ipt *x)
{
	return ipt_is_mangle(x) && x->p->nat;
}

/* Can packets of the family come and go by VPN?  --tunnel-dst of the policy
 * match is of the packet's family. */
bool ipt_has_way(const struct ipt *x, const struct vpn *vpn);

/* Is O of the family, and at a server whose packets the rules see? */
bool ipt_is_here(const struct ipt *x, const struct owned_range *o);

const char *ipt_name(const struct ipt *x, enum lower_ipt_chain chain,
		     const char *rest);
/* The chain of VPN's server. */
const char *ipt_name_of(const struct ipt *x, enum lower_ipt_chain chain,
			const struct vpn *vpn);

/* A leaf that drops. */
struct lower_ipt_leaf ipt_drop_leaf(const struct ipt *x, enum field stage,
				    enum drop_reason reason);
/* A rule that drops, begun. */
void ipt_begin_drop(const struct ipt *x, enum field stage,
		    enum drop_reason reason);

/*
 * Add LEAF for every prefix of the family that CLIENT owns at the vpn with
 * index VPN, or IPT_ANY_VPN.  With TUNNEL a leaf that lets packets pass also
 * matches the tunnel of the prefix.
 */
void ipt_add_leaves(const struct ipt *x, unsigned int client, int vpn,
		    bool tunnel, struct lower_ipt_leaf leaf,
		    struct lower_ipt_leaves *out);
