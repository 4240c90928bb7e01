/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_peers.h"

#include "compiler/lower/lower_log.h"

/* The end of denied packets, which are known clients'. */
struct denied {
	const struct nft_frame *f;
	enum field field;
};

static void add_denied(const void *arg, unsigned int family, bool net)
{
	const struct denied *x = arg;

	lower_drop(x->f->p, x->field, DROP_DENIED, LOC_NONE, x->f->rs);
	nft_match(MATCH_SET, lower_set_name(SET_DENIED, family, net), family,
		  x->field, x->f->rs);
}

/* ct original ip saddr @open4 ct original ip daddr @open4_net accept */
static void add_both_open(const struct nft_frame *f, unsigned int family,
			  bool from_net, bool to_net)
{
	ruleset_add_rule(f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	nft_match(MATCH_ORIGINAL, lower_set_name(SET_OPEN, family, from_net),
		  family, FIELD_SADDR, f->rs);
	nft_match(MATCH_ORIGINAL, lower_set_name(SET_OPEN, family, to_net),
		  family, FIELD_DADDR, f->rs);
}

static void add_flow_deny(const void *arg, unsigned int family, bool net)
{
	const struct nft_frame *f = arg;

	ruleset_add_rule(f->rs, RULE_RETURN, NULL, LOC_NONE);
	nft_match(MATCH_ORIGINAL_PAIR, lower_set_name(SET_DENY, family, net),
		  family, FIELD_SADDR, f->rs);
}

static void add_flow_allow(const void *arg, unsigned int family, bool net)
{
	const struct nft_frame *f = arg;

	ruleset_add_rule(f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	nft_match(MATCH_ORIGINAL_PAIR, lower_set_name(SET_ALLOW, family, net),
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
static void add_masqueraded(const struct nft_frame *f, enum field field)
{
	const struct nft_came_in in = {
		RULE_JUMP, CHAIN_NAT, TRANSLATION_SOURCE, f->rs,
	};
	const struct vpn *vpn;

	if (field == FIELD_SADDR) {
		ruleset_add_rule(f->rs, RULE_JUMP, CHAIN_NAT, LOC_NONE);
		nft_flow(FIELD_DADDR, TRANSLATION_SOURCE, f->rs);
		return;
	}
	vec_each(vpn, &f->p->vpns)
		nft_came_in(vpn, &in);
}

static void add_nat_chain(const struct nft_frame *f)
{
	ruleset_add_chain(f->rs, CHAIN_NAT);
	nft_each_kind(f->p, add_flow_deny, f);
	nft_each_kind(f->p, add_flow_allow, f);
}

static void add_no(const struct nft_frame *f, const char *name,
		   enum field field)
{
	const struct denied x = { f, field };

	ruleset_add_chain(f->rs, name);
	if (f->p->nat)
		add_masqueraded(f, field);
	nft_each_kind(f->p, add_denied, &x);
	lower_drop(f->p, field, DROP_DENIED, LOC_NONE, f->rs);
}

/* ip saddr . ip daddr @deny4 goto no/to: exceptions of clients that accept */
static void add_deny(const void *arg, unsigned int family, bool net)
{
	const struct denied *x = arg;

	nft_pair(x->f->rs, RULE_GOTO, CHAIN_NO_TO,
		 lower_set_name(SET_DENY, family, net), family);
}

static void add_open(const void *arg, unsigned int family, bool net)
{
	const struct denied *x = arg;

	ruleset_add_rule(x->f->rs, RULE_ACCEPT, NULL, LOC_NONE);
	nft_match(MATCH_SET, lower_set_name(SET_OPEN, family, net), family,
		  FIELD_SADDR, x->f->rs);
}

/* To an address of the host that it translates to a client: back to SUBNETS of
 * this client. */
static void add_hairpin(const struct nft_frame *f)
{
	const struct nft_came_in in = {
		RULE_RETURN, NULL, TRANSLATION_DEST, f->rs,
	};
	const struct vpn *vpn;

	if (f->p->nat)
		vec_each(vpn, &f->p->vpns)
			nft_came_in(vpn, &in);
}

/* From a client to a client, and not by an allowed pair: only what may be of
 * that client passes, if both clients accept by default. */
static void add_client_chains(const struct nft_frame *f)
{
	const struct denied x = { f, FIELD_DADDR };

	ruleset_add_chain(f->rs, CHAIN_CLIENT_DROP);
	add_hairpin(f);
	ruleset_add_rule(f->rs, RULE_GOTO, CHAIN_NO_TO, LOC_NONE);

	ruleset_add_chain(f->rs, CHAIN_CLIENT_OPEN);
	add_hairpin(f);
	nft_trusted(f, RULE_GOTO, CHAIN_CLIENT_OPEN_IN);
	ruleset_add_rule(f->rs, RULE_GOTO, CHAIN_NO_TO, LOC_NONE);

	ruleset_add_chain(f->rs, CHAIN_CLIENT_OPEN_IN);
	nft_each_kind(f->p, add_deny, &x);
	nft_each_kind(f->p, add_open, &x);
	ruleset_add_rule(f->rs, RULE_GOTO, CHAIN_NO_TO, LOC_NONE);
}

void lower_nft_peers(const struct nft_frame *f)
{
	add_client_chains(f);
	if (f->p->nat)
		add_nat_chain(f);
	add_no(f, CHAIN_NO_FROM, FIELD_SADDR);
	add_no(f, CHAIN_NO_TO, FIELD_DADDR);
}
