/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by lower_nft.c and lower_ipt.c: the names of policy chains, by which
 * clients with equal policies share their rules, and the state element's text.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* The digest in the state element, as text. */
#define LOWER_STATE_TEXT 32

/*
 * "p/" and a hash of everything that the chains of this policy depend on: the
 * default of CLIENTS, SERVICES, SUBNETS, layout and interfaces.  Malloced.
 */
char *lower_policy_name(const struct policy *p, const struct pffile *pf);

struct policy_order {
	VEC(struct client *) list;
};

/*
 * The open clients (ALL, or only the affected ones), sorted by policy_chain,
 * then name.  Also sets each client's policy_chain, lent from RS.  End with
 * vec_fini(&out->list).
 */
void lower_policy_order(struct policy *p, bool all, struct ruleset *rs,
			struct policy_order *out);

/*
 * The patterns of OpenVPN vpns, each once, and what rules for them match that no
 * rule before names.  The texts are lent by RS; the lists are ended by
 * lower_unclaimed_fini.
 */
struct lower_unclaimed {
	VEC(const char *) patterns;	/* "tun*" */
	VEC(const char *) closed;	/* "tun0*", "tun1*"... */
};
void lower_unclaimed(const struct policy *p, struct ruleset *rs,
		     struct lower_unclaimed *out);
void lower_unclaimed_fini(struct lower_unclaimed *u);

/* The state element's comment: "vpnpf " and the digest. */
const char *lower_state(uint64_t digest, char buf[static LOWER_STATE_TEXT]);
