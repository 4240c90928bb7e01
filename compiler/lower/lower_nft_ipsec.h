/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules and sets for IPsec.  Part of lower_nft.c.
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
 * tunnel_addr4 holds the addresses whose tunnel is known, tunnel_reqid4 these
 * addresses with the reqids of their tunnels.  Packets of other addresses may
 * use any tunnel of LOCAL.
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

/* Add O's address with its reqid to the two sets, if O has one and RS has the
 * sets. */
void lower_nft_ipsec_bind(const struct owned_range *o, struct ruleset *rs);
