/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_build.h"

#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_object.h"

struct nftnl_expr *nft_build_expr(struct nft_build *b, const char *name)
{
	struct nftnl_expr *e = mem_check(nftnl_expr_alloc(name));

	nftnl_rule_add_expr(b->rule, e);
	return e;
}

void nft_build_data(struct nftnl_expr *e, uint16_t type, const void *data,
		    unsigned int len)
{
	nft_object_check(nftnl_expr_set(e, type, data, len));
}

void nft_build_text(struct nftnl_expr *e, uint16_t type, const char *text)
{
	nft_object_check(nftnl_expr_set_str(e, type, text));
}

void nft_build_meta(struct nft_build *b, uint32_t key)
{
	struct nftnl_expr *e = nft_build_expr(b, "meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

void nft_build_payload(struct nft_build *b, uint32_t base, uint32_t offset,
		       uint32_t len, uint32_t reg)
{
	struct nftnl_expr *e = nft_build_expr(b, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
}

void nft_build_cmp(struct nft_build *b, uint32_t op, const void *data,
		   unsigned int len)
{
	struct nftnl_expr *e = nft_build_expr(b, "cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nft_build_data(e, NFTNL_EXPR_CMP_DATA, data, len);
}

void nft_build_mask(struct nft_build *b, const uint8_t *mask, uint32_t len)
{
	static const uint8_t none[16];
	struct nftnl_expr *e = nft_build_expr(b, "bitwise");

	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nft_build_data(e, NFTNL_EXPR_BITWISE_MASK, mask, len);
	nft_build_data(e, NFTNL_EXPR_BITWISE_XOR, none, len);
}

void nft_build_lookup(struct nft_build *b, const char *set, enum lookup how)
{
	struct nftnl_expr *e = nft_build_expr(b, "lookup");

	/* the kernel finds a set of the same batch by its name, too */
	nft_build_text(e, NFTNL_EXPR_LOOKUP_SET, set);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	if (how == LOOKUP_VERDICT)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
	if (how == LOOKUP_NOT_IN)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS,
				   NFT_LOOKUP_F_INV);
}

/* meta nfproto ipv4 */
void nft_build_family(struct nft_build *b, unsigned int family)
{
	const uint8_t nfproto = family == FAMILY_IP4 ? NFPROTO_IPV4
						     : NFPROTO_IPV6;

	if (b->family == (int)family)
		return;
	nft_build_meta(b, NFT_META_NFPROTO);
	nft_build_cmp(b, NFT_CMP_EQ, &nfproto, sizeof(nfproto));
	b->family = (int)family;
}

/* meta l4proto tcp */
void nft_build_proto(struct nft_build *b, unsigned int proto)
{
	const uint8_t l4proto = (uint8_t)proto;

	if (b->proto == (int)proto)
		return;
	nft_build_meta(b, NFT_META_L4PROTO);
	nft_build_cmp(b, NFT_CMP_EQ, &l4proto, sizeof(l4proto));
	b->proto = (int)proto;
}

void nft_build_addr(struct nft_build *b, unsigned int family,
		    unsigned int field, uint32_t reg)
{
	static const uint8_t offsets[][2] = {
		[FAMILY_IP4] = { [FIELD_SADDR] = 12, [FIELD_DADDR] = 16 },
		[FAMILY_IP6] = { [FIELD_SADDR] = 8, [FIELD_DADDR] = 24 },
	};

	nft_build_payload(b, NFT_PAYLOAD_NETWORK_HEADER, offsets[family][field],
			  family_bytes(family), reg);
}

void nft_build_net(struct nft_build *b, const struct prefix *net)
{
	struct prefix mask = { .family = net->family, .len = net->len };
	unsigned int len = family_bytes(net->family);

	if (!prefix_is_host(net)) {
		memset(mask.addr.b, 0xff, sizeof(mask.addr.b));
		prefix_mask(&mask);
		nft_build_mask(b, mask.addr.b, len);
	}
	nft_build_cmp(b, NFT_CMP_EQ, net->addr.b, len);
}
