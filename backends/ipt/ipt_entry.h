/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of ip_tables and ip6_tables: struct ipt_entry or struct ip6t_entry,
 * then matches, then a target.
 */
#pragma once

#include "backends/ipt/ipt_chain.h"
#include "backends/ipt/ipt_ext.h"
#include "compiler/lower/ruleset.h"

/* The largest entry that we build. */
#define IPT_ENTRY_MAX 4096

/* Pointers to the parts of an entry of either family. */
struct ipt_view {
	void *entry, *head;		/* head: struct ipt_ip or ip6t_ip6 */
	size_t size;			/* of the entry without matches */
	size_t head_size;		/* of the head, without padding */
	uint8_t *src, *dst, *src_mask, *dst_mask;
	char *iif, *oif;		/* IFNAMSIZ each */
	unsigned char *iif_mask, *oif_mask;
	uint16_t *proto;
	uint8_t *flags;
	uint8_t flag_goto, flag_proto;	/* in flags; 0: no such flag */
	uint16_t *target_offset, *next_offset;
	struct xt_counters *counters;
	struct xt_entry_target *target;	/* if target_offset is set */
};

void ipt_entry_view(unsigned int family, const void *entry,
		    struct ipt_view *out);

/* The match at offset AT of an entry, from v->size up to *v->target_offset. */
static inline struct xt_entry_match *ipt_entry_match(const struct ipt_view *v,
						     size_t at)
{
	return (void *)((char *)v->entry + at);
}

/*
 * Build RULE as an entry in BUF, aligned to 8 bytes.  The target is a standard
 * target with the name of the verdict or of the chain, as libiptc needs it; a
 * RULE_JUMP with target NULL becomes a rule without a target.  0, -EINVAL
 * (iptables has no such rule) or -ENOPKG (an extension is missing), said.
 */
int ipt_entry_build(struct ipt_ext *x, unsigned int family,
		    const struct ruleset *rs, const struct rule *rule,
		    char buf[static IPT_ENTRY_MAX], struct diag *d);

/*
 * Is the kernel's entry E, whose target's name is TARGET, the same rule as
 * BUILT?  Counters are ignored.
 */
bool ipt_entry_equal(unsigned int family, const void *built, const void *e,
		     const char *target);
