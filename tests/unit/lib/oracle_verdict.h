/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a packet, from policy_owner and verdict.c alone: what every
 * lowering has to agree with.
 */
#pragma once

#include "compiler/model/policy.h"
#include "tests/unit/lib/eval_ruleset.h"

enum oracle {
	ORACLE_DROP,
	ORACLE_ACCEPT,
	ORACLE_ANY,		/* nothing is promised */
};

/* In nftables, where clients are known by their addresses, and an address of a
 * known tunnel is asked for it on the outside interface only. */
enum oracle oracle_nft(const struct policy *p, const struct eval_packet *k);

/* In iptables, where they are known by the interface, too, and an address of a
 * known tunnel is nobody's elsewhere: never ANY. */
enum oracle oracle_ipt(const struct policy *p, const struct eval_packet *k);

/*
 * May the two say something else of the packet?  A client's address does not
 * come from the VPN, or does not go there; an address of a known tunnel is at
 * another interface of the VPN; the tunnel is of another family, for which
 * iptables has no match.
 */
bool oracle_may_differ(const struct policy *p, const struct eval_packet *k);

/* Fail, naming the packet, unless it got what was WANTED. */
void oracle_compare(const struct policy *p, const struct eval_packet *k,
		    enum oracle wanted, bool accepted);
