/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_nat.h"

#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft.h"
#include "backends/nft/nft_nat_rule.h"
#include "backends/nft/nft_object.h"

/* Nothing can go to a base chain, so what uses it are its rules.  Without
 * libnftnl, which copies every name: there may be 10 000 chains. */
static void take_chain(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	bool nat = false, used = false, *found = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TYPE:
			nat = !strcmp(mnl_attr_get_str(attr), "nat");
			break;
		case NFTA_CHAIN_USE:
			used = mnl_attr_get_u32(attr);
			break;
		}
	}
	*found |= nat && used;
}

bool nft_has_nat(void)
{
	struct nft_request room;
	struct nft_sock s;
	unsigned int tries = 0;
	bool found = false;
	int r;

	if (nft_sock_open(&s))
		return false;
	/* one that was found during a change of other rules is there, too */
	do {
		r = nft_sock_ask(&s, nft_sock_request(&room, NFT_MSG_GETCHAIN,
						      NFPROTO_UNSPEC,
						      NLM_F_DUMP),
				 take_chain, &found);
	} while (!found && nft_may_read_again(r) && ++tries < NFT_TRIES);
	nft_sock_close(&s);
	return found;
}

/* A chain of any table that has one of type nat; rules have its index. */
struct named {
	uint32_t family;
	char *table, *name;
	bool base;		/* it hooks postrouting, to translate */
};

struct all {
	VEC(struct named) chains;
	struct nat_rules rules;
	size_t asked;		/* the table that is being read: a chain of it */
};

/* The index of a chain; it is added if it is not there. */
static unsigned int index_of(struct all *a, uint32_t family, const char *table,
			     const char *name)
{
	const struct named *c;

	vec_each(c, &a->chains)
		if (c->family == family && !strcmp(c->table, table) &&
		    !strcmp(c->name, name))
			return (unsigned int)(c - a->chains.v);
	vec_push(&a->chains, ((struct named){
		family, mem_copy(table), mem_copy(name), false }));
	return (unsigned int)a->chains.n - 1;
}

static void take_base(const struct nlmsghdr *nlh, void *data)
{
	CHAIN_VAR *c = mem_check(nftnl_chain_alloc());
	struct all *a = data;
	const char *type;
	unsigned int i;

	if (nftnl_chain_nlmsg_parse(nlh, c) < 0)
		return;
	type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);
	if (!type || strcmp(type, "nat") ||
	    nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) !=
	    NF_INET_POST_ROUTING)
		return;
	i = index_of(a, nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY),
		     nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE),
		     nftnl_chain_get_str(c, NFTNL_CHAIN_NAME));
	a->chains.v[i].base = true;
}

static void take_rule(const struct nlmsghdr *nlh, void *data)
{
	RULE_VAR *r = mem_check(nftnl_rule_alloc());
	struct all *a = data;
	const struct named of = a->chains.v[a->asked];
	const char *table, *target;
	struct nat_rule rule;

	if (nftnl_rule_nlmsg_parse(nlh, r) < 0)
		return;
	table = nftnl_rule_get_str(r, NFTNL_RULE_TABLE);
	/* old kernels tell of all tables */
	if (nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY) != of.family ||
	    strcmp(table, of.table))
		return;
	nft_nat_rule(r, of.family, &rule, &target);
	rule.chain = index_of(a, of.family, table,
			      nftnl_rule_get_str(r, NFTNL_RULE_CHAIN));
	if (target)
		rule.target = index_of(a, of.family, table, target);
	vec_push(&a->rules.list, rule);
}

static bool is_read(const struct all *a, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (a->chains.v[i].family == a->chains.v[at].family &&
		    !strcmp(a->chains.v[i].table, a->chains.v[at].table))
			return true;
	return false;
}

static void read_table(struct nft_sock *s, struct all *a)
{
	const struct named *of = &a->chains.v[a->asked];
	RULE_VAR *r = mem_check(nftnl_rule_alloc());
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETRULE,
						of->family, NLM_F_DUMP);

	nft_object_check(nftnl_rule_set_str(r, NFTNL_RULE_TABLE, of->table));
	nftnl_rule_nlmsg_build_payload(req, r);
	nft_sock_ask(s, req, take_rule, a);
}

/* The tables of the base chains, which come first. */
static void read_rules(struct nft_sock *s, struct all *a)
{
	size_t bases = a->chains.n;

	for (a->asked = 0; a->asked < bases; a->asked++)
		if (!is_read(a, a->asked))
			read_table(s, a);
}

struct nat_telling {
	const struct all *all;
	nat_found_fn *found;
	void *arg;
};

static void tell(void *arg, enum nat_finding what, const struct host_pool *pool,
		 unsigned int chain, unsigned int number)
{
	const struct nat_telling *x = arg;
	const struct named *c = &x->all->chains.v[chain];
	char *where = mem_printf("rule %u of %s in nftables table \"%s %s\"",
				 number, c->name,
				 c->family == NFPROTO_INET ? "inet" :
				 c->family == NFPROTO_IPV6 ? "ip6" : "ip",
				 c->table);

	x->found(x->arg, what, pool, where);
	free(where);
}

/* Rules that change meanwhile may be told twice or not at all. */
void nft_find_nat(const struct host_pools *pools,
		  nat_found_fn *found, void *arg)
{
	struct all all = { 0 };
	struct nat_telling x = { &all, found, arg };
	const struct host_pool *pool;
	struct nft_request room;
	struct nft_sock s;
	struct named *c;

	if (nft_sock_open(&s))
		return;
	nft_sock_ask(&s, nft_sock_request(&room, NFT_MSG_GETCHAIN,
					  NFPROTO_UNSPEC, NLM_F_DUMP),
		     take_base, &all);
	read_rules(&s, &all);
	nft_sock_close(&s);
	vec_each(c, &all.chains)
		vec_each(pool, &pools->list)
			if (c->base)
				nat_rules_find(&all.rules, (unsigned int)
					       (c - all.chains.v), pool, tell,
					       &x);
	vec_each(c, &all.chains) {
		free(c->table);
		free(c->name);
	}
	vec_fini(&all.chains);
	vec_fini(&all.rules.list);
}
