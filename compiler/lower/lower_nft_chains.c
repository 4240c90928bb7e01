/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_chains.h"

#include "compiler/lower/lower_log.h"
#include "compiler/lower/lower_nft_ipsec.h"
#include "compiler/lower/lower_remote.h"

/* Where the kernel translates, whatever the priority of a chain of nat. */
#define PRIORITY_DSTNAT (-100)
#define PRIORITY_SRCNAT 100

static struct match *add_match(enum match_kind kind, const char *set,
			       unsigned int family, enum field field,
			       struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, kind);

	match->family = (uint8_t)family;
	match->field = (uint8_t)field;
	match->name = set;
	return match;
}

/* The frame being made. */
struct frame {
	const struct policy *p;
	const struct lower_server *servers;
	struct ruleset *rs;
};

/* Call ADD for addresses of each family, and for networks if there are any. */
static void each_kind(const struct policy *p,
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

/* ip saddr . ip daddr @allowed4 accept */
static void add_pair_rule(struct ruleset *rs, enum verdict_kind verdict,
			  const char *target, const char *set,
			  unsigned int family)
{
	ruleset_add_rule(rs, verdict, target, LOC_NONE);
	add_match(MATCH_PAIR, set, family, FIELD_SADDR, rs);
}

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
	add_match(MATCH_SET, x->server->set[SET_FROM][net][family], family,
		  FIELD_SADDR, x->rs);
	add_match(MATCH_PAIR, lower_set_name(SET_ALLOW, family, net), family,
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
		add_pair_rule(x->rs, RULE_ACCEPT, NULL,
			      lower_set_name(SET_ALLOW, family, net), family);
		add_match(MATCH_SET, x->server->set[SET_TO][i][family], family,
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
	add_match(MATCH_SET, x->server->set[SET_TO][net][family], family,
		  FIELD_DADDR, x->rs);
}

/* The packet goes in this direction of a flow that the host translates. */
static void match_flow(enum field direction, enum translation status,
		       struct ruleset *rs)
{
	struct match *match = ruleset_add_match(rs, MATCH_TRACKED);

	match->field = (uint8_t)direction;
	match->status = (uint8_t)status;
}

/* Rules for packets that came in by a VPN, or out of its tunnels. */
struct came_in {
	enum verdict_kind verdict;
	const char *target;
	enum translation status;	/* not 0: only packets that the host
					 * translates so, no answers */
	struct ruleset *rs;
};

static void add_came_in_by(const struct vpn *vpn, const struct prefix *net,
			   const struct came_in *in)
{
	bool source = in->status == TRANSLATION_SOURCE;

	ruleset_add_rule(in->rs, in->verdict, in->target, LOC_NONE);
	ruleset_add_match(in->rs, MATCH_IIFNAME)->name = vpn->dev;
	if (in->status != TRANSLATION_ANY)
		match_flow(FIELD_SADDR, in->status, in->rs);
	if (net)
		add_match(source ? MATCH_ORIGINAL : MATCH_ADDR, NULL,
			  net->family, FIELD_SADDR, in->rs)->net = *net;
}

/* Clear packets of IPsec networks were dropped when they came in. */
static void add_came_in(const struct vpn *vpn, const struct came_in *in)
{
	const struct prefix *net;

	if (vpn->shut)
		return;
	if (!vpn->ipsec)
		add_came_in_by(vpn, NULL, in);
	else
		vec_each(net, &vpn->ipsec->clients)
			add_came_in_by(vpn, net, in);
}

/* Packets whose source may be a client: from a VPN, or made here, as a reset
 * in the name of a client is. */
static void add_trusted(const struct frame *f, enum verdict_kind verdict,
			const char *target)
{
	const struct came_in in = { verdict, target, TRANSLATION_ANY, f->rs };
	const struct vpn *vpn;

	vec_each(vpn, &f->p->vpns)
		add_came_in(vpn, &in);
	ruleset_add_rule(f->rs, verdict, target, LOC_NONE);
	ruleset_add_match(f->rs, MATCH_LOCAL);
}

/* dev tap: OpenVPN checks a client's source MAC, not its source address. */
static void add_mac(const struct policy *p, unsigned int family,
		    struct ruleset *rs)
{
	if (family == FAMILY_IP6 && !p->layout.ip6)
		return;
	lower_drop(p, FIELD_SADDR, DROP_MAC, LOC_NONE, rs)->counter = true;
	add_match(MATCH_MAC, lower_set_name(SET_MAC, family, false), family,
		  FIELD_SADDR, rs);
}

/*
 * The pairs come first: they are most of the traffic between clients, and need
 * one lookup each way.
 */
static void add_server(const struct frame *f, const struct vpn *vpn,
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
	each_kind(f->p, add_from, &x);
	lower_drop(f->p, FIELD_SADDR, DROP_UNKNOWN, LOC_NONE,
		   f->rs)->counter = true;

	ruleset_add_chain(f->rs, server->pair);
	if (f->p->nat) {
		/* what the host sends to the client: by its SUBNETS */
		ruleset_add_rule(f->rs, RULE_RETURN, NULL, LOC_NONE);
		match_flow(FIELD_SADDR, TRANSLATION_DEST, f->rs);
	}
	each_kind(f->p, add_pair, &x);

	ruleset_add_chain(f->rs, server->to);
	if (vpn->ipsec)
		lower_nft_ipsec_bound(f->p, FIELD_DADDR, f->rs);
	add_trusted(f, RULE_JUMP, server->pair);
	each_kind(f->p, add_to, &x);
	lower_drop(f->p, FIELD_DADDR, DROP_UNKNOWN, LOC_NONE,
		   f->rs)->counter = true;
}

/* The end of denied packets, which are known clients'. */
struct denied {
	const struct frame *f;
	enum field field;
};

static void add_denied(const void *arg, unsigned int family, bool net)
{
	const struct denied *x = arg;

	lower_drop(x->f->p, x->field, DROP_DENIED, LOC_NONE, x->f->rs);
	add_match(MATCH_SET, lower_set_name(SET_DENIED, family, net), family,
		  x->field, x->f->rs);
}

/* ct original ip saddr @open4 ct original ip daddr @open4_net accept */
static void add_both_open(const struct frame *f, unsigned int family,
			  bool from_net, bool to_net)
{
	ruleset_add_rule(f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	add_match(MATCH_ORIGINAL, lower_set_name(SET_OPEN, family, from_net),
		  family, FIELD_SADDR, f->rs);
	add_match(MATCH_ORIGINAL, lower_set_name(SET_OPEN, family, to_net),
		  family, FIELD_DADDR, f->rs);
}

static void add_flow_deny(const void *arg, unsigned int family, bool net)
{
	const struct frame *f = arg;

	ruleset_add_rule(f->rs, RULE_RETURN, NULL, LOC_NONE);
	add_match(MATCH_ORIGINAL_PAIR, lower_set_name(SET_DENY, family, net),
		  family, FIELD_SADDR, f->rs);
}

static void add_flow_allow(const void *arg, unsigned int family, bool net)
{
	const struct frame *f = arg;

	ruleset_add_rule(f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	add_match(MATCH_ORIGINAL_PAIR, lower_set_name(SET_ALLOW, family, net),
		  family, FIELD_SADDR, f->rs);
	add_both_open(f, family, net, net);
	if (net) {
		add_both_open(f, family, false, true);
		add_both_open(f, family, true, false);
	}
}

/*
 * Where the host translates the sources of packets between clients (masquerade
 * without an interface), the answer at pre and the packet at post have another
 * address, but CLIENTS of the two still decide.  Only what would be dropped
 * asks for its flow.
 */
static void add_masqueraded(const struct frame *f, enum field field)
{
	const struct came_in in = {
		RULE_JUMP, CHAIN_NAT, TRANSLATION_SOURCE, f->rs,
	};
	const struct vpn *vpn;

	if (field == FIELD_SADDR) {
		ruleset_add_rule(f->rs, RULE_JUMP, CHAIN_NAT, LOC_NONE);
		match_flow(FIELD_DADDR, TRANSLATION_SOURCE, f->rs);
		return;
	}
	vec_each(vpn, &f->p->vpns)
		add_came_in(vpn, &in);
}

static void add_nat_chain(const struct frame *f)
{
	ruleset_add_chain(f->rs, CHAIN_NAT);
	each_kind(f->p, add_flow_deny, f);
	each_kind(f->p, add_flow_allow, f);
}

static void add_no(const struct frame *f, const char *name, enum field field)
{
	const struct denied x = { f, field };

	ruleset_add_chain(f->rs, name);
	if (f->p->nat)
		add_masqueraded(f, field);
	each_kind(f->p, add_denied, &x);
	lower_drop(f->p, field, DROP_DENIED, LOC_NONE, f->rs);
}

/* ip saddr . ip daddr @deny4 goto no/to: exceptions of clients that accept */
static void add_deny(const void *arg, unsigned int family, bool net)
{
	const struct denied *x = arg;

	add_pair_rule(x->f->rs, RULE_GOTO, CHAIN_NO_TO,
		      lower_set_name(SET_DENY, family, net), family);
}

static void add_open(const void *arg, unsigned int family, bool net)
{
	const struct denied *x = arg;

	ruleset_add_rule(x->f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	add_match(MATCH_SET, lower_set_name(SET_OPEN, family, net), family,
		  FIELD_SADDR, x->f->rs);
}

/* To an address of the host that it translates to a client: back to SUBNETS of
 * this client. */
static void add_hairpin(const struct frame *f)
{
	const struct came_in in = {
		RULE_RETURN, NULL, TRANSLATION_DEST, f->rs,
	};
	const struct vpn *vpn;

	if (f->p->nat)
		vec_each(vpn, &f->p->vpns)
			add_came_in(vpn, &in);
}

/* From a client to a client, and not by an allowed pair: only what may be of
 * that client passes, if both clients accept by default. */
static void add_client_chains(const struct frame *f)
{
	const struct denied x = { f, FIELD_DADDR };

	ruleset_add_chain(f->rs, CHAIN_CLIENT_DROP);
	add_hairpin(f);
	ruleset_add_rule(f->rs, RULE_GOTO, CHAIN_NO_TO, LOC_NONE);

	ruleset_add_chain(f->rs, CHAIN_CLIENT_OPEN);
	add_hairpin(f);
	add_trusted(f, RULE_GOTO, CHAIN_CLIENT_OPEN_IN);
	ruleset_add_rule(f->rs, RULE_GOTO, CHAIN_NO_TO, LOC_NONE);

	ruleset_add_chain(f->rs, CHAIN_CLIENT_OPEN_IN);
	each_kind(f->p, add_deny, &x);
	each_kind(f->p, add_open, &x);
	ruleset_add_rule(f->rs, RULE_GOTO, CHAIN_NO_TO, LOC_NONE);
}

/* iifname "tun0" goto from/office */
static void add_vpn(const struct frame *f, const struct vpn *vpn,
		    enum field field, const struct lower_server *server)
{
	bool from = field == FIELD_SADDR;

	if (vpn->shut)
		lower_drop(f->p, field, DROP_UNKNOWN, LOC_NONE,
			   f->rs)->counter = true;
	else
		ruleset_add_rule(f->rs, RULE_GOTO,
				 from ? server->from : server->to, LOC_NONE);
	ruleset_add_match(f->rs, from ? MATCH_IIFNAME : MATCH_OIFNAME)->name =
		vpn->dev;
}

static void add_base(const struct frame *f, const char *name, enum field field)
{
	bool from = field == FIELD_SADDR;
	struct chain *chain = ruleset_add_chain(f->rs, name);
	size_t i;

	chain->hook = from ? HOOK_PREROUTING : HOOK_POSTROUTING;
	chain->priority = from ? PRIORITY_DSTNAT - 1 : PRIORITY_SRCNAT + 1;
	for (i = 0; i < f->p->vpns.n; i++)
		if (!f->p->vpns.v[i].ipsec)
			add_vpn(f, &f->p->vpns.v[i], field, &f->servers[i]);
	lower_nft_ipsec_rules(f->p, f->servers, field, f->rs);
}

void lower_nft_frame(const struct policy *p, const struct lower_server *servers,
		     struct ruleset *rs)
{
	const struct frame f = { p, servers, rs };
	size_t i;

	for (i = 0; i < p->vpns.n; i++)
		if (servers[i].from)
			add_server(&f, &p->vpns.v[i], &servers[i]);
	add_client_chains(&f);
	if (p->nat)
		add_nat_chain(&f);
	add_no(&f, CHAIN_NO_FROM, FIELD_SADDR);
	add_no(&f, CHAIN_NO_TO, FIELD_DADDR);
	add_base(&f, CHAIN_PRE, FIELD_SADDR);
	add_base(&f, CHAIN_POST, FIELD_DADDR);
	lower_log_chains(p, rs);
}

/* A policy chain being made. */
struct policy_chain {
	const struct policy *p;
	const struct client *c;
	enum field field;	/* FIELD_SADDR: of packets from the client */
	struct ruleset *rs;
};

static const char *no_chain(enum field field)
{
	return field == FIELD_SADDR ? CHAIN_NO_FROM : CHAIN_NO_TO;
}

/* From a host to a network; those from networks were there before. */
static void add_to_net(const struct policy_chain *x, unsigned int family)
{
	if (family == FAMILY_IP4 ? x->p->layout.net4 : x->p->layout.net6)
		add_pair_rule(x->rs, RULE_ACCEPT, NULL,
			      lower_set_name(SET_ALLOW, family, true), family);
}

static void add_exception(const void *arg, unsigned int family, bool net)
{
	const struct policy_chain *x = arg;

	add_pair_rule(x->rs, RULE_GOTO, CHAIN_NO_FROM,
		      lower_set_name(SET_DENY, family, net), family);
}

/* To other clients: the pair has no exception, so by the two defaults. */
static void add_peers(const struct policy_chain *x, unsigned int family,
		      bool net)
{
	const struct loc at = x->c->pf.clients_at;
	const char *set = lower_set_name(SET_CLIENT_ADDR, family, net);

	if (x->field == FIELD_DADDR) {
		ruleset_add_rule(x->rs, RULE_JUMP,
				 x->c->pf.clients_accept ? CHAIN_CLIENT_OPEN
							 : CHAIN_CLIENT_DROP,
				 at);
		add_match(MATCH_SET, set, family, FIELD_SADDR, x->rs);
		return;
	}
	if (x->c->pf.clients_accept) {
		ruleset_add_rule(x->rs, RULE_ACCEPT, NULL, at);
		add_match(MATCH_SET, lower_set_name(SET_OPEN, family, net),
			  family, FIELD_DADDR, x->rs);
	}
	ruleset_add_rule(x->rs, RULE_GOTO, CHAIN_NO_FROM, at);
	add_match(MATCH_SET, set, family, FIELD_DADDR, x->rs);
}

/* All rules but the exceptions, for one family. */
static void add_family(const struct policy_chain *x, unsigned int family)
{
	const struct policy *p = x->p;
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;
	const struct remote_rules remote = {
		.pf = &x->c->pf, .family = family,
		.field = x->field == FIELD_SADDR ? FIELD_DADDR : FIELD_SADDR,
		.allow = RULE_ACCEPT, .deny = RULE_GOTO,
		.deny_target = no_chain(x->field), .mixed = true,
		.last = family == FAMILY_IP6 || !p->layout.ip6,
		.set_of = x->c->policy_chain, .rs = x->rs,
	};

	add_peers(x, family, false);
	if (nets)
		add_peers(x, family, true);
	lower_remote_loopback(&remote);
	lower_remote_services(&remote);
	lower_remote_subnets(&remote);
}

const char *lower_nft_policy_chain(const struct client *c, enum field field,
				   struct ruleset *rs)
{
	return ruleset_own(rs, mem_printf("%s/%s", c->policy_chain,
				field == FIELD_SADDR ? "from" : "to"));
}

static bool is_accept(const struct rule *rule)
{
	return rule->verdict == RULE_ACCEPT && !rule->n_matches;
}

static void add_policy_chain(struct policy_chain x)
{
	bool from = x.field == FIELD_SADDR;

	ruleset_add_chain(x.rs, lower_nft_policy_chain(x.c, x.field, x.rs));
	if (from) {
		add_to_net(&x, FAMILY_IP4);
		add_to_net(&x, FAMILY_IP6);
	}
	if (from && x.c->pf.clients_accept)
		each_kind(x.p, add_exception, &x);
	add_family(&x, FAMILY_IP4);
	if (x.p->layout.ip6)
		add_family(&x, FAMILY_IP6);
	if (!is_accept(vec_end(&x.rs->rules) - 1))
		ruleset_add_rule(x.rs, RULE_GOTO, no_chain(x.field), LOC_NONE);
}

void lower_nft_policy_chains(const struct policy *p, const struct client *c,
			     struct ruleset *rs)
{
	add_policy_chain((struct policy_chain){ p, c, FIELD_SADDR, rs });
	add_policy_chain((struct policy_chain){ p, c, FIELD_DADDR, rs });
}
