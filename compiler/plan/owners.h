/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has which address by the rules in the kernel: when the table of live
 * bindings is lost, this is what is left of it.  The rules name open clients
 * only.
 */
#pragma once

#include "compiler/plan/plan.h"

struct owner {
	struct str name;	/* in owners.texts */
	uint8_t family;
	bool net;		/* of a network; not from the rules */
	struct addr first, last;	/* inclusive */
	uint32_t reqid;		/* IPsec: of the tunnel; 0: not known */
	struct str server;	/* in owners.texts: its name, or in iptables
				 * its id (lower_ipt_name_server); p NULL: the
				 * rules do not tell */
};

struct owner_mac {
	struct str name, server;	/* those of its address */
	uint8_t mac[6];
};

struct owners {
	VEC(struct owner) list;	/* by family and address; disjoint */
	VEC(struct owner_mac) macs;
	VEC(char *) texts;
};

void owners_fini(struct owners *owners);

/* The owners of a listing of nftables, or of iptables.  *out is all zero. */
void owners_read_nft(const struct kernel_ruleset *rules, struct owners *out);
void owners_read_ipt(const struct kernel_ruleset *rules, struct owners *out);

/* Sort the list; of owners with common addresses the first stays. */
void owners_sort(struct owners *owners);

/* The index of the first owner that does not end before ADDR. */
size_t owners_from(const struct owners *owners, unsigned int family,
		   const struct addr *addr);
