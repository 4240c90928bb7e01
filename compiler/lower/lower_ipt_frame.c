/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_frame.h"

#include <netinet/in.h>

#include "compiler/lower/lower_ipt_name.h"
#include "compiler/lower/lower_ipt_tree.h"
#include "compiler/lower/lower_log.h"

struct frame {
	const struct policy *p;
	unsigned int family;
	struct ruleset *rs;
};

static const char *name(const struct frame *f, enum lower_ipt_chain chain)
{
	return lower_ipt_name(f->rs, f->family, lower_ipt_stems[chain].name,
			      "");
}

static void begin_chain(const struct frame *f, enum lower_ipt_chain chain,
			enum hook hook)
{
	ruleset_add_chain(f->rs, name(f, chain))->hook = hook;
}

static void begin_rule(const struct frame *f, enum verdict_kind verdict,
		       enum lower_ipt_chain target)
{
	ruleset_add_rule(f->rs, verdict, name(f, target), LOC_NONE);
}

static void begin_drop(const struct frame *f, enum field end,
		       enum drop_reason reason)
{
	const char *target = lower_log_target(f->p, f->family, end, reason,
					      f->rs);

	ruleset_add_rule(f->rs, target ? RULE_GOTO : RULE_DROP, target,
			 LOC_NONE);
}

/* Match packets that come in (END is the source) or go out by VPN. */
static void match_end(const struct frame *f, const struct vpn *vpn,
		      enum field end)
{
	ruleset_add_match(f->rs, end == FIELD_SADDR ? MATCH_IIFNAME
						    : MATCH_OIFNAME)->name =
		vpn->dev;
}

/*
 * -s NET -i out0 -m policy --dir in --pol ipsec --mode tunnel
 *	--tunnel-dst PUB -g TARGET
 * -s NET -i out0 -j DROP
 */
static void add_inner_net(const struct frame *f, const struct vpn *vpn,
			  const struct prefix *net, enum field end,
			  enum lower_ipt_chain target)
{
	struct match *match;

	/* --tunnel-dst is of the packet's family */
	if (!vpn->shut && vpn->ipsec->local.family == f->family) {
		begin_rule(f, RULE_GOTO, target);
		lower_ipt_match_net(f->rs, net, end);
		match_end(f, vpn, end);
		match = ruleset_add_match(f->rs, MATCH_IPSEC);
		match->field = (uint8_t)end;
		match->net = vpn->ipsec->local;
	}
	begin_drop(f, end, DROP_CLEAR);
	lower_ipt_match_net(f->rs, net, end);
	match_end(f, vpn, end);
}

/* -i tun0 -g TARGET; for an IPsec vpn the packets in its tunnels */
static void add_vpn(const struct frame *f, const struct vpn *vpn,
		    enum field end, enum lower_ipt_chain target)
{
	const struct prefix *net;

	if (!vpn->ipsec) {
		if (vpn->shut)
			begin_drop(f, end, DROP_UNKNOWN);
		else
			begin_rule(f, RULE_GOTO, target);
		match_end(f, vpn, end);
		return;
	}
	vec_each(net, &vpn->ipsec->clients)
		if (net->family == f->family)
			add_inner_net(f, vpn, net, end, target);
}

/* -i tap0 -j VPNPF-MAC; -i tap0 -g TARGET */
static void add_from(const struct frame *f, enum lower_ipt_chain target)
{
	const struct vpn *vpn;

	vec_each(vpn, &f->p->vpns) {
		if (vpn->tap && !vpn->shut) {
			begin_rule(f, RULE_JUMP, CHAIN_IPT_MAC);
			match_end(f, vpn, FIELD_SADDR);
		}
		add_vpn(f, vpn, FIELD_SADDR, target);
	}
}

static void add_to(const struct frame *f, enum lower_ipt_chain target)
{
	const struct vpn *vpn;

	vec_each(vpn, &f->p->vpns)
		add_vpn(f, vpn, FIELD_DADDR, target);
}

/* -d PUB -i out0 -p udp --dport PORT -j ACCEPT; PORT 0: any */
static void add_ike_rule(const struct frame *f, const struct vpn *vpn,
			 enum field ours, uint8_t proto, uint16_t port)
{
	struct match *match;

	ruleset_add_rule(f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	lower_ipt_match_net(f->rs, &vpn->ipsec->local, ours);
	match_end(f, vpn, ours == FIELD_DADDR ? FIELD_SADDR : FIELD_DADDR);
	ruleset_add_match(f->rs, MATCH_PROTO)->proto = proto;
	if (!port)
		return;
	match = ruleset_add_match(f->rs, MATCH_PORT);
	match->proto = proto;
	match->field = (uint8_t)ours;
	match->from = match->to = port;
}

/* OURS: the end of the packet with our public address. */
static void add_ike(const struct frame *f, enum field ours)
{
	const struct vpn *vpn;

	vec_each(vpn, &f->p->vpns) {
		if (!vpn->ipsec || !vpn->ipsec->ike || vpn->shut ||
		    vpn->ipsec->local.family != f->family)
			continue;
		add_ike_rule(f, vpn, ours, IPPROTO_UDP, 500);
		add_ike_rule(f, vpn, ours, IPPROTO_UDP, 4500);
		add_ike_rule(f, vpn, ours, IPPROTO_ESP, 0);
	}
}

void lower_ipt_frame(const struct policy *p, unsigned int family,
		     struct ruleset *rs)
{
	const struct frame f = { p, family, rs };

	begin_chain(&f, CHAIN_IPT_INPUT, HOOK_INPUT);
	add_ike(&f, FIELD_DADDR);
	add_from(&f, CHAIN_IPT_FROM);

	begin_chain(&f, CHAIN_IPT_FORWARD, HOOK_FORWARD);
	add_from(&f, CHAIN_IPT_FWD_FROM);
	add_to(&f, CHAIN_IPT_TO);

	begin_chain(&f, CHAIN_IPT_OUTPUT, HOOK_OUTPUT);
	add_ike(&f, FIELD_SADDR);
	add_to(&f, CHAIN_IPT_TO);

	begin_chain(&f, CHAIN_IPT_FWD_FROM, HOOK_NONE);
	add_to(&f, CHAIN_IPT_PAIR);
	begin_rule(&f, RULE_GOTO, CHAIN_IPT_FROM);
}
