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
};

/* In nftables, where an address of a known tunnel is asked for it on the outside
 * interface only. */
enum oracle oracle_nft(const struct policy *p, const struct eval_packet *k);

/* In iptables, where clients are known at their own server's interface, and an
 * address of a known tunnel is nobody's elsewhere. */
enum oracle oracle_ipt(const struct policy *p, const struct eval_packet *k);

/*
 * May iptables in table mangle say something else of the packet than nftables?
 * The machine itself sends it in the name of a client; the address of a known
 * tunnel is elsewhere; the tunnel is of another family, for which iptables has
 * no match; or its server is not known.
 */
bool oracle_may_differ(const struct policy *p, const struct eval_packet *k);

/* Fail, naming the packet, unless it got what was WANTED. */
void oracle_compare(const struct policy *p, const struct eval_packet *k,
		    enum oracle wanted, bool accepted);
