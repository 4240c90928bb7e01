/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of lower_nft.c share.
 */
#pragma once

#include "compiler/lower/lower_nft_name.h"
#include "compiler/lower/lower_share.h"

/* The table's frame being made. */
struct nft_frame {
	const struct policy *p;
	const struct lower_server *servers;	/* by vpn */
	const struct lower_unclaimed *unclaimed;
	struct ruleset *rs;
};

/* Add a match to the rule begun last. */
struct match *nft_match(enum match_kind kind, const char *set,
			unsigned int family, enum field field,
			struct ruleset *rs);
/* iifname "tun0" (FIELD_SADDR) or oifname, to the rule begun last */
struct match *nft_dev(const char *name, enum field field, struct ruleset *rs);
/* ip saddr . ip daddr @allowed4 accept */
void nft_pair(struct ruleset *rs, enum verdict_kind verdict, const char *target,
	      const char *set, unsigned int family);
/* Match packets in DIRECTION (FIELD_DADDR: answers) of a flow that the host
 * translates. */
void nft_flow(enum field direction, enum translation status,
	      struct ruleset *rs);

/* Call ADD for addresses of each family, and for networks if there are any. */
void nft_each_kind(const struct policy *p,
		   void (*add)(const void *arg, unsigned int family, bool net),
		   const void *arg);

/* Rules for packets that came in by a VPN, or out of its tunnels. */
struct nft_came_in {
	enum verdict_kind verdict;
	const char *target;
	enum translation status;	/* not 0: only packets that the host
					 * translates so, no answers */
	struct ruleset *rs;
};

void nft_came_in(const struct vpn *vpn, const struct nft_came_in *in);
/* Rules for packets whose source may be a client: from a VPN, or made here, as
 * a reset in the name of a client is. */
void nft_trusted(const struct nft_frame *f, enum verdict_kind verdict,
		 const char *target);
