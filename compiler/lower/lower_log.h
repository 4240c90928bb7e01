/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that drop packets.  Where the configuration asks for logs, the rule
 * goes to a chain that logs and drops.  Part of lower_nft.c and lower_ipt.c.
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
	DROP_DENIED,		/* by the file of a client or of its peer */
	DROP_PAIR,		/* iptables: by the pair of clients */
	DROP_UNKNOWN,		/* the address belongs to no client */
	DROP_MAC,		/* dev tap: the MAC is of another client */
	DROP_CLEAR,		/* IPsec: not in a tunnel */
	DROP_TUNNEL,		/* IPsec: in the tunnel of another client */
	DROP_REASONS,
};

/*
 * Begin a rule that drops.  STAGE: FIELD_SADDR for packets from a client,
 * FIELD_DADDR for packets to a client.
 */
struct rule *lower_drop(const struct policy *p, enum field stage,
			enum drop_reason reason, struct loc at,
			struct ruleset *rs);

/* Add the log chains that the rules of RS go to. */
void lower_log_chains(const struct policy *p, struct ruleset *rs);

/* iptables: the log chain of a rule that drops, owned by RS; NULL: the rule is
 * a plain RULE_DROP.  For leaves of trees, which have no struct rule yet. */
const char *lower_log_target(const struct policy *p, unsigned int family,
			     enum field stage, enum drop_reason reason,
			     struct ruleset *rs);
/* As lower_log_chains. */
void lower_log_chains_ipt(const struct policy *p, unsigned int family,
			  struct ruleset *rs);
