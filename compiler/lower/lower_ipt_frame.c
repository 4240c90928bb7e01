/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_frame.h"

#include "compiler/lower/lower_ipt_ipsec.h"


static void begin_chain(const struct ipt *x, enum lower_ipt_chain chain,
			enum hook hook)
{
	ruleset_add_chain(x->rs, ipt_name(x, chain, ""))->hook = hook;
}

/* Match packets that come in (END is the source) or go out by DEV. */
static void match_end(const struct ipt *x, const char *dev, enum field end)
{
	ruleset_add_match(x->rs, end == FIELD_SADDR ? MATCH_IIFNAME
						    : MATCH_OIFNAME)->name =
		dev;
}

/* -i tun0 -g TARGET; for an IPsec vpn the packets in its tunnels */
static void add_way(const struct ipt *x, const struct vpn *vpn, enum field end,
		    enum verdict_kind verdict, const char *target)
{
	const struct vpn_dev *dev;

	if (!ipt_has_way(x, vpn))
		return;
	if (vpn->ipsec)
		lower_ipt_tunnels(x, vpn, end, verdict, target);
	vec_each(dev, &vpn->devs) {
		ruleset_add_rule(x->rs, verdict, target, LOC_NONE);
		match_end(x, dev->name, end);
		/* in the other tables the VRF has its place */
		if (ipt_is_mangle(x) || !dev->vrf || end == FIELD_DADDR)
			continue;
		ruleset_add_rule(x->rs, verdict, target, LOC_NONE);
		match_end(x, dev->vrf, end);
	}
}

/* What has not gone the way; a vpn that is shut drops everything. */
static void add_rest(const struct ipt *x, const struct vpn *vpn, enum field end)
{
	const struct vpn_dev *dev;

	if (vpn->ipsec)
		lower_ipt_clear(x, vpn, end);
	vec_each(dev, &vpn->devs) {
		if (!vpn->shut)
			break;
		ipt_begin_drop(x, end, DROP_UNKNOWN);
		match_end(x, dev->name, end);
		if (ipt_is_mangle(x) || !dev->vrf || end == FIELD_DADDR)
			continue;
		ipt_begin_drop(x, end, DROP_UNKNOWN);
		match_end(x, dev->vrf, end);
	}
}

static const char *unclaimed_chain(const struct ipt *x, enum field end)
{
	return ipt_name(x, end == FIELD_SADDR ? CHAIN_IPT_UNCLAIMED_FROM
					      : CHAIN_IPT_UNCLAIMED_TO, "");
}

/* Behind the interfaces that are known: -i tun+ -j VPNPF-UNCLAIMED-FROM */
static void go_unclaimed(const struct ipt *x, enum field end)
{
	const char *const *pattern;

	vec_each(pattern, &x->unclaimed.patterns) {
		ruleset_add_rule(x->rs, RULE_JUMP, unclaimed_chain(x, end),
				 LOC_NONE);
		match_end(x, *pattern, end);
	}
}

/* What a server may take is closed; others' interfaces go on. */
static void add_unclaimed(const struct ipt *x, enum field end)
{
	const char *const *closed;
	char *const *other;

	if (!x->unclaimed.patterns.n)
		return;
	ruleset_add_chain(x->rs, unclaimed_chain(x, end));
	vec_each(other, &x->p->others) {
		ruleset_add_rule(x->rs, RULE_RETURN, NULL, LOC_NONE);
		match_end(x, *other, end);
	}
	vec_each(closed, &x->unclaimed.closed) {
		ipt_begin_drop(x, end, DROP_UNKNOWN);
		match_end(x, *closed, end);
	}
	ruleset_add_rule(x->rs, RULE_RETURN, NULL, LOC_NONE);
}

/* -i tap0 -j VPNPF-MAC; -i tap0 -g VPF-office */
static void add_from_one(const struct ipt *x, const struct vpn *vpn,
			 enum lower_ipt_chain target)
{
	if (vpn->tap)
		add_way(x, vpn, FIELD_SADDR, RULE_JUMP,
			ipt_name(x, CHAIN_IPT_MAC, ""));
	add_way(x, vpn, FIELD_SADDR, RULE_GOTO, ipt_name_of(x, target, vpn));
	add_rest(x, vpn, FIELD_SADDR);
}

/* The tunnels of IPsec come last: they may be on any interface. */
static void add_from(const struct ipt *x, enum lower_ipt_chain target)
{
	const struct vpn *vpn;

	vec_each(vpn, &x->p->vpns)
		if (!vpn->ipsec)
			add_from_one(x, vpn, target);
	go_unclaimed(x, FIELD_SADDR);
	vec_each(vpn, &x->p->vpns)
		if (vpn->ipsec)
			add_from_one(x, vpn, target);
	lower_ipt_strays(x, FIELD_SADDR);
}

static void add_to_one(const struct ipt *x, const struct vpn *vpn,
		       enum lower_ipt_chain target)
{
	add_way(x, vpn, FIELD_DADDR, RULE_GOTO, ipt_name_of(x, target, vpn));
	add_rest(x, vpn, FIELD_DADDR);
}

static void add_to(const struct ipt *x, enum lower_ipt_chain target)
{
	const struct vpn *vpn;

	vec_each(vpn, &x->p->vpns)
		if (!vpn->ipsec)
			add_to_one(x, vpn, target);
	go_unclaimed(x, FIELD_DADDR);
	vec_each(vpn, &x->p->vpns)
		if (vpn->ipsec)
			add_to_one(x, vpn, target);
	lower_ipt_strays(x, FIELD_DADDR);
}

static struct match *match_flow(const struct ipt *x, enum field direction,
				enum translation status)
{
	struct match *match = ruleset_add_match(x->rs, MATCH_TRACKED);

	match->field = (uint8_t)direction;
	match->status = (uint8_t)status;
	return match;
}

/* The packets that came in by DEV, or from the network NET of IPsec, on their way
 * to a client of TO. */
static void add_came(const struct ipt *x, const char *dev,
		     const struct prefix *net, const struct vpn *to)
{
	/* the host's DNAT leads back into the VPN: judged as from anywhere */
	if (ipt_asks_flow(x)) {
		ruleset_add_rule(x->rs, RULE_GOTO,
				 ipt_name_of(x, CHAIN_IPT_TO, to), LOC_NONE);
		if (net)
			lower_ipt_match_net(x->rs, net, FIELD_SADDR);
		else
			match_end(x, dev, FIELD_SADDR);
		match_flow(x, FIELD_SADDR, TRANSLATION_DEST);
	}
	ruleset_add_rule(x->rs, RULE_GOTO, ipt_name_of(x, CHAIN_IPT_CAME, to),
			 LOC_NONE);
	if (net)
		lower_ipt_match_net(x->rs, net, FIELD_SADDR);
	else
		match_end(x, dev, FIELD_SADDR);
}

/* There is no match of an inbound policy here.  In clear nothing came so far,
 * but by an interface inside. */
static void add_came_inside(const struct ipt *x, const struct vpn *vpn,
			    const struct prefix *net, const struct vpn *to)
{
	char *const *dev;

	vec_each(dev, &vpn->ipsec->inside) {
		ruleset_add_rule(x->rs, RULE_JUMP,
				 ipt_name(x, CHAIN_IPT_FORGED, ""), LOC_NONE);
		lower_ipt_match_net(x->rs, net, FIELD_SADDR);
		match_end(x, *dev, FIELD_SADDR);
		ruleset_add_rule(x->rs, RULE_GOTO,
				 ipt_name_of(x, CHAIN_IPT_TO, to), LOC_NONE);
		lower_ipt_match_net(x->rs, net, FIELD_SADDR);
		match_end(x, *dev, FIELD_SADDR);
	}
	add_came(x, NULL, net, to);
}

static void add_all_came(const struct ipt *x, const struct vpn *to)
{
	const struct vpn_dev *dev;
	const struct prefix *net;
	const struct vpn *vpn;

	vec_each(vpn, &x->p->vpns) {
		if (!ipt_has_way(x, vpn))
			continue;
		vec_each(dev, &vpn->devs) {
			add_came(x, dev->name, NULL, to);
			if (dev->vrf)
				add_came(x, dev->vrf, NULL, to);
		}
		if (!vpn->ipsec)
			continue;
		vec_each(net, &vpn->ipsec->clients)
			if (net->family == x->family)
				add_came_inside(x, vpn, net, to);
	}
}

static void add_forward_to(const struct ipt *x, const struct vpn *from,
			   const struct vpn *to)
{
	add_way(x, to, FIELD_DADDR, RULE_JUMP,
		ipt_name_of(x, CHAIN_IPT_PAIR_TO, to));
	add_way(x, to, FIELD_DADDR, RULE_GOTO,
		ipt_name_of(x, CHAIN_IPT_PAIR_FROM, from));
	add_rest(x, to, FIELD_DADDR);
}

/* In table filter a packet from the VPN to the VPN meets only this chain. */
static void add_forward(const struct ipt *x, const struct vpn *from)
{
	const struct vpn *vpn;

	ruleset_add_chain(x->rs, ipt_name_of(x, CHAIN_IPT_SERVER_FROM, from));
	vec_each(vpn, &x->p->vpns)
		if (!vpn->ipsec)
			add_forward_to(x, from, vpn);
	go_unclaimed(x, FIELD_DADDR);
	vec_each(vpn, &x->p->vpns)
		if (vpn->ipsec)
			add_forward_to(x, from, vpn);
	lower_ipt_strays(x, FIELD_DADDR);
	ruleset_add_rule(x->rs, RULE_GOTO, ipt_name_of(x, CHAIN_IPT_FROM, from),
			 LOC_NONE);
}

static void add_server(const struct ipt *x, const struct vpn *vpn)
{
	if (!ipt_is_mangle(x))
		add_forward(x, vpn);
	ruleset_add_chain(x->rs, ipt_name_of(x, CHAIN_IPT_SERVER_TO, vpn));
	if (ipt_is_mangle(x))
		add_all_came(x, vpn);
	ruleset_add_rule(x->rs, RULE_JUMP, ipt_name(x, CHAIN_IPT_FORGED, ""),
			 LOC_NONE);
	ruleset_add_rule(x->rs, RULE_GOTO, ipt_name_of(x, CHAIN_IPT_TO, vpn),
			 LOC_NONE);
}

/*
 * A packet that the policy denies may be the answer to a client whose packet
 * the host's masquerade has given an address of the host.  Behind the
 * translation back, CLIENTS judge it.
 */
static void add_answers(const struct ipt *x)
{
	const struct lower_ipt_leaf *l;

	begin_chain(x, CHAIN_IPT_ANSWER, HOOK_NONE);
	ipt_begin_drop(x, FIELD_SADDR, DROP_DENIED);
	match_flow(x, FIELD_DADDR, TRANSLATION_DEST);
	ruleset_add_rule(x->rs, RULE_GOTO,
			 ipt_name(x, CHAIN_IPT_ANSWER_NET, ""), LOC_NONE);
	match_flow(x, FIELD_DADDR, TRANSLATION_SOURCE);
	ipt_begin_drop(x, FIELD_SADDR, DROP_DENIED);

	begin_chain(x, CHAIN_IPT_ANSWER_NET, HOOK_NONE);
	vec_each(l, &x->clients.list) {
		ruleset_add_rule(x->rs, RULE_RETURN, NULL, LOC_NONE);
		match_flow(x, FIELD_DADDR, TRANSLATION_ANY)->net = l->net;
	}
	ipt_begin_drop(x, FIELD_SADDR, DROP_DENIED);
}

/* What came in by another interface than the VPN's, before it gets the name of
 * its VRF: from a client to a client it is forged. */
static void add_vrfs(const struct ipt *x)
{
	const char *vrf;
	size_t i = 0;

	if (!ipt_has_vrf(x))
		return;
	while ((vrf = policy_next_vrf(x->p, &i))) {
		ruleset_add_rule(x->rs, RULE_RETURN, NULL, LOC_NONE);
		match_end(x, vrf, FIELD_SADDR);
	}
	ruleset_add_rule(x->rs, RULE_JUMP, ipt_name(x, CHAIN_IPT_VRF_FROM, ""),
			 LOC_NONE);
}

static void add_mangle_hooks(const struct ipt *x)
{
	begin_chain(x, CHAIN_IPT_PREROUTING, HOOK_PREROUTING);
	lower_ipt_ike(x, FIELD_DADDR);
	add_from(x, CHAIN_IPT_SERVER_FROM);
	add_vrfs(x);

	begin_chain(x, CHAIN_IPT_POSTROUTING, HOOK_POSTROUTING);
	lower_ipt_ike(x, FIELD_SADDR);
	add_to(x, CHAIN_IPT_SERVER_TO);
}

/* Here nothing tells whether a packet from a client to a client is forged by
 * others in the VRF. */
static void close_vrfs(const struct ipt *x)
{
	const struct vpn_dev *dev;
	const struct vpn *vpn;
	const char *vrf;
	size_t i = 0;

	while ((vrf = policy_next_vrf(x->p, &i)))
		vec_each(vpn, &x->p->vpns)
			vec_each(dev, &vpn->devs) {
				ipt_begin_drop(x, FIELD_SADDR, DROP_UNKNOWN);
				match_end(x, vrf, FIELD_SADDR);
				match_end(x, dev->name, FIELD_DADDR);
			}
}

static void add_filter_hooks(const struct ipt *x)
{
	begin_chain(x, CHAIN_IPT_INPUT, HOOK_INPUT);
	lower_ipt_ike(x, FIELD_DADDR);
	add_from(x, CHAIN_IPT_FROM);

	begin_chain(x, CHAIN_IPT_FORWARD, HOOK_FORWARD);
	close_vrfs(x);
	add_from(x, CHAIN_IPT_SERVER_FROM);
	add_to(x, CHAIN_IPT_SERVER_TO);

	begin_chain(x, CHAIN_IPT_OUTPUT, HOOK_OUTPUT);
	lower_ipt_ike(x, FIELD_SADDR);
	add_to(x, CHAIN_IPT_TO);
}

void lower_ipt_frame(const struct ipt *x)
{
	const struct vpn *vpn;

	if (ipt_is_mangle(x))
		add_mangle_hooks(x);
	else
		add_filter_hooks(x);
	vec_each(vpn, &x->p->vpns)
		if (ipt_has_way(x, vpn))
			add_server(x, vpn);
	add_unclaimed(x, FIELD_SADDR);
	add_unclaimed(x, FIELD_DADDR);
	lower_ipt_clear_chains(x);
	if (ipt_asks_flow(x))
		add_answers(x);
}
