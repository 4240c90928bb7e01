/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt.h"

#include <string.h>

#include "compiler/lower/lower_ipt_frame.h"
#include "compiler/lower/lower_ipt_pairs.h"
#include "compiler/lower/lower_remote.h"

/* Digits of lower_policy_name's hash in the names of policy chains. */
#define POLICY_DIGITS 20

static bool has_address(const struct ipt *x, unsigned int client)
{
	const struct owned_range *o;

	for (o = ownership_begin(&x->owned, client);
	     o < ownership_end(&x->owned, client); o++)
		if (ipt_is_here(x, o))
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
	begin_client_chain(x, ipt_index(x, c), chain);
	ruleset_add_rule(x->rs, RULE_JUMP, policy, c->pf.clients_at);
	ruleset_add_rule(x->rs, x->pass, NULL, LOC_NONE);
}

/* FIELD: where the remote end is. */
static struct lower_ipt_leaf deny_leaf(const struct ipt *x, enum field field)
{
	if (field == FIELD_SADDR)
		return ipt_drop_leaf(x, FIELD_DADDR, DROP_DENIED);
	if (!ipt_asks_flow(x))
		return ipt_drop_leaf(x, FIELD_SADDR, DROP_DENIED);
	return (struct lower_ipt_leaf){
		.verdict = RULE_GOTO,
		.target = ipt_name(x, CHAIN_IPT_ANSWER, ""),
	};
}

static const char *add_policy(const struct ipt *x, const struct client *c,
			      enum field field)
{
	const struct lower_ipt_leaf deny = deny_leaf(x, field);
	const struct remote_rules remote = {
		.pf = &c->pf, .family = x->family, .field = field,
		.allow = RULE_RETURN, .deny = deny.verdict,
		.deny_target = deny.target, .rs = x->rs,
	};
	char text[POLICY_DIGITS + 3];
	const char *chain;

	/* after "p/" */
	memcpy(text, c->policy_chain + 2, POLICY_DIGITS);
	strcpy(text + POLICY_DIGITS, field == FIELD_DADDR ? ".o" : ".i");
	chain = ipt_name(x, CHAIN_IPT_POLICY, text);
	ruleset_add_chain(x->rs, chain);
	lower_remote_loopback(&remote);
	lower_remote_services(&remote);
	lower_remote_subnets(&remote);
	return chain;
}

/* The chains of the policies in use, and of their clients. */
static void add_policies(const struct ipt *x)
{
	const char *last = "", *out = NULL, *in = NULL;
	const struct ipt_chains *chains;
	struct client *const *c;

	vec_each(c, &x->order.list) {
		chains = &x->chains[ipt_index(x, *c)];
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
		.rule = { ipt_drop_leaf(x, FIELD_SADDR, DROP_PAIR) }, .n = 1,
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
			   const struct lower_ipt_pairs *pairs,
			   struct lower_ipt_leaves *leaves)
{
	const char *open = ipt_name(x, CHAIN_IPT_OPEN, "");
	unsigned int client = ipt_index(x, c), i;
	struct lower_ipt_tail tail = default_tail(x, c, open);
	const struct lower_ipt_tree tree = {
		.root = x->chains[client].pair, .field = FIELD_DADDR,
		.tail = &tail, .comment = x->chains[client].comment,
	};
	struct lower_ipt_leaf drop = ipt_drop_leaf(x, FIELD_SADDR, DROP_PAIR), leaf;
	const struct lower_ipt_pair *pair;

	leaves->list.n = 0;
	for (i = pairs->start[client]; i < pairs->start[client + 1]; i++) {
		pair = &pairs->list.v[i];
		leaf = pair->accept
			       ? (struct lower_ipt_leaf){ .verdict = x->pass }
			       : drop;
		leaf.at = *pair->at;
		ipt_add_leaves(x, pair->peer, IPT_ANY_VPN, false, leaf, leaves);
	}
	lower_ipt_tree_make(&tree, leaves, x->rs);
}

static void add_pair_chains(const struct ipt *x,
			    const struct lower_ipt_pairs *pairs)
{
	struct lower_ipt_leaves leaves = { 0 };
	struct client *const *c;

	vec_each(c, &x->order.list)
		if (x->chains[ipt_index(x, *c)].out)
			add_pair_chain(x, *c, pairs, &leaves);
	vec_fini(&leaves.list);
}

static void name_chains(const struct ipt *x, const struct ipt_id *ids)
{
	struct client *const *c;
	struct ipt_chains *chains;
	const char *id;

	vec_each(c, &x->order.list) {
		chains = &x->chains[ipt_index(x, *c)];
		*chains = (struct ipt_chains){ 0 };
		if (!has_address(x, ipt_index(x, *c)))
			continue;
		id = ids[ipt_index(x, *c)].text;
		chains->out = ipt_name(x, CHAIN_IPT_CLIENT_OUT, id);
		chains->in = ipt_name(x, CHAIN_IPT_CLIENT_IN, id);
		chains->pair = ipt_name(x, CHAIN_IPT_CLIENT_PAIR, id);
		chains->comment = ruleset_own(x->rs, mem_dup((*c)->name.p,
							     (*c)->name.n));
	}
}

static void add_family(struct ipt *x, unsigned int family,
		       const struct ipt_id *ids,
		       const struct lower_ipt_pairs *pairs)
{
	x->family = family;
	name_chains(x, ids);
	lower_ipt_clients(x);
	lower_ipt_frame(x);
	lower_ipt_servers(x);
	add_policies(x);
	add_pair_chains(x, pairs);
	lower_log_chains_ipt(x->p, family, x->rs);
}

static struct ipt_id *name_servers(const struct policy *p)
{
	struct ipt_id *ids = mem_alloc((p->vpns.n + 1) * sizeof(*ids));
	size_t i;

	for (i = 0; i < p->vpns.n; i++)
		lower_ipt_name_server(p->vpns.v[i].server, &ids[i]);
	return ids;
}

void lower_ipt(struct policy *p, struct ruleset *out)
{
	struct ipt x = {
		.p = p, .rs = out,
		.pass = p->ipt.accept ? RULE_ACCEPT : RULE_RETURN,
	};
	struct ipt_id *ids = lower_ipt_name_clients(p);
	struct lower_ipt_pairs pairs;

	*out = (struct ruleset){ .table = p->ipt.table };
	ownership_make(p, &x.owned);
	lower_policy_order(p, true, out, &x.order);
	lower_ipt_pairs_make(p, &pairs);
	x.servers = name_servers(p);
	lower_unclaimed(p, out, &x.unclaimed);
	x.chains = mem_zalloc(p->clients.n + 1, sizeof(*x.chains));
	add_family(&x, FAMILY_IP4, ids, &pairs);
	add_family(&x, FAMILY_IP6, ids, &pairs);
	ruleset_sort(out);
	vec_fini(&x.clients.list);
	free(x.chains);
	lower_unclaimed_fini(&x.unclaimed);
	free(x.servers);
	free(ids);
	vec_fini(&x.order.list);
	lower_ipt_pairs_fini(&pairs);
	ownership_fini(&x.owned);
}
