/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy -> ruleset for iptables, whose kernel knows neither maps nor sets.
 * A chain's name begins with its family, "ip/" or "ip6/"; both have, with PASS
 * as what a client may do (RETURN to the rules after ours, or ACCEPT):
 *
 *	VPNPF-INPUT	(hook)	-i tun0 -g VPNPF-FROM
 *	VPNPF-FORWARD	(hook)	-i tun0 -g VPNPF-FWD-FROM; -o tun0 -g VPNPF-TO
 *	VPNPF-OUTPUT	(hook)	-o tun0 -g VPNPF-TO
 *	VPNPF-FWD-FROM		-o tun0 -g VPNPF-PAIR; -g VPNPF-FROM
 *	VPNPF-FROM	tree	-s ADDR -g VPo-<client>
 *	VPNPF-TO	tree	-d ADDR -g VPi-<client>
 *	VPNPF-PAIR	tree	-s ADDR -g VPx-<client>
 *	VPNPF-OPEN	tree	-d ADDR -j RETURN: clients that accept clients
 *	VPNPF-MAC	tree	-s ADDR --mac-source MAC -j RETURN: dev tap
 *	VPo-<client>		-j VPp-<hash>.o; PASS
 *	VPi-<client>		-j VPp-<hash>.i; PASS
 *	VPx-<client>		-d PEER PASS or DROP; DROP, or else
 *				-j VPNPF-OPEN; PASS
 *	VPp-<hash>.o		shared by all clients with equal policies, by
 *				the remote end: RETURN = allowed, or DROP
 *
 * A packet that comes from the VPN and goes to the VPN is judged once, by the
 * pair of clients; every other one by the client's SERVICES and SUBNETS.
 *
 * Trees have 4-bit levels (lower_ipt_tree.h).  A chain reached by goto must
 * not come to its end, which would mean "allowed": each ends with a verdict.
 * An outbound IPsec policy may not be asked for below INPUT, nor an inbound
 * one below OUTPUT; so VPNPF-FWD-FROM is reached from FORWARD alone.
 *
 * An IPsec vpn's packets are asked for their policy in place of "-i tun0", and
 * an address of a known tunnel for its reqid in every leaf that lets it pass.
 * VPo, VPi and VPx have the client's exact name as their comment.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/*
 * Lower the whole policy (resolved) into *out, sorted, without a state
 * element.  Also sets each open client's policy_chain as lower_nft does.
 */
void lower_ipt(struct policy *p, struct ruleset *out);
