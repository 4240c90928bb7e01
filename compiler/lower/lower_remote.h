/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SERVICES and SUBNETS of a client, which match the remote end of a packet, as
 * rules of the chain begun last.  Part of lower_nft.c and lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

struct remote_rules {
	const struct pffile *pf;
	unsigned int family;
	enum field field;		/* where the remote end is */
	enum verdict_kind allow, deny;
	const char *deny_target;	/* if DENY is a goto, else NULL */
	bool mixed;			/* the chain sees both families */
	bool last;			/* the end of the chain means DENY */
	/* the policy chain after which the set of a long list of SUBNETS is
	 * named; NULL: a long list stays rules */
	const char *set_of;
	struct ruleset *rs;
};

/*
 * Packets that have an address of this host in the tunnel, 127.0.0.0/8 or ::1,
 * pass only by a line for such an address: what a wider line or the default
 * would let pass is dropped.  To come before the two functions below; no rules
 * if nothing would let it pass.
 */
void lower_remote_loopback(const struct remote_rules *f);
/* The rules of SERVICES for the family; other packets go on. */
void lower_remote_services(const struct remote_rules *f);
/* The rules of SUBNETS; all packets of the family get a verdict here. */
void lower_remote_subnets(const struct remote_rules *f);
