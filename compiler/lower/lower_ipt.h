/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy -> ruleset for iptables, which has neither maps nor sets.  A chain's
 * name begins with its family, "ip/" or "ip6/".  PASS is the verdict for an
 * allowed packet: RETURN to the rules after ours, or ACCEPT.  Both families
 * have these chains:
 *
 *	VPNPF-INPUT	(hook)	-i tun0 -g VPNPF-FROM
 *	VPNPF-FORWARD	(hook)	-i tun0 -g VPNPF-FWD-FROM; -o tun0 -g VPNPF-TO
 *	VPNPF-OUTPUT	(hook)	-o tun0 -g VPNPF-TO
 *	VPNPF-FWD-FROM		-o tun0 -g VPNPF-PAIR; -g VPNPF-FROM
 *	VPNPF-FROM	tree	-s ADDR -g VPo-<client>
 *	VPNPF-TO	tree	-d ADDR -g VPi-<client>
 *	VPNPF-PAIR	tree	-s ADDR -g VPx-<client>
 *	VPNPF-OPEN	tree	-d ADDR -j RETURN: clients with CLIENTS ACCEPT
 *	VPNPF-MAC	tree	-s ADDR --mac-source MAC -j RETURN: dev tap
 *	VPo-<client>		-j VPp-<hash>.o; PASS
 *	VPi-<client>		-j VPp-<hash>.i; PASS
 *	VPx-<client>		-d PEER PASS or DROP; DROP, or else
 *				-j VPNPF-OPEN; PASS
 *	VPp-<hash>.o		matches the remote end: RETURN = allowed, or
 *				DROP; all clients with equal policies share it
 *
 * A packet from the VPN to the VPN gets one verdict, by the pair of clients.
 * Every other packet gets its verdict by the client's SERVICES and SUBNETS.
 *
 * Trees have 4-bit levels (lower_ipt_tree.h).  The end of a chain reached by
 * goto would mean "allowed"; so each chain ends with a verdict.  The kernel
 * refuses a match of an outbound IPsec policy below INPUT, and of an inbound
 * policy below OUTPUT; so only FORWARD leads to VPNPF-FWD-FROM.
 *
 * For an IPsec vpn the rules match the packet's policy in place of "-i tun0".
 * Where the tunnel of an address is known, each leaf that lets packets of this
 * address pass also matches the tunnel's reqid.  VPo, VPi and VPx have the
 * client's exact name as their comment.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/*
 * Lower the whole policy (resolved) into *out, sorted, without a state
 * element.  Also sets each open client's policy_chain, as lower_nft does.
 */
void lower_ipt(struct policy *p, struct ruleset *out);
