/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SERVICES and SUBNETS of a client, which judge the remote end of a packet, as
 * rules of the chain begun last.  Part of lower.c and lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

struct remote_rules {
	const struct pffile *pf;
	unsigned int family;
	enum field field;		/* where the remote end is */
	enum verdict_kind allow, deny;
	const char *deny_target;	/* of a goto, else NULL */
	bool mixed;			/* the chain sees both families */
	bool last;			/* its end says "deny" by itself */
	/* a policy chain: long lists of SUBNETS become a set named after it;
	 * NULL: they stay rules */
	const char *set_of;
	struct ruleset *rs;
};

/* Rules for packets of the family; who meets none goes on. */
void lower_remote_services(const struct remote_rules *f);
/* The same, but here all packets of the family end. */
void lower_remote_subnets(const struct remote_rules *f);
