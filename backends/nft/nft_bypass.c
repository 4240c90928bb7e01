/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_bypass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/flowtable.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft.h"
#include "backends/nft/nft_object.h"
#include "backends/nft/nft_rule.h"

struct table {
	uint32_t family;
	char *name;
};

struct search {
	bypass_found_fn *found;
	void *arg;
	VEC(struct table) tables;	/* all but ours */
	const struct table *asked;
	char last[NFT_NAME_MAXLEN];	/* the chain of the rule before */
	unsigned int number;		/* of the rule in its chain */
};

static const char *family_name(uint32_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_BRIDGE:
		return "bridge";
	default:
		return "netdev";
	}
}

static void take_table(const struct nlmsghdr *nlh, void *data)
{
	TABLE_VAR *t = mem_check(nftnl_table_alloc());
	struct search *x = data;
	struct table found;

	if (nftnl_table_nlmsg_parse(nlh, t) < 0)
		return;
	found.family = nftnl_table_get_u32(t, NFTNL_TABLE_FAMILY);
	found.name = mem_copy(nftnl_table_get_str(t, NFTNL_TABLE_NAME));
	if (found.family == NFPROTO_INET && !strcmp(found.name, VPNPF_TABLE))
		free(found.name);
	else
		vec_push(&x->tables, found);
}

/* The addresses are the bytes 12 to 19 of an IPv4 header, and 8 to 39 of an
 * IPv6 header, where nft writes 16 at once. */
static int take_expr(struct nftnl_expr *e, void *data)
{
	uint32_t at, n;
	bool *writes = data;

	if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "payload") ||
	    !nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_SREG) ||
	    nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) !=
	    NFT_PAYLOAD_NETWORK_HEADER)
		return 0;
	at = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	n = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	*writes |= n == 16 || at >= 24 || (at < 20 && at + n > 12);
	return 0;
}

static void take_rule(const struct nlmsghdr *nlh, void *data)
{
	RULE_VAR *r = mem_check(nftnl_rule_alloc());
	struct search *x = data;
	const char *chain;
	bool writes = false;
	char *where;

	if (nftnl_rule_nlmsg_parse(nlh, r) < 0 ||
	    nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY) != x->asked->family ||
	    strcmp(nftnl_rule_get_str(r, NFTNL_RULE_TABLE), x->asked->name))
		return;
	chain = nftnl_rule_get_str(r, NFTNL_RULE_CHAIN);
	if (strcmp(chain, x->last) != 0)
		x->number = 0;
	x->number++;
	snprintf(x->last, sizeof(x->last), "%s", chain);
	nftnl_expr_foreach(r, take_expr, &writes);
	if (!writes)
		return;
	where = mem_printf("rule %u of %s in nftables table \"%s %s\"",
			   x->number, chain, family_name(x->asked->family),
			   x->asked->name);
	x->found(x->arg, BYPASS_REWRITE, NULL, where);
	free(where);
}

static void take_flowtable(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_flowtable *f = mem_check(nftnl_flowtable_alloc());
	const char *const *dev = NULL;
	struct search *x = data;
	char *where;

	if (nftnl_flowtable_nlmsg_parse(nlh, f) >= 0 &&
	    nftnl_flowtable_is_set(f, NFTNL_FLOWTABLE_DEVICES))
		dev = nftnl_flowtable_get_array(f, NFTNL_FLOWTABLE_DEVICES);
	where = mem_printf("flowtable %s of nftables table \"%s %s\"",
			   nftnl_flowtable_get_str(f, NFTNL_FLOWTABLE_NAME),
			   family_name(nftnl_flowtable_get_u32(f,
						NFTNL_FLOWTABLE_FAMILY)),
			   nftnl_flowtable_get_str(f, NFTNL_FLOWTABLE_TABLE));
	for (; dev && *dev; dev++)
		x->found(x->arg, BYPASS_FLOWTABLE, *dev, where);
	free(where);
	nftnl_flowtable_free(f);
}

static void read_rules(struct nft_sock *s, struct search *x)
{
	RULE_VAR *r = mem_check(nftnl_rule_alloc());
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETRULE,
						x->asked->family, NLM_F_DUMP);

	nft_object_check(nftnl_rule_set_str(r, NFTNL_RULE_TABLE,
					    x->asked->name));
	nftnl_rule_nlmsg_build_payload(req, r);
	x->last[0] = '\0';
	nft_sock_ask(s, req, take_rule, x);
}

/* Rules that change meanwhile may be told twice or not at all. */
void nft_find_bypass(bypass_found_fn *found, void *arg)
{
	struct search x = { .found = found, .arg = arg };
	struct nft_request room;
	struct table *t;
	struct nft_sock s;

	if (nft_sock_open(&s))
		return;
	nft_sock_ask(&s, nft_sock_request(&room, NFT_MSG_GETFLOWTABLE,
					  NFPROTO_UNSPEC, NLM_F_DUMP),
		     take_flowtable, &x);
	nft_sock_ask(&s, nft_sock_request(&room, NFT_MSG_GETTABLE,
					  NFPROTO_UNSPEC, NLM_F_DUMP),
		     take_table, &x);
	vec_each(t, &x.tables) {
		x.asked = t;
		read_rules(&s, &x);
	}
	nft_sock_close(&s);
	vec_each(t, &x.tables)
		free(t->name);
	vec_fini(&x.tables);
}
