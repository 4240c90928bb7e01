/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft.h"
#include "backends/nft/nft_batch.h"
#include "backends/nft/nft_parse.h"
#include "backends/nft/nft_rule.h"

/*
 * A dump of all rules begins again from the first chain for each 32 KB that it
 * returns: above so many it is cheaper to ask chain by chain.
 */
#define WHOLE_DUMP_MAX 50000

struct reader {
	struct nft_sock *s;
	struct kernel_ruleset *out;
	struct kernel_chain *chain;	/* of the rule read last */
	struct set *set;		/* whose elements are being read */
	VEC(struct nft_half) halves;	/* of an interval set */
	uint64_t uses;
	bool exists;
};

static const char *own(struct reader *rd, const char *text)
{
	char *copy = mem_dup(text, strlen(text));

	vec_push(&rd->out->names, copy);
	return copy;
}

static bool is_ours(const struct nlmsghdr *nlh, const struct nlattr *table)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	return nfg->nfgen_family == NFPROTO_INET && table &&
	       !strcmp(mnl_attr_get_str(table), VPNPF_TABLE);
}

/* What a table is to us. */
struct table_seen {
	bool found;
	bool odd;		/* its flags are not ours: it sleeps, or is
				 * owned by a process */
};

static void take_table(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFTA_TABLE_MAX + 1];
	struct table_seen *seen = data;

	nft_sock_attrs(nlh, tb, NFTA_TABLE_MAX);
	seen->found = true;
	seen->odd = tb[NFTA_TABLE_FLAGS] &&
		    mnl_attr_get_u32(tb[NFTA_TABLE_FLAGS]);
}

static int ask_table(struct nft_sock *s, struct table_seen *seen)
{
	struct nft_request room;
	struct nlmsghdr *req;
	int r;

	req = nft_sock_request(&room, NFT_MSG_GETTABLE, NFPROTO_INET, 0);
	mnl_attr_put_strz(req, NFTA_TABLE_NAME, VPNPF_TABLE);
	*seen = (struct table_seen){ 0 };
	r = nft_sock_ask(s, req, take_table, seen);
	return r ? r : seen->found ? 0 : -ENOENT;
}

int nft_table_exists(struct nft_sock *s)
{
	struct table_seen seen;

	return ask_table(s, &seen);
}

/* Ask for all TYPE of our table, or of NAME (its attribute is NAME_TYPE). */
static int dump(struct reader *rd, unsigned int type, unsigned int name_type,
		const char *name, nft_sock_fn *fn)
{
	struct nft_request room;
	struct nlmsghdr *req;

	req = nft_sock_request(&room, type, NFPROTO_INET, NLM_F_DUMP);
	mnl_attr_put_strz(req, NFTA_CHAIN_TABLE, VPNPF_TABLE);
	if (name)
		mnl_attr_put_strz(req, (uint16_t)name_type, name);
	return nft_sock_ask(rd->s, req, fn, rd);
}

/* Of a hook that we have no chain in, a damage. */
static void take_hook(struct reader *rd, const struct nlattr *const *tb,
		      struct kernel_chain *chain)
{
	if (!tb[NFTA_CHAIN_HOOK])
		return;
	chain->base = true;
	if (!nft_parse_hook(tb, &chain->hook, &chain->priority))
		rd->out->damaged = true;
}

static void take_chain(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFTA_CHAIN_MAX + 1];
	struct reader *rd = data;

	nft_sock_attrs(nlh, tb, NFTA_CHAIN_MAX);
	/* this dump is of all tables */
	if (!is_ours(nlh, tb[NFTA_CHAIN_TABLE]) || !tb[NFTA_CHAIN_NAME])
		return;
	vec_push(&rd->out->chains, ((struct kernel_chain){
		.name = own(rd, mnl_attr_get_str(tb[NFTA_CHAIN_NAME])),
	}));
	take_hook(rd, tb, rd->out->chains.v + rd->out->chains.n - 1);
	if (tb[NFTA_CHAIN_USE])
		rd->uses += ntohl(mnl_attr_get_u32(tb[NFTA_CHAIN_USE]));
}

static int cmp_chains(const void *a, const void *b)
{
	return strcmp(((const struct kernel_chain *)a)->name,
		      ((const struct kernel_chain *)b)->name);
}

static struct kernel_chain *find_chain(struct reader *rd, const char *name)
{
	const struct kernel_chain key = { .name = name };
	struct kernel_ruleset *out = rd->out;

	if (rd->chain && !strcmp(rd->chain->name, name))
		return rd->chain;
	return out->chains.n ? bsearch(&key, out->chains.v, out->chains.n,
				       sizeof(key), cmp_chains) : NULL;
}

static void take_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFTA_RULE_MAX + 1];
	struct reader *rd = data;

	nft_sock_attrs(nlh, tb, NFTA_RULE_MAX);
	if (!is_ours(nlh, tb[NFTA_RULE_TABLE]) || !tb[NFTA_RULE_CHAIN])
		return;
	rd->chain = find_chain(rd, mnl_attr_get_str(tb[NFTA_RULE_CHAIN]));
	if (rd->chain)
		nft_parse_rule(tb, vec_add(&rd->chain->rules));
}

static int read_rules(struct reader *rd)
{
	struct kernel_chain *chain;
	int r = 0;

	if (rd->uses <= WHOLE_DUMP_MAX)
		return dump(rd, NFT_MSG_GETRULE, 0, NULL, take_rule);
	vec_each(chain, &rd->out->chains) {
		rd->chain = chain;
		r = dump(rd, NFT_MSG_GETRULE, NFTA_RULE_CHAIN, chain->name,
			 take_rule);
		if (r)
			break;
	}
	return r;
}

static void take_set(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFTA_SET_MAX + 1];
	struct reader *rd = data;
	struct set *set;

	nft_sock_attrs(nlh, tb, NFTA_SET_MAX);
	if (!is_ours(nlh, tb[NFTA_SET_TABLE]) || !tb[NFTA_SET_NAME])
		return;
	set = vec_add(&rd->out->sets);
	nft_parse_set(tb, set);
	set->name = own(rd, mnl_attr_get_str(tb[NFTA_SET_NAME]));
}

static int cmp_sets(const void *a, const void *b)
{
	return strcmp(((const struct set *)a)->name,
		      ((const struct set *)b)->name);
}

static int cmp_elems(const void *a, const void *b)
{
	return elem_cmp(a, b);
}

/* The chain that an element jumps to: the name that we own already. */
static const char *target_name(struct reader *rd, const struct nlattr *name)
{
	const struct kernel_chain *chain;

	chain = find_chain(rd, mnl_attr_get_str(name));
	return chain ? chain->name : own(rd, mnl_attr_get_str(name));
}

static void take_elem(struct reader *rd, const struct nlattr *nest)
{
	struct nft_half half;

	if (!nft_parse_elem(nest, rd->set, &half))
		return;
	half.elem.target = half.chain ? target_name(rd, half.chain) : NULL;
	half.elem.comment = half.comment ? own(rd, half.comment) : NULL;
	if (rd->set->interval && rd->set->key == SET_KEY_ADDR)
		vec_push(&rd->halves, half);
	else
		vec_push(&rd->set->elems, half.elem);
}

static void take_elems(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFTA_SET_ELEM_LIST_MAX + 1], *nest;
	struct reader *rd = data;

	nft_sock_attrs(nlh, tb, NFTA_SET_ELEM_LIST_MAX);
	if (!tb[NFTA_SET_ELEM_LIST_ELEMENTS])
		return;
	mnl_attr_for_each_nested(nest, tb[NFTA_SET_ELEM_LIST_ELEMENTS])
		take_elem(rd, nest);
}

static int read_set(struct reader *rd, struct set *set)
{
	int r;

	rd->set = set;
	rd->halves.n = 0;
	r = dump(rd, NFT_MSG_GETSETELEM, NFTA_SET_ELEM_LIST_SET, set->name,
		 take_elems);
	if (r)
		return r;
	if (rd->halves.n)
		nft_parse_fold(rd->halves.v, rd->halves.n, set);
	vec_sort(&set->elems, cmp_elems);
	return 0;
}

static int read_sets(struct reader *rd)
{
	struct set *set;
	int r = dump(rd, NFT_MSG_GETSET, 0, NULL, take_set);

	vec_sort(&rd->out->sets, cmp_sets);
	vec_each(set, &rd->out->sets) {
		if (r)
			break;
		if (set->key != NFT_PARSE_FOREIGN)
			r = read_set(rd, set);
	}
	return r;
}

static int read_table(struct reader *rd)
{
	int r = dump(rd, NFT_MSG_GETCHAIN, 0, NULL, take_chain);

	if (r)
		return r;
	vec_sort(&rd->out->chains, cmp_chains);
	r = read_rules(rd);
	return r ? r : read_sets(rd);
}

static int read_all(struct nft_sock *s, struct kernel_ruleset *out,
		    uint32_t *generation)
{
	struct reader rd = { .s = s, .out = out };
	struct table_seen seen;
	uint32_t after;
	int r = nft_sock_generation(s, generation);

	/* The generation counts up when a commit begins to be seen, intervals
	 * are seen when it ends: between the two a dump is neither. */
	if (!r)
		r = nft_batch_settle(s, *generation);
	if (r)
		return r == -ERESTART ? -EINTR : r;
	r = ask_table(s, &seen);
	out->table = !r;
	out->damaged = !r && seen.odd;
	if (!r) {
		r = read_table(&rd);
		vec_fini(&rd.halves);
	}
	if (r && r != -ENOENT && r != -EINTR)
		return r;
	/* -ENOENT of a part: it went away meanwhile, the generation tells */
	if (nft_sock_generation(s, &after) || after != *generation)
		return -EINTR;
	return r == -ENOENT && !out->table ? 0 : r;
}

int nft_list_read(struct nft_sock *s, struct kernel_ruleset *out,
		  uint32_t *generation)
{
	int r;

	*out = (struct kernel_ruleset){ 0 };
	r = read_all(s, out, generation);
	if (r)
		kernel_ruleset_fini(out);
	return r;
}

struct state_reader {
	char *buf;
	size_t size;
};

static void take_state(const struct nlmsghdr *nlh, void *data)
{
	static const struct set state = { .key = SET_KEY_STATE };
	const struct nlattr *tb[NFTA_SET_ELEM_LIST_MAX + 1], *nest;
	const struct state_reader *sr = data;
	struct nft_half half;

	nft_sock_attrs(nlh, tb, NFTA_SET_ELEM_LIST_MAX);
	if (!tb[NFTA_SET_ELEM_LIST_ELEMENTS])
		return;
	mnl_attr_for_each_nested(nest, tb[NFTA_SET_ELEM_LIST_ELEMENTS])
		if (nft_parse_elem(nest, &state, &half) && half.comment)
			snprintf(sr->buf, sr->size, "%s", half.comment);
}

int nft_state_text(struct nft_sock *s, char *buf, size_t size)
{
	const uint32_t key = VPNPF_STATE_KEY;
	struct state_reader sr = { buf, size };
	struct nlattr *list, *elem, *nest;
	struct nft_request room;
	struct nlmsghdr *req;

	*buf = '\0';
	req = nft_sock_request(&room, NFT_MSG_GETSETELEM, NFPROTO_INET, 0);
	mnl_attr_put_strz(req, NFTA_SET_ELEM_LIST_TABLE, VPNPF_TABLE);
	mnl_attr_put_strz(req, NFTA_SET_ELEM_LIST_SET, VPNPF_STATE_SET);
	list = mnl_attr_nest_start(req, NFTA_SET_ELEM_LIST_ELEMENTS);
	elem = mnl_attr_nest_start(req, NFTA_LIST_ELEM);
	nest = mnl_attr_nest_start(req, NFTA_SET_ELEM_KEY);
	mnl_attr_put(req, NFTA_DATA_VALUE, sizeof(key), &key);
	mnl_attr_nest_end(req, nest);
	mnl_attr_nest_end(req, elem);
	mnl_attr_nest_end(req, list);
	return nft_sock_ask(s, req, take_state, &sr);
}
