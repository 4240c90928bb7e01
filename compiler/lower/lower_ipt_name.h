/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of chains: the family and "/", then at most 28 bytes of
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

/* The family's chain STEM and REST; RS owns the name. */
const char *ipt_name(struct ruleset *rs, unsigned int family,
		     const char *stem, const char *rest);

/*
 * The chain for addresses in NET below a tree's first chain, ROOT: STEM and the
 * prefix in hex, 4 bits a digit, or its hash where that is too long.  Without
 * STEM (NULL) other trees have no chain of this name either.
 */
const char *lower_ipt_name_node(struct ruleset *rs, const char *root,
				const char *stem, const struct prefix *net);
