/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_chains.h"

#include <stdio.h>
#include <string.h>

#include "compiler/lower/lower_log.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_nft_name.h"
#include "compiler/lower/lower_remote.h"

static void add_vmaps(const struct policy *p, unsigned int family,
		      enum field field, bool net, struct ruleset *rs)
{
	struct match *match;
	struct rule *rule;

	rule = ruleset_add_rule(rs, RULE_VMAP,
				lower_set_name(SET_CLIENT_CHAIN, family, net),
				LOC_NONE);
	rule->family = (uint8_t)family;
	rule->field = (uint8_t)field;
	/* a packet that returns from the client's chain is denied */
	lower_drop(p, field, DROP_DENIED, LOC_NONE, rs);
	match = ruleset_add_match(rs, MATCH_SET);
	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = lower_set_name(SET_CLIENT_DENIED, family, net);
}

/* ip saddr . ip daddr @allow4 accept */
static void add_pair_rule(enum verdict_kind verdict, enum lower_set set,
			  unsigned int family, bool net, struct ruleset *rs)
{
	struct match *match;

	ruleset_add_rule(rs, verdict, NULL, LOC_NONE);
	match = ruleset_add_match(rs, MATCH_PAIR);
	match->family = (uint8_t)family;
	match->name = lower_set_name(set, family, net);
}

/*
 * The pairs come first: they are most of the traffic between clients, and need
 * one lookup each way instead of four.  Each pair counts a packet twice: on its
 * way from the one client and on its way to the other.
 */
static void add_family_dispatch(const struct policy *p, unsigned int family,
				enum field field, struct ruleset *rs)
{
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;

	add_pair_rule(RULE_ACCEPT, SET_ALLOW, family, false, rs);
	if (nets)
		add_pair_rule(RULE_ACCEPT, SET_ALLOW, family, true, rs);
	add_vmaps(p, family, field, false, rs);
	if (nets)
		add_vmaps(p, family, field, true, rs);
}

static void add_dispatch(const struct policy *p, const char *name,
			 enum field field, struct ruleset *rs)
{
	ruleset_add_chain(rs, name);
	add_family_dispatch(p, FAMILY_IP4, field, rs);
	if (p->layout.ip6)
		add_family_dispatch(p, FAMILY_IP6, field, rs);
	lower_drop(p, field, DROP_UNKNOWN, LOC_NONE, rs)->counter = true;
}

/* dev tap: OpenVPN checks a client's source MAC, not its source address. */
static void add_tap(const struct policy *p, struct ruleset *rs)
{
	struct match *match;
	unsigned int family;

	ruleset_add_chain(rs, CHAIN_FROM_TAP);
	for (family = FAMILY_IP4; family <= FAMILY_IP6; family++) {
		if (family == FAMILY_IP6 && !p->layout.ip6)
			continue;
		lower_drop(p, FIELD_SADDR, DROP_MAC, LOC_NONE,
			   rs)->counter = true;
		match = ruleset_add_match(rs, MATCH_MAC);
		match->family = (uint8_t)family;
		match->name = lower_set_name(SET_MAC, family, false);
	}
	ruleset_add_rule(rs, RULE_GOTO, CHAIN_FROM_CLIENT, LOC_NONE);
}

static void add_interface(enum match_kind kind, const char *dev,
			  const char *target, struct ruleset *rs)
{
	ruleset_add_rule(rs, RULE_GOTO, target, LOC_NONE);
	ruleset_add_match(rs, kind)->name = dev;
}

/* iifname "tun0" goto from_client */
static void add_vpn(const struct policy *p, const struct vpn *vpn,
		    enum field field, struct ruleset *rs)
{
	bool from = field == FIELD_SADDR;
	enum match_kind kind = from ? MATCH_IIFNAME : MATCH_OIFNAME;

	if (!vpn->shut) {
		add_interface(kind, vpn->dev, !from ? CHAIN_TO_CLIENT :
			      vpn->tap ? CHAIN_FROM_TAP : CHAIN_FROM_CLIENT,
			      rs);
		return;
	}
	lower_drop(p, field, DROP_UNKNOWN, LOC_NONE, rs)->counter = true;
	ruleset_add_match(rs, kind)->name = vpn->dev;
}

void lower_nft_frame(const struct policy *p, struct ruleset *rs)
{
	struct chain *chain;
	const struct vpn *vpn;
	bool tap = false;

	vec_each(vpn, &p->vpns)
		tap |= vpn->tap;
	add_dispatch(p, CHAIN_FROM_CLIENT, FIELD_SADDR, rs);
	add_dispatch(p, CHAIN_TO_CLIENT, FIELD_DADDR, rs);
	if (tap)
		add_tap(p, rs);
	if (lower_has_ipsec(p))
		lower_nft_ipsec_chains(p, rs);

	chain = ruleset_add_chain(rs, CHAIN_FROM_VPN);
	chain->hook = HOOK_PREROUTING;
	chain->priority = -10;
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec)
			add_vpn(p, vpn, FIELD_SADDR, rs);
	lower_nft_ipsec_rules(p, FIELD_SADDR, rs);

	chain = ruleset_add_chain(rs, CHAIN_TO_VPN);
	chain->hook = HOOK_POSTROUTING;
	chain->priority = -9;
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec)
			add_vpn(p, vpn, FIELD_DADDR, rs);
	lower_nft_ipsec_rules(p, FIELD_DADDR, rs);
	lower_log_chains(p, rs);
}

/* ip daddr @client_addr4 return: the pair has no exception, so the default */
static void add_peer_rule(const struct pffile *pf, unsigned int family,
			  enum field field, bool net, struct ruleset *rs)
{
	struct match *match;

	ruleset_add_rule(rs, pf->clients_accept ? RULE_ACCEPT : RULE_RETURN,
			 NULL, pf->clients_at);
	match = ruleset_add_match(rs, MATCH_SET);
	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = lower_set_name(SET_CLIENT_ADDR, family, net);
}

/*
 * All rules but the pair rules, for one direction and family.  A packet that is
 * not accepted returns to from_client or to_client, where it is denied.
 */
static void add_family(const struct policy *p, const struct client *c,
		       unsigned int family, enum field field,
		       struct ruleset *rs)
{
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;
	const struct remote_rules remote = {
		.pf = &c->pf, .family = family, .field = field,
		.allow = RULE_ACCEPT, .deny = RULE_RETURN, .mixed = true,
		.last = family == FAMILY_IP6 || !p->layout.ip6,
		.set_of = c->policy_chain, .rs = rs,
	};

	add_peer_rule(&c->pf, family, field, false, rs);
	if (nets)
		add_peer_rule(&c->pf, family, field, true, rs);
	lower_remote_loopback(&remote);
	lower_remote_services(&remote);
	lower_remote_subnets(&remote);
}

static void add_families(const struct policy *p, const struct client *c,
			 enum field field, struct ruleset *rs)
{
	add_family(p, c, FAMILY_IP4, field, rs);
	if (p->layout.ip6)
		add_family(p, c, FAMILY_IP6, field, rs);
}

/* ip saddr . ip daddr @deny4 return: exceptions of clients that accept. */
static void add_deny_rules(const struct policy *p, struct ruleset *rs)
{
	add_pair_rule(RULE_RETURN, SET_DENY, FAMILY_IP4, false, rs);
	if (p->layout.net4)
		add_pair_rule(RULE_RETURN, SET_DENY, FAMILY_IP4, true, rs);
	if (p->layout.ip6)
		add_pair_rule(RULE_RETURN, SET_DENY, FAMILY_IP6, false, rs);
	if (p->layout.net6)
		add_pair_rule(RULE_RETURN, SET_DENY, FAMILY_IP6, true, rs);
}

void lower_nft_policy_chains(const struct policy *p, const struct client *c,
			     struct ruleset *rs)
{
	const struct vpn *vpn;
	const char *in;

	in = ruleset_own(rs, mem_printf("%s/in", c->policy_chain));
	ruleset_add_chain(rs, c->policy_chain);
	if (c->pf.clients_accept)
		add_deny_rules(p, rs);
	vec_each(vpn, &p->vpns)
		add_interface(MATCH_OIFNAME, vpn->dev, in, rs);
	add_families(p, c, FIELD_DADDR, rs);
	ruleset_add_chain(rs, in);
	add_families(p, c, FIELD_SADDR, rs);
}
