/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_parse.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_content.h"
#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_rule.h"
#include "backends/nft/nft_sock.h"

/* The value of TYPE in user data, with its length; NULL: not there. */
static const uint8_t *find_udata(const struct nlattr *attr, unsigned int type,
				 unsigned int *len)
{
	const uint8_t *p = attr ? mnl_attr_get_payload(attr) : NULL;
	size_t left = attr ? mnl_attr_get_payload_len(attr) : 0;

	while (left >= 2 && left - 2 >= p[1]) {
		if (p[0] == type) {
			*len = p[1];
			return p + 2;
		}
		left -= 2u + p[1];
		p += 2u + p[1];
	}
	return NULL;
}

/* A comment, which ends in a NUL; or NULL. */
static const char *find_comment(const struct nlattr *attr)
{
	unsigned int len = 0;
	const uint8_t *text;

	text = find_udata(attr, NFTNL_UDATA_SET_ELEM_COMMENT, &len);
	return text && len && !text[len - 1] ? (const char *)text : NULL;
}

/* The verdict in a data attribute; the chain's name is NULL if it has none. */
static bool parse_verdict(const struct nlattr *data, uint32_t *code,
			  const struct nlattr **chain)
{
	const struct nlattr *tb[NFTA_DATA_MAX + 1];
	const struct nlattr *verdict[NFTA_VERDICT_MAX + 1];

	nft_sock_nested(data, tb, NFTA_DATA_MAX);
	if (!tb[NFTA_DATA_VERDICT])
		return false;
	nft_sock_nested(tb[NFTA_DATA_VERDICT], verdict, NFTA_VERDICT_MAX);
	if (!verdict[NFTA_VERDICT_CODE])
		return false;
	*code = ntohl(mnl_attr_get_u32(verdict[NFTA_VERDICT_CODE]));
	*chain = verdict[NFTA_VERDICT_CHAIN];
	return true;
}

/* What a rule's expressions have told so far. */
struct facts {
	struct rule rule;
	bool plain;	/* nothing but a counter and a verdict */
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

static void parse_immediate(const struct nlattr *data, struct facts *f)
{
	const struct nlattr *tb[NFTA_IMMEDIATE_MAX + 1], *chain;
	uint32_t code;

	nft_sock_nested(data, tb, NFTA_IMMEDIATE_MAX);
	if (!tb[NFTA_IMMEDIATE_DATA] ||
	    !parse_verdict(tb[NFTA_IMMEDIATE_DATA], &code, &chain) ||
	    !set_verdict(&f->rule, code)) {
		f->plain = false;
		return;
	}
	f->rule.target = chain ? mnl_attr_get_str(chain) : NULL;
	f->decided = true;
}

static uint64_t get_be64(const struct nlattr *attr)
{
	return attr ? be64toh(mnl_attr_get_u64(attr)) : 0;
}

static void parse_counter(const struct nlattr *data, uint64_t *packets,
			  uint64_t *bytes)
{
	const struct nlattr *tb[NFTA_COUNTER_MAX + 1];

	nft_sock_nested(data, tb, NFTA_COUNTER_MAX);
	*packets = get_be64(tb[NFTA_COUNTER_PACKETS]);
	*bytes = get_be64(tb[NFTA_COUNTER_BYTES]);
}

static void parse_expr(const struct nlattr *nest, struct facts *f,
		       struct kernel_rule *out)
{
	const struct nlattr *tb[NFTA_EXPR_MAX + 1];
	const char *name;

	nft_sock_nested(nest, tb, NFTA_EXPR_MAX);
	name = tb[NFTA_EXPR_NAME] ? mnl_attr_get_str(tb[NFTA_EXPR_NAME]) : "";
	if (!strcmp(name, "counter") && !f->rule.counter && !f->decided) {
		parse_counter(tb[NFTA_EXPR_DATA], &out->packets, &out->bytes);
		f->rule.counter = true;
	} else if (!strcmp(name, "immediate") && !f->decided) {
		parse_immediate(tb[NFTA_EXPR_DATA], f);
	} else {
		f->plain = false;
	}
}

/* Are the expressions those that the digest in the user data was made for? */
static bool is_as_sent(const struct nlattr *const *tb)
{
	const uint8_t *content;
	unsigned int len = 0;
	uint64_t now;

	content = find_udata(tb[NFTA_RULE_USERDATA], UDATA_RULE_CONTENT, &len);
	if (!content || len != sizeof(now) || !tb[NFTA_RULE_EXPRESSIONS])
		return false;
	now = nft_content_digest(tb[NFTA_RULE_EXPRESSIONS]);
	return !memcmp(content, &now, sizeof(now));
}

void nft_parse_rule(const struct nlattr *const *tb, struct kernel_rule *out)
{
	static const struct ruleset none;
	struct facts f = { .plain = true };
	const struct nlattr *expr;
	const uint8_t *digest;
	unsigned int len = 0;

	*out = (struct kernel_rule){ 0 };
	if (tb[NFTA_RULE_EXPRESSIONS])
		mnl_attr_for_each_nested(expr, tb[NFTA_RULE_EXPRESSIONS])
			parse_expr(expr, &f, out);
	digest = find_udata(tb[NFTA_RULE_USERDATA], UDATA_RULE_DIGEST, &len);
	if (digest && len == sizeof(out->digest)) {
		memcpy(&out->digest, digest, len);
		out->altered = !is_as_sent(tb);
	} else if (f.plain && f.decided) {
		out->digest = rule_digest(&none, &f.rule);
	}
}

static uint32_t get_be32(const struct nlattr *attr)
{
	return attr ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

bool nft_parse_hook(const struct nlattr *const *tb, enum hook *hook,
		    int *priority)
{
	const struct nlattr *nest[NFTA_HOOK_MAX + 1];

	nft_sock_nested(tb[NFTA_CHAIN_HOOK], nest, NFTA_HOOK_MAX);
	if (!tb[NFTA_CHAIN_TYPE] || !nest[NFTA_HOOK_PRIORITY] ||
	    strcmp(mnl_attr_get_str(tb[NFTA_CHAIN_TYPE]), "filter") != 0 ||
	    get_be32(tb[NFTA_CHAIN_POLICY]) != NF_ACCEPT)
		return false;
	*priority = (int)get_be32(nest[NFTA_HOOK_PRIORITY]);
	switch (get_be32(nest[NFTA_HOOK_HOOKNUM])) {
	case NF_INET_PRE_ROUTING:
		*hook = HOOK_PREROUTING;
		return true;
	case NF_INET_POST_ROUTING:
		*hook = HOOK_POSTROUTING;
		return true;
	default:
		return false;
	}
}

void nft_parse_set(const struct nlattr *const *tb, struct set *out)
{
	uint32_t type = get_be32(tb[NFTA_SET_KEY_TYPE]);
	uint32_t flags = get_be32(tb[NFTA_SET_FLAGS]);
	struct set set = {
		.interval = flags & NFT_SET_INTERVAL,
		.map = flags & NFT_SET_MAP,
		.counter = tb[NFTA_SET_EXPR],
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

/* Key bytes of an element, without padding; false if they are of another
 * length. */
static bool parse_key(const struct nlattr *attr, const struct set *set,
		      uint8_t *key)
{
	static const uint8_t none[32];
	const struct nlattr *tb[NFTA_DATA_MAX + 1];
	uint8_t padded[32];

	nft_sock_nested(attr, tb, NFTA_DATA_MAX);
	if (!tb[NFTA_DATA_VALUE] ||
	    mnl_attr_get_payload_len(tb[NFTA_DATA_VALUE]) !=
		    nft_rule_pad(set, none, padded))
		return false;
	nft_rule_unpad(set, mnl_attr_get_payload(tb[NFTA_DATA_VALUE]), key);
	return true;
}

/* Ours have no other expression. */
static void parse_elem_counter(const struct nlattr *nest, struct elem *e)
{
	const struct nlattr *tb[NFTA_EXPR_MAX + 1];

	nft_sock_nested(nest, tb, NFTA_EXPR_MAX);
	if (tb[NFTA_EXPR_NAME] &&
	    !strcmp(mnl_attr_get_str(tb[NFTA_EXPR_NAME]), "counter"))
		parse_counter(tb[NFTA_EXPR_DATA], &e->packets, &e->bytes);
}

bool nft_parse_elem(const struct nlattr *nest, const struct set *set,
		    struct nft_half *out)
{
	const struct nlattr *tb[NFTA_SET_ELEM_MAX + 1];
	uint32_t code;

	*out = (struct nft_half){ 0 };
	nft_sock_nested(nest, tb, NFTA_SET_ELEM_MAX);
	if (!parse_key(tb[NFTA_SET_ELEM_KEY], set, out->elem.key))
		return false;
	memcpy(out->elem.end, out->elem.key, sizeof(out->elem.end));
	if (tb[NFTA_SET_ELEM_KEY_END] &&
	    !parse_key(tb[NFTA_SET_ELEM_KEY_END], set, out->elem.end))
		return false;
	if (tb[NFTA_SET_ELEM_DATA])
		parse_verdict(tb[NFTA_SET_ELEM_DATA], &code, &out->chain);
	parse_elem_counter(tb[NFTA_SET_ELEM_EXPR], &out->elem);
	if (set->key == SET_KEY_STATE)
		out->comment = find_comment(tb[NFTA_SET_ELEM_USERDATA]);
	out->is_end = get_be32(tb[NFTA_SET_ELEM_FLAGS]) &
		      NFT_SET_ELEM_INTERVAL_END;
	return true;
}

/* By address; where an interval ends and the next begins, the end first. */
static int cmp_halves(const void *a, const void *b)
{
	const struct nft_half *x = a, *y = b;
	int r = memcmp(x->elem.key, y->elem.key, sizeof(x->elem.key));

	return r ? r : y->is_end - x->is_end;
}

/* OPEN reaches up to the address before KEY. */
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
