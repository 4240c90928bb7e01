/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_chains.h"

#include "compiler/lower/lower_log.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_nft_peers.h"
#include "compiler/model/tundev.h"

/* Where the kernel translates, whatever the priority of a chain of nat. */
#define PRIORITY_DSTNAT (-100)
#define PRIORITY_SRCNAT 100

/* The rules of a server for one kind of addresses. */
struct dispatch {
	const struct lower_server *server;
	struct ruleset *rs;
};

/* The set counts all packets of the client, the pair or not. */
static void add_from(const void *arg, unsigned int family, bool net)
{
	const struct dispatch *x = arg;
	struct rule *rule;

	ruleset_add_rule(x->rs, RULE_ACCEPT, NULL, LOC_NONE);
	nft_match(MATCH_SET, x->server->set[SET_FROM][net][family], family,
		  FIELD_SADDR, x->rs);
	nft_match(MATCH_PAIR, lower_set_name(SET_ALLOW, family, net), family,
		  FIELD_SADDR, x->rs);
	rule = ruleset_add_rule(x->rs, RULE_VMAP,
				x->server->set[SET_POLICY_FROM][net][family],
				LOC_NONE);
	rule->family = (uint8_t)family;
	rule->field = FIELD_SADDR;
}

/* Only if a pair is allowed, so each packet is counted once. */
static void add_pair(const void *arg, unsigned int family, bool net)
{
	const struct dispatch *x = arg;
	unsigned int i;

	/* in a pair of SET_ALLOW with a network either may be the network */
	for (i = 0; i <= net; i++) {
		nft_pair(x->rs, RULE_ACCEPT, NULL,
			 lower_set_name(SET_ALLOW, family, net), family);
		nft_match(MATCH_SET, x->server->set[SET_TO][i][family], family,
			  FIELD_DADDR, x->rs);
	}
}

static void add_to(const void *arg, unsigned int family, bool net)
{
	const struct dispatch *x = arg;
	struct rule *rule;

	rule = ruleset_add_rule(x->rs, RULE_VMAP,
				x->server->set[SET_POLICY_TO][net][family],
				LOC_NONE);
	rule->family = (uint8_t)family;
	rule->field = FIELD_DADDR;
	nft_match(MATCH_SET, x->server->set[SET_TO][net][family], family,
		  FIELD_DADDR, x->rs);
}

/* dev tap: OpenVPN checks a client's source MAC, not its source address. */
static void add_mac(const struct policy *p, unsigned int family,
		    struct ruleset *rs)
{
	if (family == FAMILY_IP6 && !p->layout.ip6)
		return;
	lower_drop(p, FIELD_SADDR, DROP_MAC, LOC_NONE, rs)->counter = true;
	nft_match(MATCH_MAC, lower_set_name(SET_MAC, family, false), family,
		  FIELD_SADDR, rs);
}

/*
 * The pairs come first: they are most of the traffic between clients, and need
 * one lookup each way.
 */
static void add_server(const struct nft_frame *f, const struct vpn *vpn,
		       const struct lower_server *server)
{
	const struct dispatch x = { server, f->rs };

	ruleset_add_chain(f->rs, server->from);
	if (vpn->tap) {
		add_mac(f->p, FAMILY_IP4, f->rs);
		add_mac(f->p, FAMILY_IP6, f->rs);
	}
	if (vpn->ipsec)
		lower_nft_ipsec_bound(f->p, FIELD_SADDR, f->rs);
	nft_each_kind(f->p, add_from, &x);
	lower_drop(f->p, FIELD_SADDR, DROP_UNKNOWN, LOC_NONE,
		   f->rs)->counter = true;

	ruleset_add_chain(f->rs, server->pair);
	if (f->p->nat) {
		/* what the host sends to the client: by its SUBNETS */
		ruleset_add_rule(f->rs, RULE_RETURN, NULL, LOC_NONE);
		nft_flow(FIELD_SADDR, TRANSLATION_DEST, f->rs);
	}
	nft_each_kind(f->p, add_pair, &x);

	ruleset_add_chain(f->rs, server->to);
	if (vpn->ipsec)
		lower_nft_ipsec_bound(f->p, FIELD_DADDR, f->rs);
	nft_trusted(f, RULE_JUMP, server->pair);
	nft_each_kind(f->p, add_to, &x);
	lower_drop(f->p, FIELD_DADDR, DROP_UNKNOWN, LOC_NONE,
		   f->rs)->counter = true;
}

static void drop_dev(const struct nft_frame *f, enum field field,
		     const char *name)
{
	lower_drop(f->p, field, DROP_UNKNOWN, LOC_NONE, f->rs)->counter = true;
	nft_dev(name, field, f->rs);
}

/* iifname "tun0" goto from/office */
static void add_vpn(const struct nft_frame *f, const struct vpn *vpn,
		    enum field field, const struct lower_server *server)
{
	const struct vpn_dev *dev;

	vec_each(dev, &vpn->devs) {
		if (vpn->shut) {
			drop_dev(f, field, dev->name);
			continue;
		}
		ruleset_add_rule(f->rs, RULE_GOTO, field == FIELD_SADDR ?
				 server->from : server->to, LOC_NONE);
		nft_dev(dev->name, field, f->rs);
	}
}

/* The vpns that have a pattern, or the others. */
static void add_vpns(const struct nft_frame *f, enum field field, bool pattern)
{
	const struct vpn *vpn;

	vec_each(vpn, &f->p->vpns)
		if (!vpn->ipsec && tundev_is_pattern(vpn->dev) == pattern)
			add_vpn(f, vpn, field,
				&f->servers[vpn - f->p->vpns.v]);
}

static const char *pattern_chain(enum field field)
{
	return field == FIELD_SADDR ? CHAIN_PATTERN_FROM : CHAIN_PATTERN_TO;
}

/* Others' packets are asked for the pattern only: iifname "tun*" jump
 * pattern/from */
static void go_pattern(const struct nft_frame *f, enum field field)
{
	const char *const *pattern;

	vec_each(pattern, &f->unclaimed->patterns) {
		ruleset_add_rule(f->rs, RULE_JUMP, pattern_chain(field),
				 LOC_NONE);
		nft_dev(*pattern, field, f->rs);
	}
}

/* The interfaces that are known; others' go on; what a server may take is
 * closed. */
static void add_pattern(const struct nft_frame *f, enum field field)
{
	const char *const *closed;
	char *const *other;

	if (!f->unclaimed->patterns.n)
		return;
	ruleset_add_chain(f->rs, pattern_chain(field));
	add_vpns(f, field, true);
	vec_each(other, &f->p->others) {
		ruleset_add_rule(f->rs, RULE_RETURN, NULL, LOC_NONE);
		nft_dev(*other, field, f->rs);
	}
	vec_each(closed, &f->unclaimed->closed)
		drop_dev(f, field, *closed);
}

static void add_base(const struct nft_frame *f, const char *name,
		     enum field field)
{
	bool from = field == FIELD_SADDR;
	struct chain *chain = ruleset_add_chain(f->rs, name);

	chain->hook = from ? HOOK_PREROUTING : HOOK_POSTROUTING;
	chain->priority = from ? PRIORITY_DSTNAT - 1 : PRIORITY_SRCNAT + 1;
	add_vpns(f, field, false);
	go_pattern(f, field);
	lower_nft_ipsec_rules(f, field);
}

/* ip saddr @client_addr4 jump vrf/to */
static void add_from_client(const void *arg, unsigned int family, bool net)
{
	const struct nft_frame *f = arg;

	ruleset_add_rule(f->rs, RULE_JUMP, CHAIN_VRF_TO, LOC_NONE);
	nft_match(MATCH_SET, lower_set_name(SET_CLIENT_ADDR, family, net),
		  family, FIELD_SADDR, f->rs);
}

/*
 * Behind prerouting, what came in by tun0 has the name of its VRF, and so has
 * what came in by other interfaces of the VRF.  Only forward can tell them
 * apart: what is forged on the way to a VPN is dropped there.
 */
static void add_vrf(const struct nft_frame *f)
{
	const struct vpn_dev *dev;
	const struct vpn *vpn;
	size_t i = 0;
	const char *vrf = policy_next_vrf(f->p, &i);

	if (!vrf)
		return;
	ruleset_add_chain(f->rs, CHAIN_VRF)->hook = HOOK_FORWARD;
	for (; vrf; vrf = policy_next_vrf(f->p, &i)) {
		ruleset_add_rule(f->rs, RULE_JUMP, CHAIN_VRF_IN, LOC_NONE);
		nft_dev(vrf, FIELD_SADDR, f->rs);
	}
	ruleset_add_chain(f->rs, CHAIN_VRF_IN);
	vec_each(vpn, &f->p->vpns)
		vec_each(dev, &vpn->devs) {
			if (vpn->shut || !dev->vrf)
				continue;
			ruleset_add_rule(f->rs, RULE_RETURN, NULL, LOC_NONE);
			ruleset_add_match(f->rs, MATCH_SDIFNAME)->name =
				dev->name;
		}
	nft_each_kind(f->p, add_from_client, f);
	ruleset_add_chain(f->rs, CHAIN_VRF_TO);
	vec_each(vpn, &f->p->vpns)
		vec_each(dev, &vpn->devs) {
			lower_drop(f->p, FIELD_DADDR, DROP_DENIED, LOC_NONE,
				   f->rs);
			nft_dev(dev->name, FIELD_DADDR, f->rs);
		}
}

void lower_nft_frame(const struct policy *p, const struct lower_server *servers,
		     struct ruleset *rs)
{
	struct lower_unclaimed unclaimed;
	const struct nft_frame f = { p, servers, &unclaimed, rs };
	size_t i;

	lower_unclaimed(p, rs, &unclaimed);
	for (i = 0; i < p->vpns.n; i++)
		if (servers[i].from)
			add_server(&f, &p->vpns.v[i], &servers[i]);
	lower_nft_peers(&f);
	lower_nft_ipsec_chains(&f);
	add_base(&f, CHAIN_PRE, FIELD_SADDR);
	add_base(&f, CHAIN_POST, FIELD_DADDR);
	add_pattern(&f, FIELD_SADDR);
	add_pattern(&f, FIELD_DADDR);
	add_vrf(&f);
	lower_log_chains(p, rs);
	lower_unclaimed_fini(&unclaimed);
}
