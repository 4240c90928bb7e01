/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's counters, added up for each client.
 *
 * A client's packets are the packets from and to its addresses.  An allowed
 * packet from a client to another counts for both, a denied packet only for the
 * sender: the pair has one verdict.
 *
 * Numbers are sums modulo 2^64, so a list may also hold differences, which may
 * be negative.
 */
#pragma once

#include "compiler/model/policy.h"
#include "compiler/plan/plan.h"

struct count {
	uint64_t packets, bytes;
};

struct client_count {
	struct str name;	/* lent, or in counters.texts */
	struct count allowed, denied;
};

struct counters {
	VEC(struct client_count) list;	/* a client may come more than once */
	VEC(char *) texts;
};

void counters_fini(struct counters *counters);
void counters_add(struct counters *counters, struct client_count more);
/* Subtract FROM's numbers, and leave FROM empty. */
void counters_subtract(struct counters *counters, struct counters *from);
/* Sort by name, each client once; clients whose numbers are all 0 are left
 * out. */
void counters_sum(struct counters *counters);
/* Find a client after counters_sum; NULL: nothing was counted. */
const struct client_count *counters_find(const struct counters *counters,
					 struct str name);

/* Is CHAIN a client's chain in nftables, as there were before? */
bool counters_is_client(const char *chain);

/*
 * Add the counters of a listing to OUT, which borrows from RULES: the first
 * function for nftables, the second for iptables.
 */
void counters_count_nft(const struct kernel_ruleset *rules,
			struct counters *out);
void counters_count_ipt(const struct kernel_ruleset *rules,
			struct counters *out);
/* Does counters_count_ipt or owners_read_ipt need this rule's target?  The
 * others are not kept. */
bool counters_need_target(const struct kernel_rule *rule);
