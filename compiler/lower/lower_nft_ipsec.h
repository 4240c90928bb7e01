/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What IPsec adds to the ruleset.  Part of lower_nft.c.
 *
 *	from_vpn	iifname "eth0" ip saddr NET ipsec in ip daddr LOCAL
 *				goto from_ipsec
 *			iifname "eth0" ip saddr NET counter drop
 *	from_ipsec	ip saddr @tunnel_addr4
 *				ip saddr . ipsec in reqid != @tunnel_reqid4
 *				counter drop
 *			goto from_client
 *	to_vpn, to_ipsec: the same with oifname, daddr, and ipsec out ip saddr
 *
 * tunnel_addr4 holds the addresses of which it is known in whose tunnel they
 * are, tunnel_reqid4 that tunnel; any tunnel of LOCAL will do for the others.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/ownership.h"

/* Has P an IPsec interface? */
bool lower_has_ipsec(const struct policy *p);

/* Chains from_ipsec and to_ipsec. */
void lower_nft_ipsec_chains(const struct policy *p, struct ruleset *rs);

/* Rules of the chain begun last: from_vpn (FIELD_SADDR) or to_vpn. */
void lower_nft_ipsec_rules(const struct policy *p, enum field field,
			   struct ruleset *rs);

/* What O is bound to, if to anything, into the sets, if RS has them. */
void lower_nft_ipsec_bind(const struct owned_range *o, struct ruleset *rs);
