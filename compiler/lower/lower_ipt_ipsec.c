/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_ipsec.h"

#include <netinet/in.h>
#include <stdio.h>

/* -i DEV, or -o DEV */
static void match_dev(const struct ipt *x, const char *dev, enum field end)
{
	ruleset_add_match(x->rs, end == FIELD_SADDR ? MATCH_IIFNAME
						    : MATCH_OIFNAME)->name =
		dev;
}

/* OURS NULL: of any policy */
static void match_tunnel(const struct ipt *x, const struct prefix *ours,
			 enum field end)
{
	struct match *match = ruleset_add_match(x->rs, MATCH_IPSEC);

	match->field = (uint8_t)end;
	if (ours)
		match->net = *ours;
}

/* -d NET -o ipsec0 -g TARGET: the policy comes below it */
static void add_to_xfrm(const struct ipt *x, const struct vpn *vpn,
			enum verdict_kind verdict, const char *target)
{
	const struct prefix *net;
	char *const *dev;

	vec_each(dev, &vpn->ipsec->xfrm)
		vec_each(net, &vpn->ipsec->clients) {
			if (net->family != x->family)
				continue;
			ruleset_add_rule(x->rs, verdict, target, LOC_NONE);
			lower_ipt_match_net(x->rs, net, FIELD_DADDR);
			match_dev(x, *dev, FIELD_DADDR);
		}
}

void lower_ipt_tunnels(const struct ipt *x, const struct vpn *vpn,
		       enum field end, enum verdict_kind verdict,
		       const char *target)
{
	const struct prefix *net, *ours;

	if (end == FIELD_DADDR && vpn->ipsec->xfrm.n) {
		add_to_xfrm(x, vpn, verdict, target);
		/* in the other tables it does not come by again */
		if (ipt_is_mangle(x)) {
			verdict = x->pass;
			target = NULL;
		}
	}
	vec_each(net, &vpn->ipsec->clients)
		vec_each(ours, &vpn->ipsec->ends) {
			if (net->family != x->family ||
			    ours->family != x->family)
				continue;
			ruleset_add_rule(x->rs, verdict, target, LOC_NONE);
			lower_ipt_match_net(x->rs, net, end);
			match_tunnel(x, ours, end);
		}
}

static const char *clear_chain(const struct ipt *x, const struct vpn *vpn,
			       enum field end)
{
	char index[16];

	snprintf(index, sizeof(index), "%u",
		 (unsigned int)(vpn - x->p->vpns.v));
	return ipt_name(x, end == FIELD_SADDR ? CHAIN_IPT_CLEAR_FROM
					      : CHAIN_IPT_CLEAR_TO, index);
}

void lower_ipt_clear(const struct ipt *x, const struct vpn *vpn,
		     enum field end)
{
	const struct prefix *net;

	vec_each(net, &vpn->ipsec->clients) {
		if (net->family != x->family)
			continue;
		ruleset_add_rule(x->rs, RULE_JUMP, clear_chain(x, vpn, end),
				 LOC_NONE);
		lower_ipt_match_net(x->rs, net, end);
	}
}

static void add_clear_chain(const struct ipt *x, const struct vpn *vpn,
			    enum field end)
{
	char *const *dev;

	ruleset_add_chain(x->rs, clear_chain(x, vpn, end));
	ipt_begin_drop(x, end, DROP_CLEAR);
	match_tunnel(x, NULL, end);
	/* what the host sends to itself */
	ruleset_add_rule(x->rs, RULE_RETURN, NULL, LOC_NONE);
	match_dev(x, "lo", end);
	vec_each(dev, &vpn->ipsec->inside) {
		ruleset_add_rule(x->rs, RULE_RETURN, NULL, LOC_NONE);
		match_dev(x, *dev, end);
	}
	ipt_begin_drop(x, end, DROP_CLEAR);
}

void lower_ipt_clear_chains(const struct ipt *x)
{
	const struct prefix *net;
	const struct vpn *vpn;
	bool here;

	vec_each(vpn, &x->p->vpns) {
		if (!vpn->ipsec)
			continue;
		here = false;
		vec_each(net, &vpn->ipsec->clients)
			here |= net->family == x->family;
		if (!here)
			continue;
		add_clear_chain(x, vpn, FIELD_SADDR);
		add_clear_chain(x, vpn, FIELD_DADDR);
	}
}

void lower_ipt_strays(const struct ipt *x, enum field end)
{
	const struct prefix *ours;
	const struct vpn *vpn;
	char *const *dev;

	vec_each(vpn, &x->p->vpns) {
		if (!vpn->ipsec || vpn->shut || vpn->ipsec->site_to_site)
			continue;
		if (end == FIELD_DADDR)
			vec_each(dev, &vpn->ipsec->xfrm) {
				ipt_begin_drop(x, end, DROP_UNKNOWN);
				match_dev(x, *dev, end);
			}
		vec_each(ours, &vpn->ipsec->ends) {
			if (ours->family != x->family)
				continue;
			ipt_begin_drop(x, end, DROP_UNKNOWN);
			match_tunnel(x, ours, end);
		}
	}
}

/* -i out0 -d PUB -p udp --dport PORT -j ACCEPT; DEV NULL: on any interface;
 * PORT 0: -p esp */
static void add_ike_port(const struct ipt *x, const char *dev,
			 const struct prefix *end, enum field ours,
			 uint16_t port)
{
	uint8_t proto = port ? IPPROTO_UDP : IPPROTO_ESP;
	struct match *match;

	/* in mangle an accept would only pass by the host's rules there */
	ruleset_add_rule(x->rs, ipt_is_mangle(x) ? RULE_RETURN : RULE_ACCEPT,
			 NULL, LOC_NONE);
	lower_ipt_match_net(x->rs, end, ours);
	if (dev)
		match_dev(x, dev, ours == FIELD_DADDR ? FIELD_SADDR
						      : FIELD_DADDR);
	ruleset_add_match(x->rs, MATCH_PROTO)->proto = proto;
	if (!port)
		return;
	match = ruleset_add_match(x->rs, MATCH_PORT);
	match->proto = proto;
	match->field = (uint8_t)ours;
	match->from = match->to = port;
}

static void add_ike(const struct ipt *x, const struct vpn *vpn,
		    const char *dev, enum field ours)
{
	const struct prefix *end;

	vec_each(end, &vpn->ipsec->ends) {
		if (end->family != x->family)
			continue;
		add_ike_port(x, dev, end, ours, 500);
		add_ike_port(x, dev, end, ours, 4500);
		add_ike_port(x, dev, end, ours, 0);
	}
}

void lower_ipt_ike(const struct ipt *x, enum field ours)
{
	const struct vpn *vpn;
	char *const *dev;

	vec_each(vpn, &x->p->vpns) {
		if (!vpn->ipsec || !vpn->ipsec->ike || !ipt_has_way(x, vpn))
			continue;
		if (!vpn->ipsec->devs.n)
			add_ike(x, vpn, NULL, ours);
		vec_each(dev, &vpn->ipsec->devs)
			add_ike(x, vpn, *dev, ours);
	}
}
