/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules and sets for IPsec.  Part of lower_nft.c.
 *
 *	pre		iifname "eth0" ip saddr NET ipsec in ip daddr LOCAL
 *				goto from/road
 *			iifname "eth0" ip saddr NET counter drop
 *	from/road	ip saddr @tunnel_addr4
 *				ip saddr . ipsec in reqid != @tunnel_reqid4
 *				counter drop
 *			and so on as for OpenVPN
 *	post, to/road: the same with oifname, daddr, and ipsec out ip saddr
 *
 * tunnel_addr4 holds the addresses whose tunnel is known, tunnel_reqid4 these
 * addresses with the reqids of their tunnels.  Packets of other addresses may
 * use any tunnel of LOCAL.
 */
#pragma once

#include "compiler/lower/lower_nft_name.h"
#include "compiler/model/ownership.h"

/* Has P an IPsec interface? */
bool lower_has_ipsec(const struct policy *p);

/* Rules of the chain begun last, of an IPsec server: drop what is in the tunnel
 * of another client.  FIELD_SADDR: packets from clients. */
void lower_nft_ipsec_bound(const struct policy *p, enum field field,
			   struct ruleset *rs);

/* Rules of the base chain begun last: pre (FIELD_SADDR) or post. */
void lower_nft_ipsec_rules(const struct policy *p,
			   const struct lower_server *servers,
			   enum field field, struct ruleset *rs);

/* Add O's address with its reqid to the two sets, if O has one and RS has the
 * sets. */
void lower_nft_ipsec_bind(const struct owned_range *o, struct ruleset *rs);
