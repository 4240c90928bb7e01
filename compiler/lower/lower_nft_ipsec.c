/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_ipsec.h"

#include <netinet/in.h>
#include <string.h>

#include "compiler/lower/lower_log.h"

bool lower_has_ipsec(const struct policy *p)
{
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		if (vpn->ipsec)
			return true;
	return false;
}

/* Rules for packets in one direction. */
struct bound {
	const struct policy *p;
	enum field field;
	struct ruleset *rs;
};

/* ip saddr @tunnel_addr4 ip saddr . ipsec in reqid != @tunnel_reqid4
 *	counter drop */
static void add_bound(const void *arg, unsigned int family, bool net)
{
	const struct bound *x = arg;

	lower_drop(x->p, x->field, DROP_TUNNEL, LOC_NONE, x->rs)->counter =
		true;
	nft_match(MATCH_SET, lower_set_name(SET_TUNNEL_ADDR, family, net),
		  family, x->field, x->rs);
	nft_match(MATCH_REQID, lower_set_name(SET_TUNNEL_REQID, family, net),
		  family, x->field, x->rs);
}

void lower_nft_ipsec_bound(const struct policy *p, enum field field,
			   struct ruleset *rs)
{
	nft_each_kind(p, add_bound, &(struct bound){ p, field, rs });
}

static const struct prefixes *nets_of(const struct vpn *vpn)
{
	static const struct prefixes none;

	return vpn->ipsec ? &vpn->ipsec->clients : &none;
}

/* The ends of the tunnels that the rules let pass. */
static const struct prefixes *ends_of(const struct vpn *vpn)
{
	static const struct prefixes none;

	return vpn->ipsec && !vpn->shut ? &vpn->ipsec->ends : &none;
}

/* END NULL: of any policy */
static void match_tunnel(const struct prefix *end, enum field direction,
			 struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, MATCH_IPSEC);

	match->field = (uint8_t)direction;
	if (end)
		match->net = *end;
}

static void match_addr(const struct prefix *net, enum field field,
		       struct ruleset *rs)
{
	nft_match(MATCH_ADDR, NULL, net->family, field, rs)->net = *net;
}

/* iifname "eth0" ip daddr END udp dport 500 accept; DEV NULL: anywhere; PORT 0:
 * meta l4proto esp */
static void add_ike_port(const char *dev, const struct prefix *end,
			 enum field direction, uint16_t port,
			 struct ruleset *rs)
{
	enum field ours = direction == FIELD_SADDR ? FIELD_DADDR : FIELD_SADDR;
	uint8_t proto = port ? IPPROTO_UDP : IPPROTO_ESP;
	struct match *match;

	ruleset_add_rule(rs, RULE_ACCEPT, NULL, LOC_NONE);
	if (dev)
		nft_dev(dev, direction, rs);
	match_addr(end, ours, rs);
	ruleset_add_match(rs, MATCH_PROTO)->proto = proto;
	if (!port)
		return;
	match = ruleset_add_match(rs, MATCH_PORT);
	match->proto = proto;
	match->field = (uint8_t)ours;
	match->from = match->to = port;
}

static void add_ike(const struct vpn *vpn, const char *dev,
		    enum field direction, struct ruleset *rs)
{
	const struct prefix *end;

	vec_each(end, ends_of(vpn)) {
		add_ike_port(dev, end, direction, 500, rs);
		add_ike_port(dev, end, direction, 4500, rs);
		add_ike_port(dev, end, direction, 0, rs);
	}
}

static void add_all_ike(const struct vpn *vpn, enum field direction,
			struct ruleset *rs)
{
	char *const *dev;

	if (!vpn->ipsec || !vpn->ipsec->ike)
		return;
	if (!vpn->ipsec->devs.n)
		add_ike(vpn, NULL, direction, rs);
	vec_each(dev, &vpn->ipsec->devs)
		add_ike(vpn, *dev, direction, rs);
}

void lower_nft_ipsec_outside(const struct ipsec *ipsec, enum field direction,
			     struct ruleset *rs)
{
	char *const *dev;

	vec_each(dev, &ipsec->inside)
		nft_dev(*dev, direction, rs)->not = true;
}

/* What is in no tunnel of the section is nobody's; CLEAR: in no tunnel at all.
 * What the host sends to itself is nobody else's. */
static void drop_nets(const struct nft_frame *f, const struct vpn *vpn,
		      enum field direction, bool clear)
{
	const struct prefix *net;

	vec_each(net, nets_of(vpn)) {
		lower_drop(f->p, direction, DROP_CLEAR, LOC_NONE,
			   f->rs)->counter = true;
		match_addr(net, direction, f->rs);
		if (!clear)
			continue;
		nft_dev("lo", direction, f->rs)->not = true;
		lower_nft_ipsec_outside(vpn->ipsec, direction, f->rs);
	}
}

static const struct texts *xfrm_of(const struct vpn *vpn)
{
	static const struct texts none;

	return vpn->ipsec && !vpn->shut ? &vpn->ipsec->xfrm : &none;
}

/* oifname "ipsec0" ip daddr NET goto to/road: the policy comes below it */
static void add_to_xfrm(const struct nft_frame *f, const struct vpn *vpn,
			const char *target)
{
	const struct prefix *net;
	char *const *dev;

	vec_each(dev, xfrm_of(vpn))
		vec_each(net, nets_of(vpn)) {
			ruleset_add_rule(f->rs, RULE_GOTO, target, LOC_NONE);
			nft_dev(*dev, FIELD_DADDR, f->rs);
			match_addr(net, FIELD_DADDR, f->rs);
		}
}

static void add_xfrm_strays(const struct nft_frame *f, const struct vpn *vpn)
{
	char *const *dev;

	if (vpn->ipsec && vpn->ipsec->site_to_site)
		return;
	vec_each(dev, xfrm_of(vpn)) {
		lower_drop(f->p, FIELD_DADDR, DROP_UNKNOWN, LOC_NONE,
			   f->rs)->counter = true;
		nft_dev(*dev, FIELD_DADDR, f->rs);
	}
}

void lower_nft_ipsec_rules(const struct nft_frame *f, enum field direction)
{
	const struct vpn *vpn;
	size_t i;

	if (!lower_has_ipsec(f->p))
		return;
	ruleset_add_rule(f->rs, RULE_GOTO, direction == FIELD_SADDR ?
			 CHAIN_IPSEC_FROM : CHAIN_IPSEC_TO, LOC_NONE);
	match_tunnel(NULL, direction, f->rs);
	/* before the drops of other vpns */
	vec_each(vpn, &f->p->vpns)
		add_all_ike(vpn, direction, f->rs);
	for (i = 0; direction == FIELD_DADDR && i < f->p->vpns.n; i++)
		add_to_xfrm(f, &f->p->vpns.v[i], f->servers[i].to);
	vec_each(vpn, &f->p->vpns)
		drop_nets(f, vpn, direction, true);
	if (direction == FIELD_DADDR)
		vec_each(vpn, &f->p->vpns)
			add_xfrm_strays(f, vpn);
}

/* ip saddr NET ipsec in ip daddr END goto from/road */
static void add_tunnels(const struct nft_frame *f, const struct vpn *vpn,
			enum field direction, const char *target)
{
	const struct prefix *net, *end;

	vec_each(net, nets_of(vpn))
		vec_each(end, ends_of(vpn)) {
			ruleset_add_rule(f->rs, RULE_GOTO, target, LOC_NONE);
			match_addr(net, direction, f->rs);
			match_tunnel(end, direction, f->rs);
		}
}

/* In a client's tunnel, and no address of the clients' networks. */
static void add_strays(const struct nft_frame *f, const struct vpn *vpn,
		       enum field direction)
{
	const struct prefix *end;

	if (vpn->ipsec && vpn->ipsec->site_to_site)
		return;
	vec_each(end, ends_of(vpn)) {
		lower_drop(f->p, direction, DROP_UNKNOWN, LOC_NONE,
			   f->rs)->counter = true;
		match_tunnel(end, direction, f->rs);
	}
}

static void add_chain(const struct nft_frame *f, const char *name,
		      enum field direction)
{
	const struct vpn *vpn;
	size_t i;

	ruleset_add_chain(f->rs, name);
	for (i = 0; i < f->p->vpns.n; i++) {
		vpn = &f->p->vpns.v[i];
		add_tunnels(f, vpn, direction,
			    direction == FIELD_SADDR ? f->servers[i].from :
			    xfrm_of(vpn)->n ? f->servers[i].below
					    : f->servers[i].to);
	}
	/* the tunnel ends elsewhere, or its section is shut */
	vec_each(vpn, &f->p->vpns)
		drop_nets(f, vpn, direction, false);
	vec_each(vpn, &f->p->vpns)
		add_strays(f, vpn, direction);
}

/* Judged on the xfrm interface; only now the tunnel is known. */
static void add_below(const struct nft_frame *f, const char *name)
{
	ruleset_add_chain(f->rs, name);
	lower_nft_ipsec_bound(f->p, FIELD_DADDR, f->rs);
	ruleset_add_rule(f->rs, RULE_ACCEPT, NULL, LOC_NONE);
}

void lower_nft_ipsec_chains(const struct nft_frame *f)
{
	size_t i;

	if (!lower_has_ipsec(f->p))
		return;
	for (i = 0; i < f->p->vpns.n; i++)
		if (xfrm_of(&f->p->vpns.v[i])->n)
			add_below(f, f->servers[i].below);
	add_chain(f, CHAIN_IPSEC_FROM, FIELD_SADDR);
	add_chain(f, CHAIN_IPSEC_TO, FIELD_DADDR);
}

void lower_nft_ipsec_bind(const struct owned_range *o, struct ruleset *rs)
{
	const uint8_t key[] = {
		(uint8_t)(o->reqid >> 24), (uint8_t)(o->reqid >> 16),
		(uint8_t)(o->reqid >> 8), (uint8_t)o->reqid,
	};
	unsigned int n = family_bytes(o->family);
	struct set *set = ruleset_find_set(rs,
		lower_set_name(SET_TUNNEL_ADDR, o->family, o->net));
	struct elem *e;

	if (!o->reqid || !set)
		return;
	e = set_add_elem(set);
	memcpy(e->key, o->first.b, n);
	memcpy(e->end, o->last.b, n);
	e = set_add_elem(ruleset_find_set(rs,
		lower_set_name(SET_TUNNEL_REQID, o->family, o->net)));
	memcpy(e->key, o->first.b, n);
	memcpy(e->end, o->last.b, n);
	memcpy(e->key + n, key, sizeof(key));
	memcpy(e->end + n, key, sizeof(key));
}
