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

static void add_set_match(enum match_kind kind, const char *set,
			  unsigned int family, enum field field,
			  struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, kind);

	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = set;
}

/* ip saddr @tunnel_addr4 ip saddr . ipsec in reqid != @tunnel_reqid4
 *	counter drop */
static void add_bound(const struct policy *p, unsigned int family,
		      enum field field, bool net, struct ruleset *rs)
{
	lower_drop(p, field, DROP_TUNNEL, LOC_NONE, rs)->counter = true;
	add_set_match(MATCH_SET, lower_set_name(SET_TUNNEL_ADDR, family, net),
		      family, field, rs);
	add_set_match(MATCH_REQID,
		      lower_set_name(SET_TUNNEL_REQID, family, net), family,
		      field, rs);
}

void lower_nft_ipsec_bound(const struct policy *p, enum field field,
			   struct ruleset *rs)
{
	const struct layout *l = &p->layout;

	add_bound(p, FAMILY_IP4, field, false, rs);
	if (l->net4)
		add_bound(p, FAMILY_IP4, field, true, rs);
	if (l->ip6)
		add_bound(p, FAMILY_IP6, field, false, rs);
	if (l->net6)
		add_bound(p, FAMILY_IP6, field, true, rs);
}

/* Match packets on the interface in the rule begun last.  DIRECTION:
 * FIELD_SADDR for packets that come in. */
static void match_dev(const struct vpn *vpn, enum field direction,
		      struct ruleset *rs)
{
	ruleset_add_match(rs, direction == FIELD_SADDR ? MATCH_IIFNAME
						       : MATCH_OIFNAME)->name =
		vpn->dev;
}

static void add_addr(const struct prefix *net, enum field field,
		     struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, MATCH_ADDR);

	match->family = net->family;
	match->field = (uint8_t)field;
	match->net = *net;
}

/* iifname "eth0" ip daddr LOCAL udp dport 500 accept; PORT 0: meta l4proto
 * esp */
static void add_ike(const struct vpn *vpn, enum field direction, uint16_t port,
		    struct ruleset *rs)
{
	enum field our_end = direction == FIELD_SADDR ? FIELD_DADDR
						      : FIELD_SADDR;
	uint8_t proto = port ? IPPROTO_UDP : IPPROTO_ESP;
	struct match *match;

	ruleset_add_rule(rs, RULE_ACCEPT, NULL, LOC_NONE);
	match_dev(vpn, direction, rs);
	add_addr(&vpn->ipsec->local, our_end, rs);
	ruleset_add_match(rs, MATCH_PROTO)->proto = proto;
	if (!port)
		return;
	match = ruleset_add_match(rs, MATCH_PORT);
	match->proto = proto;
	match->field = (uint8_t)our_end;
	match->from = match->to = port;
}

/* TARGET NULL: the vpn is shut. */
static void add_net(const struct policy *p, const struct vpn *vpn,
		    const struct prefix *net, enum field direction,
		    const char *target, struct ruleset *rs)
{
	struct match *match;

	if (target) {
		ruleset_add_rule(rs, RULE_GOTO, target, LOC_NONE);
		match_dev(vpn, direction, rs);
		add_addr(net, direction, rs);
		match = ruleset_add_match(rs, MATCH_IPSEC);
		match->field = (uint8_t)direction;
		match->net = vpn->ipsec->local;
	}
	lower_drop(p, direction, DROP_CLEAR, LOC_NONE, rs)->counter = true;
	match_dev(vpn, direction, rs);
	add_addr(net, direction, rs);
}

void lower_nft_ipsec_rules(const struct policy *p,
			   const struct lower_server *servers,
			   enum field field, struct ruleset *rs)
{
	static const uint16_t ike_ports[] = { 500, 4500, 0 };
	const struct prefix *net;
	const struct vpn *vpn;
	size_t i;

	/* before the drops of other vpns on the same interface */
	vec_each(vpn, &p->vpns)
		for (i = 0; vpn->ipsec && vpn->ipsec->ike && !vpn->shut &&
			    i < 3; i++)
			add_ike(vpn, field, ike_ports[i], rs);
	for (i = 0; i < p->vpns.n; i++) {
		vpn = &p->vpns.v[i];
		if (vpn->ipsec)
			vec_each(net, &vpn->ipsec->clients)
				add_net(p, vpn, net, field,
					field == FIELD_SADDR ? servers[i].from
							     : servers[i].to,
					rs);
	}
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
