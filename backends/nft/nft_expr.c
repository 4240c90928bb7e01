/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_expr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stddef.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/xfrm.h>

#include "backends/nft/nft_object.h"
#include "backends/nft/nft_rule.h"

/* A rule being built. */
struct builder {
	struct nftnl_rule *rule;
	const struct ruleset *rs;
	const struct kernel_rule *old;
	int family, proto;	/* known from matches so far, or -1 */
};

static struct nftnl_expr *add_expr(struct builder *b, const char *name)
{
	struct nftnl_expr *e = mem_check(nftnl_expr_alloc(name));

	nftnl_rule_add_expr(b->rule, e);
	return e;
}

static void put_data(struct nftnl_expr *e, uint16_t type, const void *data,
		     unsigned int len)
{
	nft_object_check(nftnl_expr_set(e, type, data, len));
}

static void put_text(struct nftnl_expr *e, uint16_t type, const char *text)
{
	nft_object_check(nftnl_expr_set_str(e, type, text));
}

static void add_meta(struct builder *b, uint32_t key)
{
	struct nftnl_expr *e = add_expr(b, "meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void add_payload(struct builder *b, uint32_t base, uint32_t offset,
			uint32_t len, uint32_t reg)
{
	struct nftnl_expr *e = add_expr(b, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
}

static void add_cmp(struct builder *b, uint32_t op, const void *data,
		    unsigned int len)
{
	struct nftnl_expr *e = add_expr(b, "cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	put_data(e, NFTNL_EXPR_CMP_DATA, data, len);
}

static void add_mask(struct builder *b, const uint8_t *mask, uint32_t len)
{
	static const uint8_t none[16];
	struct nftnl_expr *e = add_expr(b, "bitwise");

	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	put_data(e, NFTNL_EXPR_BITWISE_MASK, mask, len);
	put_data(e, NFTNL_EXPR_BITWISE_XOR, none, len);
}

enum lookup {
	LOOKUP_IN,
	LOOKUP_NOT_IN,
	LOOKUP_VERDICT,
};

static void add_lookup(struct builder *b, const char *set, enum lookup how)
{
	struct nftnl_expr *e = add_expr(b, "lookup");

	/* the kernel finds a set of the same batch by its name, too */
	put_text(e, NFTNL_EXPR_LOOKUP_SET, set);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	if (how == LOOKUP_VERDICT)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
	if (how == LOOKUP_NOT_IN)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS,
				   NFT_LOOKUP_F_INV);
}

/* meta nfproto ipv4 */
static void need_family(struct builder *b, unsigned int family)
{
	const uint8_t nfproto = family == FAMILY_IP4 ? NFPROTO_IPV4
						     : NFPROTO_IPV6;

	if (b->family == (int)family)
		return;
	add_meta(b, NFT_META_NFPROTO);
	add_cmp(b, NFT_CMP_EQ, &nfproto, sizeof(nfproto));
	b->family = (int)family;
}

/* meta l4proto tcp */
static void need_proto(struct builder *b, unsigned int proto)
{
	const uint8_t l4proto = (uint8_t)proto;

	if (b->proto == (int)proto)
		return;
	add_meta(b, NFT_META_L4PROTO);
	add_cmp(b, NFT_CMP_EQ, &l4proto, sizeof(l4proto));
	b->proto = (int)proto;
}

static void load_addr(struct builder *b, unsigned int family,
		      unsigned int field, uint32_t reg)
{
	static const uint8_t offsets[][2] = {
		[FAMILY_IP4] = { [FIELD_SADDR] = 12, [FIELD_DADDR] = 16 },
		[FAMILY_IP6] = { [FIELD_SADDR] = 8, [FIELD_DADDR] = 24 },
	};

	add_payload(b, NFT_PAYLOAD_NETWORK_HEADER, offsets[family][field],
		    family_bytes(family), reg);
}

/* iifname "tun0": all 16 bytes; iifname "tun*": the bytes before "*" */
static void netlink_ifname(void *to, bool out, const char *name)
{
	char full[IFNAMSIZ] = "";
	size_t n = strlen(name);
	uint32_t len = IFNAMSIZ;

	if (n && name[n - 1] == '*')
		len = (uint32_t)--n;
	if (n >= IFNAMSIZ)
		n = IFNAMSIZ - 1;
	memcpy(full, name, n);
	add_meta(to, out ? NFT_META_OIFNAME : NFT_META_IIFNAME);
	add_cmp(to, NFT_CMP_EQ, full, len < IFNAMSIZ ? (uint32_t)n : len);
}

static void netlink_family(void *to, unsigned int family)
{
	need_family(to, family);
}

/* Is the address in register 1 in NET? */
static void add_net(struct builder *b, const struct prefix *net)
{
	struct prefix mask = { .family = net->family, .len = net->len };
	unsigned int len = family_bytes(net->family);

	if (!prefix_is_host(net)) {
		memset(mask.addr.b, 0xff, sizeof(mask.addr.b));
		prefix_mask(&mask);
		add_mask(b, mask.addr.b, len);
	}
	add_cmp(b, NFT_CMP_EQ, net->addr.b, len);
}

/* ip daddr 10.0.0.0/24: load the whole address, and mask it; nft loads three
 * bytes, which takes the kernel's slow path */
static void netlink_addr(void *to, unsigned int field,
			 const struct prefix *net)
{
	need_family(to, net->family);
	load_addr(to, net->family, field, NFT_REG_1);
	add_net(to, net);
}

/* ip daddr @set */
static void netlink_set(void *to, const struct match *m)
{
	need_family(to, m->family);
	load_addr(to, m->family, m->field, NFT_REG_1);
	add_lookup(to, m->name, LOOKUP_IN);
}

/* ip saddr . ip daddr @set */
static void netlink_pair(void *to, const struct match *m)
{
	need_family(to, m->family);
	load_addr(to, m->family, FIELD_SADDR, NFT_REG_1);
	load_addr(to, m->family, FIELD_DADDR,
		  m->family == FAMILY_IP4 ? NFT_REG32_01 : NFT_REG_2);
	add_lookup(to, m->name, LOOKUP_IN);
}

/* ether saddr . ip saddr != @set; "ether" first matches a link with Ethernet,
 * and the family by the frame's type unless a match before did so */
static void netlink_mac(void *to, const struct match *m)
{
	const uint16_t link = ARPHRD_ETHER;
	const uint16_t type = htons(m->family == FAMILY_IP4 ? ETH_P_IP
							    : ETH_P_IPV6);
	struct builder *b = to;

	add_meta(b, NFT_META_IIFTYPE);
	add_cmp(b, NFT_CMP_EQ, &link, sizeof(link));
	if (b->family != m->family) {
		add_payload(b, NFT_PAYLOAD_LL_HEADER,
			    offsetof(struct ethhdr, h_proto), sizeof(type),
			    NFT_REG_1);
		add_cmp(b, NFT_CMP_EQ, &type, sizeof(type));
		b->family = m->family;
	}
	add_payload(b, NFT_PAYLOAD_LL_HEADER, offsetof(struct ethhdr, h_source),
		    ETH_ALEN, NFT_REG_1);
	load_addr(b, m->family, FIELD_SADDR, NFT_REG32_02);
	add_lookup(b, m->name, LOOKUP_NOT_IN);
}

static void add_xfrm(struct builder *b, bool out, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = add_expr(b, "xfrm");

	nftnl_expr_set_u32(e, NFTNL_EXPR_XFRM_KEY, key);
	nftnl_expr_set_u8(e, NFTNL_EXPR_XFRM_DIR,
			  out ? XFRM_POLICY_OUT : XFRM_POLICY_IN);
	/* inbound the outermost policy, outbound the innermost */
	nftnl_expr_set_u32(e, NFTNL_EXPR_XFRM_SPNUM, 0);
	nftnl_expr_set_u32(e, NFTNL_EXPR_XFRM_DREG, reg);
}

/* meta ipsec exists, rt ipsec missing */
static void netlink_ipsec(void *to, bool out, bool exists)
{
	const uint8_t value = exists;
	struct nftnl_expr *e;

	if (out) {
		e = add_expr(to, "rt");
		nftnl_expr_set_u32(e, NFTNL_EXPR_RT_KEY, NFT_RT_XFRM);
		nftnl_expr_set_u32(e, NFTNL_EXPR_RT_DREG, NFT_REG_1);
	} else {
		add_meta(to, NFT_META_SECPATH);
	}
	add_cmp(to, NFT_CMP_EQ, &value, sizeof(value));
}

/* ipsec in ip daddr 192.0.2.1, ipsec out ip saddr 192.0.2.1 */
static void netlink_tunnel(void *to, bool out, const struct prefix *end)
{
	static const uint32_t keys[2][2] = {
		{ NFT_XFRM_KEY_DADDR_IP4, NFT_XFRM_KEY_DADDR_IP6 },
		{ NFT_XFRM_KEY_SADDR_IP4, NFT_XFRM_KEY_SADDR_IP6 },
	};

	add_xfrm(to, out, keys[out][end->family], NFT_REG_1);
	add_cmp(to, NFT_CMP_EQ, end->addr.b, family_bytes(end->family));
}

/* ipsec in reqid 1 */
static void netlink_reqid(void *to, bool out, uint32_t reqid)
{
	add_xfrm(to, out, NFT_XFRM_KEY_REQID, NFT_REG_1);
	add_cmp(to, NFT_CMP_EQ, &reqid, sizeof(reqid));
}

static void add_hton(struct builder *b, uint32_t reg)
{
	struct nftnl_expr *e = add_expr(b, "byteorder");

	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_DREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_LEN, 4);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SIZE, 4);
}

/* ip saddr . ipsec in reqid != @set */
static void netlink_bound(void *to, const struct match *m)
{
	uint32_t reg = m->family == FAMILY_IP4 ? NFT_REG32_01 : NFT_REG_2;
	struct builder *b = to;
	const struct set *set = ruleset_find_set(b->rs, m->name);

	need_family(b, m->family);
	load_addr(b, m->family, m->field, NFT_REG_1);
	add_xfrm(b, m->field == FIELD_DADDR, NFT_XFRM_KEY_REQID, reg);
	if (set && !nft_rule_reqid_is_host(set))
		add_hton(b, reg);
	add_lookup(b, m->name, LOOKUP_NOT_IN);
}

static void netlink_proto(void *to, unsigned int proto)
{
	need_proto(to, proto);
}

/* tcp dport 80, tcp dport 80-90 */
static void netlink_port(void *to, const struct match *m)
{
	const uint16_t from = htons(m->from), last = htons(m->to);

	need_proto(to, m->proto);
	add_payload(to, NFT_PAYLOAD_TRANSPORT_HEADER,
		    m->field == FIELD_SADDR ? 0 : 2, sizeof(from), NFT_REG_1);
	if (from == last) {
		add_cmp(to, NFT_CMP_EQ, &from, sizeof(from));
	} else {
		add_cmp(to, NFT_CMP_GTE, &from, sizeof(from));
		add_cmp(to, NFT_CMP_LTE, &last, sizeof(last));
	}
}

/* limit rate 10/second burst 20 packets */
static void netlink_limit(void *to, const struct match *m)
{
	struct nftnl_expr *e = add_expr(to, "limit");

	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, m->from);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, m->to);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
}

/* log prefix "vpnpf from denied" group 5 */
static void netlink_log(void *to, const struct rule *rule)
{
	struct nftnl_expr *e = add_expr(to, "log");

	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, rule->group);
	put_text(e, NFTNL_EXPR_LOG_PREFIX, rule->target);
}

/* iif 0 */
static void netlink_local(void *to)
{
	static const uint32_t none;

	add_meta(to, NFT_META_IIF);
	add_cmp(to, NFT_CMP_EQ, &none, sizeof(none));
}

static struct nftnl_expr *add_ct(struct builder *b, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = add_expr(b, "ct");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, reg);
	return e;
}

/* ct direction reply */
static void netlink_direction(void *to, bool answer)
{
	const uint8_t dir = answer ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;

	add_ct(to, NFT_CT_DIRECTION, NFT_REG_1);
	add_cmp(to, NFT_CMP_EQ, &dir, sizeof(dir));
}

static void mask_status(struct builder *b, uint32_t mask)
{
	uint8_t bytes[sizeof(mask)];

	memcpy(bytes, &mask, sizeof(mask));
	add_mask(b, bytes, sizeof(mask));
}

/* ct status & (snat | dnat) == snat, ct status dnat */
static void netlink_status(void *to, enum translation status)
{
	const uint32_t snat = IPS_SRC_NAT, none = 0;

	add_ct(to, NFT_CT_STATUS, NFT_REG_1);
	if (status == TRANSLATION_SOURCE) {
		mask_status(to, IPS_NAT_MASK);
		add_cmp(to, NFT_CMP_EQ, &snat, sizeof(snat));
	} else {
		mask_status(to, IPS_DST_NAT);
		add_cmp(to, NFT_CMP_NEQ, &none, sizeof(none));
	}
}

static void add_original(struct builder *b, unsigned int family,
			 unsigned int field, uint32_t reg)
{
	static const uint32_t keys[2][2] = {
		[FAMILY_IP4] = { NFT_CT_SRC_IP, NFT_CT_DST_IP },
		[FAMILY_IP6] = { NFT_CT_SRC_IP6, NFT_CT_DST_IP6 },
	};

	nftnl_expr_set_u8(add_ct(b, keys[family][field], reg),
			  NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
}

/* ct original ip saddr @set; no flow of another family has such an address */
static void netlink_original(void *to, const struct match *m)
{
	add_original(to, m->family, m->field, NFT_REG_1);
	if (m->name)
		add_lookup(to, m->name, LOOKUP_IN);
	else
		add_net(to, &m->net);
}

/* ct original ip saddr . ct original ip daddr @set */
static void netlink_original_pair(void *to, const struct match *m)
{
	add_original(to, m->family, FIELD_SADDR, NFT_REG_1);
	add_original(to, m->family, FIELD_DADDR,
		     m->family == FAMILY_IP4 ? NFT_REG32_01 : NFT_REG_2);
	add_lookup(to, m->name, LOOKUP_IN);
}

static void netlink_counter(void *to)
{
	const struct builder *b = to;
	struct nftnl_expr *e = add_expr(to, "counter");

	if (b->old) {
		nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_PACKETS,
				   b->old->packets);
		nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_BYTES, b->old->bytes);
	}
}

/* ip saddr vmap @client_chain4 */
static void netlink_vmap(void *to, const struct rule *rule)
{
	need_family(to, rule->family);
	load_addr(to, rule->family, rule->field, NFT_REG_1);
	add_lookup(to, rule->target, LOOKUP_VERDICT);
}

static uint32_t verdict_code(enum verdict_kind kind)
{
	switch (kind) {
	case RULE_ACCEPT:
		return NF_ACCEPT;
	case RULE_DROP:
	case RULE_VMAP:
	case RULE_LOG:
		return NF_DROP;
	case RULE_RETURN:
		return (uint32_t)NFT_RETURN;
	case RULE_JUMP:
		return (uint32_t)NFT_JUMP;
	case RULE_GOTO:
		return (uint32_t)NFT_GOTO;
	}
	return NF_DROP;
}

static void netlink_verdict(void *to, enum verdict_kind kind,
			    const char *target)
{
	struct nftnl_expr *e = add_expr(to, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict_code(kind));
	if (kind == RULE_JUMP || kind == RULE_GOTO)
		put_text(e, NFTNL_EXPR_IMM_CHAIN, target);
}

static const struct nft_emitter netlink_emitter = {
	.ifname = netlink_ifname,
	.family = netlink_family,
	.addr = netlink_addr,
	.set = netlink_set,
	.pair = netlink_pair,
	.mac = netlink_mac,
	.ipsec = netlink_ipsec,
	.tunnel = netlink_tunnel,
	.reqid = netlink_reqid,
	.bound = netlink_bound,
	.proto = netlink_proto,
	.port = netlink_port,
	.limit = netlink_limit,
	.local = netlink_local,
	.direction = netlink_direction,
	.status = netlink_status,
	.original = netlink_original,
	.original_pair = netlink_original_pair,
	.counter = netlink_counter,
	.log = netlink_log,
	.vmap = netlink_vmap,
	.verdict = netlink_verdict,
};

void nft_expr_add(struct nftnl_rule *to, const struct ruleset *rs,
		  const struct rule *rule, const struct kernel_rule *old)
{
	struct builder b = {
		.rule = to, .rs = rs, .old = old, .family = -1, .proto = -1,
	};

	nft_rule_walk(rs, rule, &netlink_emitter, &b);
}
