/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_policy.h"

#include "compiler/lower/lower_nft_part.h"
#include "compiler/lower/lower_remote.h"

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
		nft_pair(x->rs, RULE_ACCEPT, NULL,
			 lower_set_name(SET_ALLOW, family, true), family);
}

static void add_exception(const void *arg, unsigned int family, bool net)
{
	const struct policy_chain *x = arg;

	nft_pair(x->rs, RULE_GOTO, CHAIN_NO_FROM,
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
		nft_match(MATCH_SET, set, family, FIELD_SADDR, x->rs);
		return;
	}
	if (x->c->pf.clients_accept) {
		ruleset_add_rule(x->rs, RULE_ACCEPT, NULL, at);
		nft_match(MATCH_SET, lower_set_name(SET_OPEN, family, net),
			  family, FIELD_DADDR, x->rs);
	}
	ruleset_add_rule(x->rs, RULE_GOTO, CHAIN_NO_FROM, at);
	nft_match(MATCH_SET, set, family, FIELD_DADDR, x->rs);
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
		nft_each_kind(x.p, add_exception, &x);
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
