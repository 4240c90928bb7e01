/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_part.h"

#include "compiler/lower/lower_nft_ipsec.h"

struct match *nft_match(enum match_kind kind, const char *set,
			unsigned int family, enum field field,
			struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, kind);

	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = set;
	return match;
}

struct match *nft_dev(const char *name, enum field field, struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, field == FIELD_SADDR ?
						MATCH_IIFNAME : MATCH_OIFNAME);

	match->name = name;
	return match;
}

void nft_each_kind(const struct policy *p,
		   void (*add)(const void *arg, unsigned int family,
			       bool net), const void *arg)
{
	add(arg, FAMILY_IP4, false);
	if (p->layout.net4)
		add(arg, FAMILY_IP4, true);
	if (p->layout.ip6)
		add(arg, FAMILY_IP6, false);
	if (p->layout.net6)
		add(arg, FAMILY_IP6, true);
}

void nft_pair(struct ruleset *rs, enum verdict_kind verdict,
	      const char *target, const char *set,
	      unsigned int family)
{
	ruleset_add_rule(rs, verdict, target, LOC_NONE);
	nft_match(MATCH_PAIR, set, family, FIELD_SADDR, rs);
}

void nft_flow(enum field direction, enum translation status,
	      struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, MATCH_TRACKED);

	match->field = (uint8_t)direction;
	match->status = (uint8_t)status;
}

static void add_came_in_by(const char *dev, const struct nft_came_in *in)
{
	ruleset_add_rule(in->rs, in->verdict, in->target, LOC_NONE);
	nft_dev(dev, FIELD_SADDR, in->rs);
	if (in->status != TRANSLATION_ANY)
		nft_flow(FIELD_SADDR, in->status, in->rs);
}

static void add_came_out_of(const struct vpn *vpn, const struct prefix *net,
			    const struct nft_came_in *in)
{
	bool source = in->status == TRANSLATION_SOURCE;

	ruleset_add_rule(in->rs, in->verdict, in->target, LOC_NONE);
	if (in->status != TRANSLATION_ANY)
		nft_flow(FIELD_SADDR, in->status, in->rs);
	nft_match(source ? MATCH_ORIGINAL : MATCH_ADDR, NULL, net->family,
		  FIELD_SADDR, in->rs)->net = *net;
	lower_nft_ipsec_outside(vpn->ipsec, FIELD_SADDR, in->rs);
}

/* Clear packets of IPsec networks were dropped when they came in, but on
 * interfaces inside.  postrouting knows no inbound policy. */
void nft_came_in(const struct vpn *vpn, const struct nft_came_in *in)
{
	const struct vpn_dev *dev;
	const struct prefix *net;

	if (vpn->shut)
		return;
	vec_each(dev, &vpn->devs) {
		add_came_in_by(dev->name, in);
		/* behind it a packet has the VRF's name; CHAIN_VRF has seen it */
		if (dev->vrf)
			add_came_in_by(dev->vrf, in);
	}
	if (vpn->ipsec)
		vec_each(net, &vpn->ipsec->clients)
			add_came_out_of(vpn, net, in);
}

void nft_trusted(const struct nft_frame *f, enum verdict_kind verdict,
		 const char *target)
{
	const struct nft_came_in in = {
		verdict, target, TRANSLATION_ANY, f->rs,
	};
	const struct vpn *vpn;

	vec_each(vpn, &f->p->vpns)
		nft_came_in(vpn, &in);
	ruleset_add_rule(f->rs, verdict, target, LOC_NONE);
	ruleset_add_match(f->rs, MATCH_LOCAL);
}
