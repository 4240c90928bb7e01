/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's entries as rules, to be compared with wanted rules.
 *
 * Equal rules must become equal structs.  So matches have the order saddr ADDR,
 * daddr ADDR, IIFNAME, OIFNAME, PROTO, then PORT, IPSEC, ETHER, COMMENT, LIMIT,
 * TRACKED as in the entry.  A match that matches every packet (ADDR of length 0, an
 * interface "*", PORT of all ports) is left out.  PORT follows a PROTO of the
 * same protocol.  Fields that a match does not use are zero: ADDR has family,
 * field and net; PORT proto, field, from and to; IPSEC field, and clear or net
 * and reqid; TRACKED field, status and net.  No rule has "counter".
 */
#pragma once

#include "backends/ipt/ipt_entry.h"
#include "compiler/plan/plan.h"

struct ipt_parser {
	struct ipt_ext *x;
	struct ruleset rs;		/* of one rule */
	char names[2][IFNAMSIZ];	/* of its interfaces */
	char target[64];		/* "ip/VPNPF-FROM" (libiptc's labels
					 * are shorter than 32), or a log
					 * prefix */
	char built[IPT_ENTRY_MAX] __attribute__((aligned(8)));
	VEC(struct kernel_rule) rules;	/* for the caller: of a chain */
};

void ipt_parser_init(struct ipt_parser *p, struct ipt_ext *x);
void ipt_parser_fini(struct ipt_parser *p);

/*
 * The rule from which ipt_entry_build makes ENTRY; TARGET is the name of its
 * target in libiptc.  The digest is 0 if there is no such rule.  Counters are
 * not set; texts are good until the next call.
 */
struct kernel_rule ipt_parse_rule(struct ipt_parser *p, unsigned int family,
				  const void *entry, const char *target);
