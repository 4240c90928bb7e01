/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's entries as rules, so that they can be compared with wanted ones.
 *
 * An entry is one of many that say the same, a rule must be too: matches stand
 * in the order saddr ADDR, daddr ADDR, IIFNAME, OIFNAME, PROTO, then PORT,
 * IPSEC, ETHER, COMMENT, LIMIT as the entry has them, and a match that says nothing
 * (ADDR of length 0, an interface "*", PORT of all ports) is left out.  PORT
 * follows a PROTO of the same protocol.  Fields that a match does not use are
 * zero: ADDR has family, field and net; PORT proto, field, from and to; IPSEC
 * field, and clear or net and reqid.  No rule has "counter".
 */
#pragma once

#include "backends/ipt/ipt_entry.h"
#include "compiler/plan/plan.h"

struct ipt_parser {
	struct ipt_ext *x;
	struct ruleset rs;		/* of one rule */
	char names[2][IFNAMSIZ];	/* of its interfaces */
	char target[64];		/* "ip/VPNPF-FROM": libiptc's are
					 * shorter than 32; or a prefix */
	char built[IPT_ENTRY_MAX] __attribute__((aligned(8)));
};

void ipt_parser_init(struct ipt_parser *p, struct ipt_ext *x);
void ipt_parser_fini(struct ipt_parser *p);

/*
 * The rule of which ipt_entry_build makes ENTRY, whose target (by libiptc) is
 * TARGET; its digest is 0 if there is none such.  Without the counter; texts
 * are good until the next one is parsed.
 */
struct kernel_rule ipt_parse_rule(struct ipt_parser *p, unsigned int family,
				  const void *entry, const char *target);
