/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that are dropped, and, where the configuration says so, logged
 * before: then a rule goes to a chain that does both.  Part of lower_nft.c and
 * lower_ipt.c.
 *
 *	log_from_denied		limit rate 10/second burst 20 packets
 *				log prefix "vpnpf from denied" group 5
 *				drop
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* Why a packet is dropped. */
enum drop_reason {
	DROP_DENIED,		/* a client's file, or its peer's */
	DROP_PAIR,		/* iptables: no pair of clients that may talk */
	DROP_UNKNOWN,		/* an address that is nobody's */
	DROP_MAC,		/* dev tap: of another client */
	DROP_CLEAR,		/* IPsec: through no tunnel */
	DROP_TUNNEL,		/* IPsec: through another's */
	DROP_REASONS,
};

/*
 * Begin a rule that drops.  STAGE: FIELD_SADDR for what comes from a client,
 * FIELD_DADDR for what goes to one.
 */
struct rule *lower_drop(const struct policy *p, enum field stage,
			enum drop_reason reason, struct loc at,
			struct ruleset *rs);

/* The chains that rules of RS go to by now. */
void lower_log_chains(const struct policy *p, struct ruleset *rs);

/* The same for iptables, where verdict and target stand in trees, too: the
 * target, owned by RS, or NULL: it is RULE_DROP. */
const char *lower_log_target(const struct policy *p, unsigned int family,
			     enum field stage, enum drop_reason reason,
			     struct ruleset *rs);
void lower_log_chains_ipt(const struct policy *p, unsigned int family,
			  struct ruleset *rs);
