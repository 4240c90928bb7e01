/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of chains: the family and "/", then at most 28 bytes (the limit of
 * iptables) of [A-Za-z0-9_.@-].
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

#define IPT_NAME_MAX 28

/* Room for a client's id in a chain's name, with the final NUL. */
#define IPT_ID_ROOM (IPT_NAME_MAX - 4 + 1)

struct ipt_id {
	char text[IPT_ID_ROOM];
};

/*
 * The ids of all clients of P, malloced; no two are equal.  "john.5mgd7vqyka":
 * the beginning of the name and of its hash.
 */
struct ipt_id *lower_ipt_name_clients(const struct policy *p);

/* The id of a server: its name, or if this is no part of a chain's name its
 * beginning and a hash. */
void lower_ipt_name_server(const char *server, struct ipt_id *out);

/* The use of a chain.  All chains of a tree have the same use. */
enum lower_ipt_chain {
	CHAIN_IPT_PREROUTING,	/* chains of the hooks */
	CHAIN_IPT_POSTROUTING,
	CHAIN_IPT_INPUT,
	CHAIN_IPT_FORWARD,
	CHAIN_IPT_OUTPUT,
	CHAIN_IPT_UNCLAIMED_FROM,	/* patterns of interfaces */
	CHAIN_IPT_UNCLAIMED_TO,
	CHAIN_IPT_SERVER_FROM,	/* chains of one server, see lower_ipt.h */
	CHAIN_IPT_SERVER_TO,
	CHAIN_IPT_CAME,
	CHAIN_IPT_FROM,
	CHAIN_IPT_TO,
	CHAIN_IPT_PAIR_FROM,
	CHAIN_IPT_PAIR_TO,
	CHAIN_IPT_CLEAR_FROM,	/* of one section of IPsec, by its index */
	CHAIN_IPT_CLEAR_TO,
	CHAIN_IPT_PAIRS,	/* trees of all servers */
	CHAIN_IPT_FORGED,
	CHAIN_IPT_ANSWER,	/* with nat */
	CHAIN_IPT_ANSWER_NET,
	CHAIN_IPT_VRF_FROM,
	CHAIN_IPT_VRF_TO,
	CHAIN_IPT_OPEN,
	CHAIN_IPT_MAC,
	CHAIN_IPT_CLIENT_OUT,	/* chains of one client */
	CHAIN_IPT_CLIENT_IN,
	CHAIN_IPT_CLIENT_PAIR,
	CHAIN_IPT_CLIENT_NODE,	/* below CLIENT_PAIR's first chain */
	CHAIN_IPT_POLICY,
	LOWER_IPT_CHAINS,
	CHAIN_IPT_OTHER = LOWER_IPT_CHAINS,	/* no chain of this list */
};

struct lower_ipt_stem {
	const char *name;	/* the whole name, or a prefix: "VPo-" */
	const char *node;	/* prefix of the tree's lower chains */
	const char *old;	/* the name in older versions of vpnpf */
};

extern const struct lower_ipt_stem lower_ipt_stems[LOWER_IPT_CHAINS];

/* The use of the chain NAME (with its family, and any text before it).  *ID is
 * the text after the stem: "" for a whole name.  Old names are known, too. */
enum lower_ipt_chain lower_ipt_chain_of(const char *name, const char **id);

/* Is the chain NAME a lower one of a tree of addresses? */
bool lower_ipt_is_node(const char *name);

unsigned int lower_ipt_family_of(const char *chain);

/* The name of the family's chain, STEM followed by REST; RS owns the name. */
const char *lower_ipt_name(struct ruleset *rs, unsigned int family,
			   const char *stem, const char *rest);

/*
 * The name of the chain for addresses in NET below the tree's first chain ROOT:
 * STEM and the prefix in hex, 4 bits a digit, and of a server's tree "." and the
 * server; or STEM and a hash of ROOT and the prefix, if the name would be too
 * long.  With STEM NULL the name is such a hash that no other tree uses.
 */
const char *lower_ipt_name_node(struct ruleset *rs, const char *root,
				const char *stem, const struct prefix *net);
