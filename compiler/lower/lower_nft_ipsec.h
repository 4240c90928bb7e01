/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules and sets for IPsec.  Part of lower_nft.c.
 *
 *	pre		meta ipsec exists goto ipsec/from
 *			ip saddr NET iifname != "lo" iifname != INSIDE
 *				counter drop
 *	ipsec/from	ip saddr NET ipsec in ip daddr END goto from/road
 *			ip saddr NET counter drop
 *			ipsec in ip daddr END counter drop: an address
 *				outside of the clients' networks
 *	from/road	ip saddr @tunnel_addr4
 *				ip saddr . ipsec in reqid != @tunnel_reqid4
 *				counter drop
 *			and so on as for OpenVPN
 *	post, ipsec/to, to/road: the same with rt ipsec, oifname, daddr, and
 *	ipsec out ip saddr
 *
 * With xfrm interfaces a packet to a client comes by twice, and only the second
 * time with a policy:
 *
 *	post		oifname "ipsec0" ip daddr NET goto to/road
 *			oifname "ipsec0" counter drop: to another address
 *	ipsec/to	ip daddr NET ipsec out ip saddr END goto below/road
 *	below/road	drop as to/road does for reqids, else accept
 *
 * tunnel_addr4 holds the addresses whose tunnel is known, tunnel_reqid4 these
 * addresses with the reqids of their tunnels.  Packets of other addresses may
 * use any tunnel of END.
 */
#pragma once

#include "compiler/lower/lower_nft_part.h"
#include "compiler/model/ownership.h"

/* Has P an IPsec interface? */
bool lower_has_ipsec(const struct policy *p);

/* Rules of the chain begun last, of an IPsec server: drop what is in the tunnel
 * of another client.  FIELD_SADDR: packets from clients. */
void lower_nft_ipsec_bound(const struct policy *p, enum field field,
			   struct ruleset *rs);

/* Matches of the rule begun last: not on an interface inside. */
void lower_nft_ipsec_outside(const struct ipsec *ipsec, enum field direction,
			     struct ruleset *rs);

/* Rules of the base chain begun last: pre (FIELD_SADDR) or post. */
void lower_nft_ipsec_rules(const struct nft_frame *f, enum field direction);
/* The chains that they lead to. */
void lower_nft_ipsec_chains(const struct nft_frame *f);

/* Add O's address with its reqid to the two sets, if O has one and RS has the
 * sets. */
void lower_nft_ipsec_bind(const struct owned_range *o, struct ruleset *rs);
