/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of chains: the family and "/", then at most 28 bytes of
 * [A-Za-z0-9_.@-], the most that iptables takes.  Part of lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

#define IPT_NAME_MAX 28

/* What stands for a client in a name: room for it and the final NUL. */
#define IPT_ID_ROOM (IPT_NAME_MAX - 4 + 1)

struct ipt_id {
	char text[IPT_ID_ROOM];
};

/*
 * The id of each client of P, different ones, malloced: "john.5mgd7vqyka",
 * the beginning of the name and of its hash.
 */
struct ipt_id *lower_ipt_name_clients(const struct policy *p);

/* What a chain is for.  Of a tree the first chain and those below are one. */
enum lower_ipt_chain {
	CHAIN_IPT_INPUT,	/* the hooks' */
	CHAIN_IPT_FORWARD,
	CHAIN_IPT_OUTPUT,
	CHAIN_IPT_FWD_FROM,	/* FORWARD's, of what comes from a client */
	CHAIN_IPT_FROM,		/* trees, see lower_ipt.h */
	CHAIN_IPT_TO,
	CHAIN_IPT_PAIR,
	CHAIN_IPT_OPEN,
	CHAIN_IPT_MAC,
	CHAIN_IPT_CLIENT_OUT,	/* a client's */
	CHAIN_IPT_CLIENT_IN,
	CHAIN_IPT_CLIENT_PAIR,
	CHAIN_IPT_CLIENT_NODE,	/* below CLIENT_PAIR's first chain */
	CHAIN_IPT_POLICY,
	LOWER_IPT_CHAINS,
	CHAIN_IPT_OTHER = LOWER_IPT_CHAINS,	/* none of these */
};

struct lower_ipt_stem {
	const char *name;	/* whole, or of many the beginning: "VPo-" */
	const char *node;	/* of a tree: the beginning of those below */
	const char *old;	/* how vpnpf called it once */
};

extern const struct lower_ipt_stem lower_ipt_stems[LOWER_IPT_CHAINS];

/* What is the chain of this name, with its family, for?  *ID is what follows
 * the stem: "" for a whole name.  Old names count, too. */
enum lower_ipt_chain lower_ipt_chain_of(const char *name, const char **id);

/* The family's chain STEM and REST; RS owns the name. */
const char *lower_ipt_name(struct ruleset *rs, unsigned int family,
			   const char *stem, const char *rest);

/*
 * The chain for addresses in NET below a tree's first chain, ROOT: STEM and the
 * prefix in hex, 4 bits a digit, or its hash where that is too long.  Without
 * STEM (NULL) other trees have no chain of this name either.
 */
const char *lower_ipt_name_node(struct ruleset *rs, const char *root,
				const char *stem, const struct prefix *net);
