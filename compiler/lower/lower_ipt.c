/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt.h"

#include <string.h>

#include "compiler/lower/lower_ipt_frame.h"
#include "compiler/lower/lower_ipt_name.h"
#include "compiler/lower/lower_ipt_pairs.h"
#include "compiler/lower/lower_ipt_tree.h"
#include "compiler/lower/lower_log.h"
#include "compiler/lower/lower_remote.h"
#include "compiler/lower/lower_share.h"
#include "compiler/model/ownership.h"

/* Digits of lower_policy_name's hash in the names of policy chains. */
#define POLICY_DIGITS 20

/* A client's chains; all NULL if the client has no address of the family. */
struct chains {
	const char *out, *in, *pair, *comment;
};

struct ipt {
	struct policy *p;
	struct ownership owned;
	struct lower_ipt_pairs pairs;
	struct ipt_id *ids;
	struct policy_order order;
	enum verdict_kind pass;
	struct ruleset *rs;
	/* the family that is being lowered */
	unsigned int family;
	struct chains *chains;		/* of each client */
};

static unsigned int index_of(const struct ipt *x, const struct client *c)
{
	return (unsigned int)(c - x->p->clients.v);
}

static const char *name(const struct ipt *x, enum lower_ipt_chain chain,
			const char *rest)
{
	return lower_ipt_name(x->rs, x->family, lower_ipt_stems[chain].name,
			      rest);
}

/* A leaf that drops. */
static struct lower_ipt_leaf drop_leaf(const struct ipt *x, enum field stage,
				       enum drop_reason reason)
{
	const char *target = lower_log_target(x->p, x->family, stage, reason,
					      x->rs);

	return (struct lower_ipt_leaf){
		.verdict = target ? RULE_GOTO : RULE_DROP, .target = target,
		.denies = true,
	};
}

/*
 * Add LEAF for every prefix of the family that CLIENT owns; a leaf that lets
 * packets pass also matches the tunnel of the prefix.
 */
static void add_leaves(const struct ipt *x, unsigned int client,
		       struct lower_ipt_leaf leaf, struct lower_ipt_leaves *out)
{
	const struct owned_range *o;
	struct addr first;

	for (o = ownership_begin(&x->owned, client);
	     o < ownership_end(&x->owned, client); o++) {
		if (o->family != x->family)
			continue;
		leaf.reqid = leaf.denies ? 0 : o->reqid;
		first = o->first;
		do {
			leaf.net = prefix_within(o->family, &first, &o->last);
			vec_push(&out->list, leaf);
			first = prefix_last(&leaf.net);
		} while (memcmp(first.b, o->last.b, sizeof(first.b)) != 0 &&
			 addr_next(o->family, &first));
	}
}

static bool has_address(const struct ipt *x, unsigned int client)
{
	const struct owned_range *o;

	for (o = ownership_begin(&x->owned, client);
	     o < ownership_end(&x->owned, client); o++)
		if (o->family == x->family)
			return true;
	return false;
}

static void begin_client_chain(const struct ipt *x, unsigned int client,
			       const char *chain)
{
	ruleset_add_chain(x->rs, chain)->comment = x->chains[client].comment;
}

/* -j VPp-<hash>.o; PASS */
static void add_judge(const struct ipt *x, const struct client *c,
		      const char *chain, const char *policy)
{
	begin_client_chain(x, index_of(x, c), chain);
	ruleset_add_rule(x->rs, RULE_JUMP, policy, c->pf.clients_at);
	ruleset_add_rule(x->rs, x->pass, NULL, LOC_NONE);
}

static const char *add_policy(const struct ipt *x, const struct client *c,
			      enum field field)
{
	const struct lower_ipt_leaf drop = drop_leaf(x, field == FIELD_DADDR
					? FIELD_SADDR : FIELD_DADDR,
					DROP_DENIED);
	const struct remote_rules remote = {
		.pf = &c->pf, .family = x->family, .field = field,
		.allow = RULE_RETURN, .deny = drop.verdict,
		.deny_target = drop.target, .rs = x->rs,
	};
	char text[POLICY_DIGITS + 3];
	const char *chain;

	/* after "p/" */
	memcpy(text, c->policy_chain + 2, POLICY_DIGITS);
	strcpy(text + POLICY_DIGITS, field == FIELD_DADDR ? ".o" : ".i");
	chain = name(x, CHAIN_IPT_POLICY, text);
	ruleset_add_chain(x->rs, chain);
	lower_remote_services(&remote);
	lower_remote_subnets(&remote);
	return chain;
}

/* The chains of the policies in use, and of their clients. */
static void add_policies(const struct ipt *x)
{
	const char *last = "", *out = NULL, *in = NULL;
	const struct chains *chains;
	struct client *const *c;

	vec_each(c, &x->order.list) {
		chains = &x->chains[index_of(x, *c)];
		if (!chains->out)
			continue;
		if (strcmp(last, (*c)->policy_chain) != 0) {
			out = add_policy(x, *c, FIELD_DADDR);
			in = add_policy(x, *c, FIELD_SADDR);
		}
		add_judge(x, *c, chains->out, out);
		add_judge(x, *c, chains->in, in);
		last = (*c)->policy_chain;
	}
}

/* The rules for a peer that is in none of the client's pairs. */
static struct lower_ipt_tail
default_tail(const struct ipt *x, const struct client *c, const char *open)
{
	struct lower_ipt_tail tail = {
		.rule = { drop_leaf(x, FIELD_SADDR, DROP_PAIR) }, .n = 1,
	};

	if (c->pf.clients_accept) {
		tail.rule[0] = (struct lower_ipt_leaf){
			.verdict = RULE_JUMP, .target = open,
		};
		tail.rule[1].verdict = x->pass;
		tail.n = 2;
	}
	tail.rule[0].at = c->pf.clients_at;
	return tail;
}

static void add_pair_chain(const struct ipt *x, const struct client *c,
			   const char *open, struct lower_ipt_leaves *leaves)
{
	unsigned int client = index_of(x, c), i;
	struct lower_ipt_tail tail = default_tail(x, c, open);
	const struct lower_ipt_tree tree = {
		.root = x->chains[client].pair, .field = FIELD_DADDR,
		.tail = &tail, .comment = x->chains[client].comment,
	};
	struct lower_ipt_leaf drop = drop_leaf(x, FIELD_SADDR, DROP_PAIR), leaf;
	const struct lower_ipt_pair *pair;

	leaves->list.n = 0;
	for (i = x->pairs.start[client]; i < x->pairs.start[client + 1]; i++) {
		pair = &x->pairs.list.v[i];
		leaf = pair->accept
			       ? (struct lower_ipt_leaf){ .verdict = x->pass }
			       : drop;
		leaf.at = *pair->at;
		add_leaves(x, pair->peer, leaf, leaves);
	}
	lower_ipt_tree_make(&tree, leaves, x->rs);
}

static void add_pair_chains(const struct ipt *x)
{
	const char *open = name(x, CHAIN_IPT_OPEN, "");
	struct lower_ipt_leaves leaves = { 0 };
	struct client *const *c;

	vec_each(c, &x->order.list)
		if (x->chains[index_of(x, *c)].out)
			add_pair_chain(x, *c, open, &leaves);
	vec_fini(&leaves.list);
}

enum dispatch {
	DISPATCH_FROM,
	DISPATCH_TO,
	DISPATCH_PAIR,
	DISPATCH_OPEN,
	DISPATCHES,
};

/* The leaf of client C in a tree that all clients share; false: none. */
static bool dispatch_leaf(const struct ipt *x, const struct client *c,
			  enum dispatch what, struct lower_ipt_leaf *out)
{
	const struct chains *chains = &x->chains[index_of(x, c)];

	*out = (struct lower_ipt_leaf){ .verdict = RULE_GOTO };
	switch (what) {
	case DISPATCH_FROM:
		out->target = chains->out;
		out->comment = chains->comment;
		break;
	case DISPATCH_TO:
		out->target = chains->in;
		break;
	case DISPATCH_PAIR:
		out->target = chains->pair;
		break;
	case DISPATCH_OPEN:
		out->verdict = RULE_RETURN;
		return c->pf.clients_accept;
	case DISPATCHES:
		return false;
	}
	return true;
}

static void add_dispatch(const struct ipt *x, enum dispatch what)
{
	static const struct {
		enum lower_ipt_chain chain;
		enum field field, stage;	/* of a packet without a leaf */
		enum drop_reason reason;
	} kinds[] = {
		[DISPATCH_FROM] = { CHAIN_IPT_FROM, FIELD_SADDR,
				    FIELD_SADDR, DROP_UNKNOWN },
		[DISPATCH_TO] = { CHAIN_IPT_TO, FIELD_DADDR,
				  FIELD_DADDR, DROP_UNKNOWN },
		[DISPATCH_PAIR] = { CHAIN_IPT_PAIR, FIELD_SADDR,
				    FIELD_SADDR, DROP_UNKNOWN },
		[DISPATCH_OPEN] = { CHAIN_IPT_OPEN, FIELD_DADDR,
				   FIELD_SADDR, DROP_PAIR },
	};
	const struct lower_ipt_tail tail = {
		.rule = { drop_leaf(x, kinds[what].stage,
				    kinds[what].reason) },
		.n = 1,
	};
	const struct lower_ipt_tree tree = {
		.root = name(x, kinds[what].chain, ""),
		.stem = lower_ipt_stems[kinds[what].chain].node,
		.field = kinds[what].field,
		.tail = &tail,
	};
	struct lower_ipt_leaves leaves = { 0 };
	struct client *const *c;
	struct lower_ipt_leaf leaf;

	vec_each(c, &x->order.list)
		if (dispatch_leaf(x, *c, what, &leaf))
			add_leaves(x, index_of(x, *c), leaf, &leaves);
	lower_ipt_tree_make(&tree, &leaves, x->rs);
	vec_fini(&leaves.list);
}

/* dev tap: OpenVPN checks a client's source MAC, not its source address. */
static void add_macs(const struct ipt *x)
{
	const struct lower_ipt_tail tail = {
		.rule = { drop_leaf(x, FIELD_SADDR, DROP_MAC) }, .n = 1,
	};
	const struct lower_ipt_tree tree = {
		.root = name(x, CHAIN_IPT_MAC, ""),
		.stem = lower_ipt_stems[CHAIN_IPT_MAC].node,
		.field = FIELD_SADDR, .tail = &tail,
	};
	struct lower_ipt_leaf leaf = { .verdict = RULE_RETURN };
	struct lower_ipt_leaves leaves = { 0 };
	const struct mac_binding *m;
	const struct owned_range *o;

	vec_each(m, &x->p->macs) {
		leaf.mac = m->mac;
		for (o = ownership_begin(&x->owned, m->client);
		     o < ownership_end(&x->owned, m->client); o++) {
			if (o->family != x->family || o->net)
				continue;
			leaf.net = prefix_within(o->family, &o->first,
						 &o->last);
			vec_push(&leaves.list, leaf);
		}
	}
	lower_ipt_tree_make(&tree, &leaves, x->rs);
	vec_fini(&leaves.list);
}

static void name_chains(const struct ipt *x)
{
	struct client *const *c;
	struct chains *chains;
	const char *id;

	vec_each(c, &x->order.list) {
		chains = &x->chains[index_of(x, *c)];
		*chains = (struct chains){ 0 };
		if (!has_address(x, index_of(x, *c)))
			continue;
		id = x->ids[index_of(x, *c)].text;
		chains->out = name(x, CHAIN_IPT_CLIENT_OUT, id);
		chains->in = name(x, CHAIN_IPT_CLIENT_IN, id);
		chains->pair = name(x, CHAIN_IPT_CLIENT_PAIR, id);
		chains->comment = ruleset_own(x->rs, mem_dup((*c)->name.p,
							     (*c)->name.n));
	}
}

static void add_family(struct ipt *x, unsigned int family)
{
	const struct vpn *vpn;
	enum dispatch what;
	bool tap = false;

	x->family = family;
	name_chains(x);
	lower_ipt_frame(x->p, family, x->rs);
	for (what = 0; what < DISPATCHES; what++)
		add_dispatch(x, what);
	vec_each(vpn, &x->p->vpns)
		tap |= vpn->tap;
	if (tap)
		add_macs(x);
	add_policies(x);
	add_pair_chains(x);
	lower_log_chains_ipt(x->p, family, x->rs);
}

void lower_ipt(struct policy *p, struct ruleset *out)
{
	struct ipt x = {
		.p = p, .rs = out,
		.pass = p->ipt.accept ? RULE_ACCEPT : RULE_RETURN,
	};

	*out = (struct ruleset){ .security = p->ipt.security };
	ownership_make(p, &x.owned);
	lower_policy_order(p, true, out, &x.order);
	lower_ipt_pairs_make(p, &x.pairs);
	x.ids = lower_ipt_name_clients(p);
	x.chains = mem_zalloc(p->clients.n + 1, sizeof(*x.chains));
	add_family(&x, FAMILY_IP4);
	add_family(&x, FAMILY_IP6);
	ruleset_sort(out);
	free(x.chains);
	free(x.ids);
	vec_fini(&x.order.list);
	lower_ipt_pairs_fini(&x.pairs);
	ownership_fini(&x.owned);
}
