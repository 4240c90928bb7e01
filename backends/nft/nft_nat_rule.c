/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_nat_rule.h"

#include <string.h>

#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include "compiler/base/str.h"

/* What the register has that the next comparison asks. */
enum loaded { OTHER, IN, OUT, SRC, DST, FAMILY, TUNNEL };

struct reader {
	struct nat_rule *rule;
	const char **target;
	enum loaded loaded;
	unsigned int family, len;	/* of SRC, DST: bits */
};

static bool is(const struct nftnl_expr *e, const char *name)
{
	return !strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), name);
}

static enum loaded meta(uint32_t key)
{
	switch (key) {
	case NFT_META_IIFNAME:
		return IN;
	case NFT_META_OIFNAME:
		return OUT;
	case NFT_META_NFPROTO:
		return FAMILY;
	default:
		return OTHER;
	}
}

/* The addresses in the headers of IPv4 and IPv6; nft loads only the bytes that
 * a prefix has. */
static void load_payload(struct reader *rd, const struct nftnl_expr *e)
{
	uint32_t at = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t n = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	bool ip6 = rd->family == FAMILY_IP6;

	rd->loaded = OTHER;
	rd->len = 8 * n;
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE) !=
	    NFT_PAYLOAD_NETWORK_HEADER || n > family_bytes(rd->family))
		return;
	if (at == (ip6 ? 8 : 12))
		rd->loaded = SRC;
	else if (at == (ip6 ? 24 : 16))
		rd->loaded = DST;
}

static void mask(struct reader *rd, const struct nftnl_expr *e)
{
	uint32_t n, i;
	const uint8_t *m = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &n);

	for (i = 0; i < 8 * n && m[i / 8] & 0x80 >> i % 8; i++)
		;
	rd->len = i;
}

/* The kernel compares the bytes of a name, with its end or without. */
static void compare_dev(struct nat_dev *out, bool inverted, const char *name,
			uint32_t n)
{
	*out = (struct nat_dev){ .set = true, .inverted = inverted };
	out->wild = !memchr(name, 0, n);
	memcpy(out->name, name, strnlen(name, n < NAT_DEV_NAME ? n : NAT_DEV_NAME - 1));
}

static void compare_net(const struct reader *rd, struct nat_net *out,
			bool inverted, const void *data, uint32_t n)
{
	*out = (struct nat_net){
		.set = true, .inverted = inverted,
		.net = {
			.family = (uint8_t)rd->family, .len = (uint8_t)rd->len,
		},
	};
	memcpy(out->net.addr.b, data, n < 16 ? n : 16);
}

static void compare(struct reader *rd, const struct nftnl_expr *e)
{
	uint32_t op = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP), n;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &n);
	struct nat_rule *r = rd->rule;
	bool inverted = op == NFT_CMP_NEQ;

	if (rd->loaded == TUNNEL) {
		r->odd = true;
		r->no_tunnel = inverted == (n && *(const uint8_t *)data);
	} else if (rd->loaded == OTHER || (op != NFT_CMP_EQ && !inverted)) {
		r->odd = true;
	} else if (rd->loaded == IN || rd->loaded == OUT) {
		compare_dev(rd->loaded == IN ? &r->in : &r->out, inverted, data,
			    n);
	} else if (rd->loaded == FAMILY) {
		r->one_family = !inverted;
		rd->family = *(const uint8_t *)data == NFPROTO_IPV6
			? FAMILY_IP6 : FAMILY_IP4;
		r->family = rd->family;
	} else {
		compare_net(rd, rd->loaded == SRC ? &r->src : &r->dst, inverted,
			    data, n);
	}
}

/* What is in a set is not read; a verdict map may go anywhere. */
static void look_up(struct reader *rd, const struct nftnl_expr *e)
{
	struct nat_dev *dev = rd->loaded == IN ? &rd->rule->in :
			      rd->loaded == OUT ? &rd->rule->out : NULL;

	rd->rule->odd = true;
	if (dev && !nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG))
		*dev = (struct nat_dev){ .set = true };
}

static void decide(struct reader *rd, const struct nftnl_expr *e)
{
	struct nat_rule *r = rd->rule;

	if (!nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT))
		return;
	switch ((int)nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT)) {
	case NFT_JUMP:
	case NFT_GOTO:
		r->action = (int)nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT)
			    == NFT_JUMP ? NAT_JUMP : NAT_GOTO;
		*rd->target = nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN);
		break;
	case NFT_RETURN:
		r->action = NAT_RETURN;
		break;
	case NFT_CONTINUE:
		break;
	default:
		r->action = NAT_END;
	}
}

/* iptables-nft has its own targets in place of expressions. */
static bool is_source_nat(const struct nftnl_expr *e)
{
	const char *target;

	if (is(e, "masq"))
		return true;
	if (is(e, "nat"))
		return nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) ==
		       NFT_NAT_SNAT;
	if (!is(e, "target"))
		return false;
	target = nftnl_expr_get_str(e, NFTNL_EXPR_TG_NAME);
	return target && (!strcmp(target, "MASQUERADE") ||
			  !strcmp(target, "SNAT") ||
			  !strcmp(target, "NETMAP"));
}

static int take(struct nftnl_expr *e, void *data)
{
	struct reader *rd = data;

	if (is_source_nat(e))
		rd->rule->action = NAT_SOURCE;
	else if (is(e, "meta") && nftnl_expr_is_set(e, NFTNL_EXPR_META_DREG))
		rd->loaded = meta(nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY));
	else if (is(e, "rt") && nftnl_expr_get_u32(e, NFTNL_EXPR_RT_KEY) ==
				NFT_RT_XFRM)
		rd->loaded = TUNNEL;
	else if (is(e, "payload") &&
		 nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_DREG))
		load_payload(rd, e);
	else if (is(e, "bitwise"))
		mask(rd, e);
	else if (is(e, "cmp"))
		compare(rd, e);
	else if (is(e, "lookup"))
		look_up(rd, e);
	else if (is(e, "immediate"))
		decide(rd, e);
	else if (!is(e, "counter") && !is(e, "log"))
		rd->rule->odd = true, rd->loaded = OTHER;
	return 0;
}

void nft_nat_rule(const struct nftnl_rule *r, uint32_t family,
		  struct nat_rule *out, const char **target)
{
	struct reader rd = {
		.rule = out, .target = target,
		.family = family == NFPROTO_IPV6 ? FAMILY_IP6 : FAMILY_IP4,
	};

	*out = (struct nat_rule){
		.one_family = family != NFPROTO_INET, .family = rd.family,
	};
	*target = NULL;
	nftnl_expr_foreach((struct nftnl_rule *)r, take, &rd);
}
