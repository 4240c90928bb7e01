/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_parse.h"

#include <stdlib.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_object.h"
#include "backends/nft/nft_rule.h"

/*
 * The value of TYPE in user data, and its length; NULL: none.
 * nftnl_udata_parse would read past the end if a length is wrong.
 */
static const uint8_t *find_udata(const uint8_t *p, uint32_t left,
				 unsigned int type, unsigned int *len)
{
	while (p && left >= 2 && left - 2 >= p[1]) {
		if (p[0] == type) {
			*len = p[1];
			return p + 2;
		}
		left -= 2u + p[1];
		p += 2u + p[1];
	}
	return NULL;
}

/* The comment of an element, or NULL.  It ends with a NUL. */
static const char *find_comment(struct nftnl_set_elem *e)
{
	unsigned int len = 0;
	uint32_t size = 0;
	const uint8_t *udata, *text;

	udata = nftnl_set_elem_get(e, NFTNL_SET_ELEM_USERDATA, &size);
	text = find_udata(udata, size, NFTNL_UDATA_SET_ELEM_COMMENT, &len);
	return text && len && !text[len - 1] ? (const char *)text : NULL;
}

/* Facts from a rule's expressions so far. */
struct facts {
	struct rule rule;
	struct kernel_rule *out;
	bool plain;	/* only a counter and a verdict */
	bool decided;
};

static bool set_verdict(struct rule *rule, uint32_t code)
{
	switch ((int)code) {
	case NF_ACCEPT:
		rule->verdict = RULE_ACCEPT;
		return true;
	case NF_DROP:
		rule->verdict = RULE_DROP;
		return true;
	case NFT_RETURN:
		rule->verdict = RULE_RETURN;
		return true;
	case NFT_JUMP:
		rule->verdict = RULE_JUMP;
		return true;
	case NFT_GOTO:
		rule->verdict = RULE_GOTO;
		return true;
	default:
		return false;
	}
}

static void parse_immediate(const struct nftnl_expr *e, struct facts *f)
{
	if (!nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT) ||
	    !set_verdict(&f->rule,
			 nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT))) {
		f->plain = false;
		return;
	}
	f->rule.target = nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN);
	f->decided = true;
}

static bool is_counter(const struct nftnl_expr *e)
{
	return !strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "counter");
}

static void parse_counter(const struct nftnl_expr *e, uint64_t *packets,
			  uint64_t *bytes)
{
	*packets = nftnl_expr_get_u64(e, NFTNL_EXPR_CTR_PACKETS);
	*bytes = nftnl_expr_get_u64(e, NFTNL_EXPR_CTR_BYTES);
}

static int parse_expr(struct nftnl_expr *e, void *data)
{
	struct facts *f = data;

	if (is_counter(e) && !f->rule.counter && !f->decided) {
		parse_counter(e, &f->out->packets, &f->out->bytes);
		f->rule.counter = true;
	} else if (!strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME),
			   "immediate") && !f->decided) {
		parse_immediate(e, f);
	} else {
		f->plain = false;
	}
	return 0;
}

/* The digest of TYPE in the rule's user data; false: none. */
static bool find_digest(const struct nftnl_rule *r, unsigned int type,
			uint64_t *out)
{
	unsigned int len = 0;
	uint32_t size = 0;
	const uint8_t *udata, *digest;

	udata = nftnl_rule_get_data(r, NFTNL_RULE_USERDATA, &size);
	digest = find_udata(udata, size, type, &len);
	if (!digest || len != sizeof(*out))
		return false;
	memcpy(out, digest, sizeof(*out));
	return true;
}

void nft_parse_rule(struct nftnl_rule *r, struct kernel_rule *out)
{
	static const struct ruleset none;
	struct facts f = { .out = out, .plain = true };
	uint64_t content;

	*out = (struct kernel_rule){ 0 };
	nftnl_expr_foreach(r, parse_expr, &f);
	if (find_digest(r, UDATA_RULE_DIGEST, &out->digest))
		out->altered = !find_digest(r, UDATA_RULE_CONTENT, &content) ||
			       content != nft_object_digest(r);
	else if (f.plain && f.decided)
		out->digest = rule_digest(&none, &f.rule);
}

bool nft_parse_hook(const struct nftnl_chain *c, enum hook *hook,
		    int *priority)
{
	const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);

	if (!type || strcmp(type, "filter") != 0 ||
	    nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) != NF_ACCEPT)
		return false;
	*priority = nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO);
	switch (nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM)) {
	case NF_INET_PRE_ROUTING:
		*hook = HOOK_PREROUTING;
		return true;
	case NF_INET_FORWARD:
		*hook = HOOK_FORWARD;
		return true;
	case NF_INET_POST_ROUTING:
		*hook = HOOK_POSTROUTING;
		return true;
	default:
		return false;
	}
}

void nft_parse_set(const struct nftnl_set *s, struct set *out)
{
	uint32_t type = nftnl_set_get_u32(s, NFTNL_SET_KEY_TYPE);
	uint32_t flags = nftnl_set_get_u32(s, NFTNL_SET_FLAGS);
	struct set set = {
		.interval = flags & NFT_SET_INTERVAL,
		.map = flags & NFT_SET_MAP,
		.counter = nftnl_set_is_set(s, NFTNL_SET_EXPR),
	};
	unsigned int i;

	for (i = 0; i <= 2 * SET_KEY_STATE + 1; i++) {
		set.key = (uint8_t)(i / 2);
		set.family = i & 1 ? FAMILY_IP6 : FAMILY_IP4;
		if (nft_rule_key_type(&set) == type) {
			*out = set;
			return;
		}
	}
	set.key = NFT_PARSE_FOREIGN;
	*out = set;
}

/* The key bytes of an element, without padding; false if the length is
 * wrong. */
static bool parse_key(struct nftnl_set_elem *e, uint16_t attr,
		      const struct set *set, uint8_t *key)
{
	uint32_t len = 0;
	const uint8_t *kernel = nftnl_set_elem_get(e, attr, &len);

	return kernel && nft_rule_unpad(set, kernel, len, key);
}

/* Elements of ours have no expression but a counter. */
static int parse_elem_expr(struct nftnl_expr *expr, void *data)
{
	struct elem *e = data;

	if (is_counter(expr))
		parse_counter(expr, &e->packets, &e->bytes);
	return 0;
}

bool nft_parse_elem(struct nftnl_set_elem *e, const struct set *set,
		    struct nft_half *out)
{
	*out = (struct nft_half){ 0 };
	if (!parse_key(e, NFTNL_SET_ELEM_KEY, set, out->elem.key))
		return false;
	memcpy(out->elem.end, out->elem.key, sizeof(out->elem.end));
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_KEY_END) &&
	    !parse_key(e, NFTNL_SET_ELEM_KEY_END, set, out->elem.end))
		return false;
	out->chain = nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN);
	nftnl_set_elem_expr_foreach(e, parse_elem_expr, &out->elem);
	if (set->key == SET_KEY_STATE || set->counter)
		out->comment = find_comment(e);
	out->is_end = nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS) &&
		      nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS) &
			      NFT_SET_ELEM_INTERVAL_END;
	return true;
}

/* By address; if an interval ends where the next begins, the end comes
 * first. */
static int cmp_halves(const void *a, const void *b)
{
	const struct nft_half *x = a, *y = b;
	int r = memcmp(x->elem.key, y->elem.key, sizeof(x->elem.key));

	return r ? r : y->is_end - x->is_end;
}

/* The last address of interval OPEN is the one before KEY. */
static void close_interval(const struct elem *open, const uint8_t *key,
			   struct set *set)
{
	struct elem *e = set_add_elem(set);
	struct addr last;

	*e = *open;
	memcpy(last.b, key, sizeof(last.b));
	addr_prev(set->family, &last);
	memcpy(e->end, last.b, sizeof(last.b));
}

void nft_parse_fold(struct nft_half *halves, size_t n, struct set *set)
{
	const struct elem *open = NULL;
	size_t i;

	qsort(halves, n, sizeof(*halves), cmp_halves);
	for (i = 0; i < n; i++) {
		if (open)
			close_interval(open, halves[i].elem.key, set);
		/* an end without a beginning: nft puts one at address 0 */
		open = halves[i].is_end ? NULL : &halves[i].elem;
	}
	if (open) {
		struct elem *e = set_add_elem(set);

		*e = *open;
		memset(e->end, 0xff, family_bytes(set->family));
	}
}
