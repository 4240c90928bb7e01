/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules for IPsec.  Part of lower_ipt_frame.c.
 *
 *	-s NET -m policy --dir in --pol ipsec --mode tunnel --tunnel-dst END
 *		-g VPF-road
 *	-s NET -j VPk-1			in clear, or in another tunnel
 *	-m policy --dir in --pol ipsec --mode tunnel --tunnel-dst END -j DROP
 *					an address outside of the networks
 *	VPk-1	-m policy --dir in --pol ipsec --mode tunnel -j DROP
 *		-i lo -j RETURN; -i INSIDE -j RETURN; -j DROP
 *
 * On the way to clients the same with -d, --dir out, --tunnel-src, -o and VPl-1.
 * To an xfrm interface "-o ipsec0" stands in place of the policy, for which the
 * packet comes by once more in mangle; then it is not judged again, and the
 * tunnel's reqid is not asked for.
 * 1 is the index of the vpn: the section may be shut, and its name another's.
 */
#pragma once

#include "compiler/lower/lower_ipt_part.h"

/* Add to the chain begun last.  END: where the client is. */
void lower_ipt_tunnels(const struct ipt *x, const struct vpn *vpn,
		       enum field end, enum verdict_kind verdict,
		       const char *target);
void lower_ipt_clear(const struct ipt *x, const struct vpn *vpn,
		     enum field end);
void lower_ipt_strays(const struct ipt *x, enum field end);
/* OURS: the end of the packet with our public address. */
void lower_ipt_ike(const struct ipt *x, enum field ours);

/* The chains that lower_ipt_clear leads to. */
void lower_ipt_clear_chains(const struct ipt *x);
