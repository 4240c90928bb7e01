/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft.h"
#include "backends/nft/nft_ask.h"
#include "backends/nft/nft_batch.h"
#include "backends/nft/nft_object.h"
#include "backends/nft/nft_parse.h"
#include "backends/nft/nft_rule.h"
#include "backends/nft/nft_set.h"
#include "compiler/lower/lower_nft_name.h"

/*
 * A dump of all rules starts again at the first chain for each 32 KB that it
 * returns: with more rules it is cheaper to request them chain by chain.
 */
#define WHOLE_DUMP_MAX 50000

struct reader {
	struct nft_sock *s;
	struct kernel_ruleset *out;
	struct kernel_chain *chain;	/* of the rule read last */
	struct set *set;		/* of the elements being read */
	VEC(struct nft_half) halves;	/* of an interval set */
	uint64_t uses;
};

static const char *own(struct reader *rd, const char *text)
{
	char *copy = mem_dup(text, strlen(text));

	vec_push(&rd->out->names, copy);
	return copy;
}

static bool is_ours(const struct nlmsghdr *nlh, const char *table)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	return nfg->nfgen_family == NFPROTO_INET && table &&
	       !strcmp(table, VPNPF_TABLE);
}

/* The answer about our table. */
struct table_seen {
	bool found;
	bool odd;		/* it has flags: it is dormant, or a process
				 * owns it */
};

static void take_table(const struct nlmsghdr *nlh, void *data)
{
	TABLE_VAR *t = mem_check(nftnl_table_alloc());
	struct table_seen *seen = data;

	seen->found = true;
	seen->odd = nftnl_table_nlmsg_parse(nlh, t) < 0 ||
		    nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS);
}

static int ask_table(struct nft_sock *s, struct table_seen *seen)
{
	int r;

	*seen = (struct table_seen){ 0 };
	r = nft_ask_table(s, take_table, seen);
	return r ? r : seen->found ? 0 : -ENOENT;
}

int nft_table_exists(struct nft_sock *s)
{
	struct table_seen seen;

	return ask_table(s, &seen);
}

static void take_base(const struct nlmsghdr *nlh, void *data)
{
	CHAIN_VAR *c = mem_check(nftnl_chain_alloc());
	bool *found = data;

	if (!nftnl_chain_nlmsg_parse(nlh, c) &&
	    is_ours(nlh, nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE)))
		*found |= nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM);
}

bool nft_has_base_chain(struct nft_sock *s)
{
	unsigned int tries = 0;
	bool found = false;
	int r;

	/* every hook may ask: the one that is nearly always there */
	nft_ask_chains(s, CHAIN_PRE, take_base, &found);
	if (found)
		return true;
	/* one that was found during a change of other rules is there, too */
	do {
		r = nft_ask_chains(s, NULL, take_base, &found);
	} while (!found && nft_may_read_again(r) && ++tries < NFT_TRIES);
	return found;
}

/* A base chain that vpnpf does not make is a damage. */
static void take_hook(struct reader *rd, const struct nftnl_chain *c,
		      struct kernel_chain *chain)
{
	if (!nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM))
		return;
	chain->base = true;
	if (!nft_parse_hook(c, &chain->hook, &chain->priority))
		rd->out->damaged = true;
}

static void take_chain(const struct nlmsghdr *nlh, void *data)
{
	CHAIN_VAR *c = mem_check(nftnl_chain_alloc());
	struct reader *rd = data;
	const char *name;
	int r = nftnl_chain_nlmsg_parse(nlh, c);

	name = nftnl_chain_get_str(c, NFTNL_CHAIN_NAME);
	/* the dump has the chains of all tables */
	if (!is_ours(nlh, nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE)) || !name)
		return;
	rd->out->damaged |= r < 0;
	vec_push(&rd->out->chains, ((struct kernel_chain){
		.name = own(rd, name),
	}));
	take_hook(rd, c, rd->out->chains.v + rd->out->chains.n - 1);
	rd->uses += nftnl_chain_get_u32(c, NFTNL_CHAIN_USE);
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
	RULE_VAR *r = mem_check(nftnl_rule_alloc());
	struct reader *rd = data;
	struct kernel_rule *rule;
	const char *chain;
	int error = nftnl_rule_nlmsg_parse(nlh, r);

	chain = nftnl_rule_get_str(r, NFTNL_RULE_CHAIN);
	if (!is_ours(nlh, nftnl_rule_get_str(r, NFTNL_RULE_TABLE)) || !chain)
		return;
	rd->chain = find_chain(rd, chain);
	if (!rd->chain)
		return;
	rule = vec_add(&rd->chain->rules);
	*rule = (struct kernel_rule){ 0 };
	/* an error: an expression that libnftnl does not know, so not ours */
	if (!error)
		nft_parse_rule(r, rule);
}

static int read_rules(struct reader *rd)
{
	struct kernel_chain *chain;
	int r = 0;

	if (rd->uses <= WHOLE_DUMP_MAX)
		return nft_ask_rules(rd->s, NULL, take_rule, rd);
	vec_each(chain, &rd->out->chains) {
		rd->chain = chain;
		r = nft_ask_rules(rd->s, chain->name, take_rule, rd);
		if (r)
			break;
	}
	return r;
}

static void take_set(const struct nlmsghdr *nlh, void *data)
{
	SET_VAR *s = mem_check(nftnl_set_alloc());
	struct reader *rd = data;
	const char *name;
	struct set *set;
	int r = nftnl_set_nlmsg_parse(nlh, s);

	name = nftnl_set_get_str(s, NFTNL_SET_NAME);
	if (!is_ours(nlh, nftnl_set_get_str(s, NFTNL_SET_TABLE)) || !name)
		return;
	set = vec_add(&rd->out->sets);
	nft_parse_set(s, set);
	if (r < 0)
		set->key = NFT_PARSE_FOREIGN;
	set->name = own(rd, name);
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

/* The name of the chain that an element jumps to, as OUT already owns it. */
static const char *target_name(struct reader *rd, const char *name)
{
	const struct kernel_chain *chain = find_chain(rd, name);

	return chain ? chain->name : own(rd, name);
}

static int take_elem(struct nftnl_set_elem *e, void *data)
{
	struct reader *rd = data;
	struct nft_half half;

	if (!nft_parse_elem(e, rd->set, &half))
		return 0;
	half.elem.target = half.chain ? target_name(rd, half.chain) : NULL;
	half.elem.comment = half.comment ? own(rd, half.comment) : NULL;
	if (rd->set->interval && rd->set->key == SET_KEY_ADDR)
		vec_push(&rd->halves, half);
	else
		vec_push(&rd->set->elems, half.elem);
	return 0;
}

static void take_elems(const struct nlmsghdr *nlh, void *data)
{
	SET_VAR *s = mem_check(nftnl_set_alloc());
	struct reader *rd = data;

	/* libnftnl stops at an expression that it does not know */
	if (nftnl_set_elems_nlmsg_parse(nlh, s) < 0)
		rd->out->damaged = true;
	nftnl_set_elem_foreach(s, take_elem, rd);
}

static int read_set(struct reader *rd, struct set *set)
{
	SET_VAR *s = nft_object_set(set->name);
	int r;

	rd->set = set;
	rd->halves.n = 0;
	r = nft_ask_elems(rd->s, s, NLM_F_DUMP, take_elems, rd);
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
	int r = nft_ask_sets(rd->s, take_set, rd);

	vec_sort(&rd->out->sets, cmp_sets);
	vec_each(set, &rd->out->sets) {
		if (r)
			break;
		if (set->key != NFT_PARSE_FOREIGN)
			r = read_set(rd, set);
	}
	return r;
}

/* Has a commit in steps not ended, or did a kill between two batches leave no
 * base chain? */
static bool is_unfinished(const struct kernel_ruleset *out)
{
	const struct kernel_chain *chain;
	bool base = false;

	vec_each(chain, &out->chains)
		base |= chain->base;
	return !base || kernel_ruleset_has_state(out, VPNPF_STATE_UNFINISHED);
}

static int read_table(struct reader *rd)
{
	int r = nft_ask_chains(rd->s, NULL, take_chain, rd);

	if (r)
		return r;
	vec_sort(&rd->out->chains, cmp_chains);
	r = read_rules(rd);
	if (!r)
		r = read_sets(rd);
	rd->out->whole = true;
	rd->out->unfinished = is_unfinished(rd->out);
	return r;
}

static int read_all(struct nft_sock *s, struct kernel_ruleset *out,
		    uint32_t *generation)
{
	struct reader rd = { .s = s, .out = out };
	struct table_seen seen;
	uint32_t after;
	int r = nft_sock_generation(s, generation);

	/* The generation rises at the beginning of a commit, and interval sets
	 * change at its end: a dump in between is of neither generation. */
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
	/* -ENOENT of a part: it was deleted meanwhile, as the generation
	 * tells */
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

static int take_state_elem(struct nftnl_set_elem *e, void *data)
{
	static const struct set state = { .key = SET_KEY_STATE };
	const struct state_reader *sr = data;
	struct nft_half half;

	if (nft_parse_elem(e, &state, &half) && half.comment)
		snprintf(sr->buf, sr->size, "%s", half.comment);
	return 0;
}

static void take_state(const struct nlmsghdr *nlh, void *data)
{
	SET_VAR *s = mem_check(nftnl_set_alloc());

	if (!nftnl_set_elems_nlmsg_parse(nlh, s))
		nftnl_set_elem_foreach(s, take_state_elem, data);
}

int nft_state_text(struct nft_sock *s, char *buf, size_t size)
{
	SET_VAR *set = nft_object_set(VPNPF_STATE_SET);
	struct state_reader sr = { buf, size };

	*buf = '\0';
	nftnl_set_elem_add(set, nft_set_state_elem());
	return nft_ask_elems(s, set, 0, take_state, &sr);
}
