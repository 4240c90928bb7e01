/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel has counted of each client's packets.
 *
 * A client's packets are those that come from or go to its addresses; one from
 * a client to another is each one's.  If it is denied it is the sender's alone;
 * but what its chain lets out, and the receiver's not in, nftables counts as
 * allowed for the first and denied for the second: iptables judges the pair at
 * once.
 *
 * Numbers are sums modulo 2^64, so what is taken away may be more than there
 * is: a list may stand for a difference.
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
/* Add FROM's negated, and leave it empty. */
void counters_subtract(struct counters *counters, struct counters *from);
/* By name, each client once; those without any number are left out. */
void counters_sum(struct counters *counters);
/* In what was summed; NULL: nothing was counted. */
const struct client_count *counters_find(const struct counters *counters,
					 struct str name);

/* Is CHAIN a client's in nftables? */
bool counters_is_client(const char *chain);

/*
 * What a listing has counted, added to OUT, which borrows from it.  First of
 * nftables: where it is but a part, P (or NULL) knows to whom other addresses
 * belong, and OUT borrows from that.  Then of iptables.
 */
void counters_count_nft(const struct kernel_ruleset *rules,
			const struct policy *p, struct counters *out);
void counters_count_ipt(const struct kernel_ruleset *rules,
			const struct policy *p, struct counters *out);
/* Does counters_count_ipt ask for this rule's target?  Few are kept. */
bool counters_need_target(const struct kernel_rule *rule);
