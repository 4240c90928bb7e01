/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy -> ruleset for iptables, which has neither maps nor sets.  A chain's
 * name begins with its family, "ip/" or "ip6/".  PASS is the verdict for an
 * allowed packet: RETURN to the rules after ours, or ACCEPT.
 *
 * An address counts on the interface of its own server; so each server (office,
 * on tun0) has trees of its own clients.  In both families:
 *
 *	VPS-office	tree	-s ADDR -g VPo-<client>	to anybody else
 *	VPC-office	tree	-s ADDR -g VPx-<client>	to a client
 *	VPR-office	tree	-d ADDR -g VPi-<client>	from anybody else
 *	VPNPF-OPEN	tree	-d ADDR -j RETURN: clients with CLIENTS ACCEPT
 *	VPNPF-MAC	tree	-s ADDR --mac-source MAC -j RETURN: dev tap
 *	VPNPF-FORGED	tree	-s ADDR -j DROP: all clients; RETURN
 *	VPo-<client>		-j VPp-<hash>.o; PASS
 *	VPi-<client>		-j VPp-<hash>.i; PASS
 *	VPx-<client>		-d PEER PASS or DROP; DROP, or else
 *				-j VPNPF-OPEN; PASS
 *	VPp-<hash>.o		matches the remote end: RETURN = allowed, or
 *				DROP; all clients with equal policies share it;
 *				127.0.0.0/8 and ::1 only by their own lines
 *
 * In table mangle, where each end of a packet's way is judged before the host
 * translates its addresses (SNAT alone comes later):
 *
 *	VPNPF-PREROUTING (hook)	-i tun0 -g VPF-office
 *	VPF-office	tree	-d CLIENTS -g VPC-office; -g VPS-office
 *	VPNPF-POSTROUTING (hook) -o tun0 -g VPT-office
 *	VPT-office		-i VPN -g VPB-office; -j VPNPF-FORGED;
 *				-g VPR-office
 *	VPB-office	tree	-s CLIENTS -g VPU-office; -g VPR-office
 *	VPU-office	tree	-d ADDR -g VPNPF-PAIRS
 *	VPNPF-PAIRS	tree	-s ADDR -g VPx-<client>: of all servers
 *
 * Where dev is a pattern, tun*, interfaces that no server has are closed, but
 * those of other programs; behind the rules for the interfaces of servers:
 *
 *	VPNPF-PREROUTING	-i tun+ -j VPNPF-UNCLAIMED-FROM
 *	VPNPF-UNCLAIMED-FROM	-i OTHER -j RETURN; -i tun0+ -j DROP ...
 *
 * Where tun0 is in a VRF, POSTROUTING sees the VRF's name in its place:
 *
 *	VPT-office		-i VRF -g VPB-office, too
 *	VPNPF-PREROUTING	-i VRF -j RETURN; -j VPNPF-VRF-FROM, behind the
 *				VPNs
 *	VPNPF-VRF-FROM	tree	-s CLIENTS -g VPNPF-VRF-TO; RETURN
 *	VPNPF-VRF-TO	tree	-d CLIENTS -j DROP; RETURN
 *
 * So a pair of clients is judged in both hooks, by CLIENTS of both sides.  Where
 * the host translates (policy.nat) the rules ask for the flow:
 *
 *	VPT-office		-i VPN --ctstate DNAT -g VPR-office: the host's
 *				DNAT leads back into the VPN
 *	VPp-<hash>.o		-g VPNPF-ANSWER instead of DROP
 *	VPNPF-ANSWER		RETURN for an answer to a client behind the
 *				host's masquerade; DROP
 *
 * In table filter or security, behind DNAT:
 *
 *	VPNPF-INPUT	(hook)	-i tun0 -g VPS-office
 *	VPNPF-FORWARD	(hook)	-i tun0 -g VPF-office; -o tun0 -g VPT-office
 *	VPNPF-OUTPUT	(hook)	-o tun0 -g VPR-office
 *	VPF-office		-o tun1 -j VPU-lab; -o tun1 -g VPC-office;
 *				-g VPS-office
 *	VPU-lab		tree	-d ADDR -j RETURN
 *	VPT-office		-j VPNPF-FORGED; -g VPR-office
 *
 * Trees have 4-bit levels (lower_ipt_tree.h).  The end of a chain reached by
 * goto would mean "allowed"; so each chain ends with a verdict.  The kernel
 * refuses a match of an outbound IPsec policy below PREROUTING and INPUT, and
 * of an inbound policy below OUTPUT and POSTROUTING.
 *
 * For an IPsec vpn the rules match the packet's policy in place of "-i tun0", see
 * lower_ipt_ipsec.h.
 * Where the tunnel of an address is known, the leaves of VPS, VPC, VPR and VPU
 * also match the tunnel's reqid.  VPo, VPi and VPx have the client's exact name
 * as their comment.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/*
 * Lower the whole policy (resolved) into *out, sorted, without a state
 * element.  Also sets each open client's policy_chain, as lower_nft does.
 */
void lower_ipt(struct policy *p, struct ruleset *out);
