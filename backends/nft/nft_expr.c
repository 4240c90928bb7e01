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

#include "backends/nft/nft_build.h"
#include "backends/nft/nft_rule.h"

/* iifname "tun0": all 16 bytes; iifname "tun*": the bytes before "*" */
static void netlink_ifname(void *to, const struct match *m)
{
	const char *name = m->name;
	char full[IFNAMSIZ] = "";
	size_t n = strlen(name);
	uint32_t len = IFNAMSIZ;

	if (n && name[n - 1] == '*')
		len = (uint32_t)--n;
	if (n >= IFNAMSIZ)
		n = IFNAMSIZ - 1;
	memcpy(full, name, n);
	nft_build_meta(to, m->kind == MATCH_IIFNAME ? NFT_META_IIFNAME :
			   m->kind == MATCH_OIFNAME ? NFT_META_OIFNAME :
			   NFT_META_SDIFNAME);
	nft_build_cmp(to, m->not ? NFT_CMP_NEQ : NFT_CMP_EQ, full,
		      len < IFNAMSIZ ? (uint32_t)n : len);
}

static void netlink_family(void *to, unsigned int family)
{
	nft_build_family(to, family);
}

/* ip daddr 10.0.0.0/24: load the whole address, and mask it; nft loads three
 * bytes, which takes the kernel's slow path */
static void netlink_addr(void *to, unsigned int field,
			 const struct prefix *net)
{
	nft_build_family(to, net->family);
	nft_build_addr(to, net->family, field, NFT_REG_1);
	nft_build_net(to, net);
}

/* ip daddr @set */
static void netlink_set(void *to, const struct match *m)
{
	nft_build_family(to, m->family);
	nft_build_addr(to, m->family, m->field, NFT_REG_1);
	nft_build_lookup(to, m->name, LOOKUP_IN);
}

/* ip saddr . ip daddr @set */
static void netlink_pair(void *to, const struct match *m)
{
	nft_build_family(to, m->family);
	nft_build_addr(to, m->family, FIELD_SADDR, NFT_REG_1);
	nft_build_addr(to, m->family, FIELD_DADDR,
		       m->family == FAMILY_IP4 ? NFT_REG32_01 : NFT_REG_2);
	nft_build_lookup(to, m->name, LOOKUP_IN);
}

/* ether saddr . ip saddr != @set; "ether" first matches a link with Ethernet,
 * and the family by the frame's type unless a match before did so */
static void netlink_mac(void *to, const struct match *m)
{
	const uint16_t link = ARPHRD_ETHER;
	const uint16_t type = htons(m->family == FAMILY_IP4 ? ETH_P_IP
							    : ETH_P_IPV6);
	struct nft_build *b = to;

	nft_build_meta(b, NFT_META_IIFTYPE);
	nft_build_cmp(b, NFT_CMP_EQ, &link, sizeof(link));
	if (b->family != m->family) {
		nft_build_payload(b, NFT_PAYLOAD_LL_HEADER,
				  offsetof(struct ethhdr, h_proto),
				  sizeof(type), NFT_REG_1);
		nft_build_cmp(b, NFT_CMP_EQ, &type, sizeof(type));
		b->family = m->family;
	}
	nft_build_payload(b, NFT_PAYLOAD_LL_HEADER,
			  offsetof(struct ethhdr, h_source), ETH_ALEN,
			  NFT_REG_1);
	nft_build_addr(b, m->family, FIELD_SADDR, NFT_REG32_02);
	nft_build_lookup(b, m->name, LOOKUP_NOT_IN);
}

static void add_xfrm(struct nft_build *b, bool out, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = nft_build_expr(b, "xfrm");

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
		e = nft_build_expr(to, "rt");
		nftnl_expr_set_u32(e, NFTNL_EXPR_RT_KEY, NFT_RT_XFRM);
		nftnl_expr_set_u32(e, NFTNL_EXPR_RT_DREG, NFT_REG_1);
	} else {
		nft_build_meta(to, NFT_META_SECPATH);
	}
	nft_build_cmp(to, NFT_CMP_EQ, &value, sizeof(value));
}

/* ipsec in ip daddr 192.0.2.1, ipsec out ip saddr 192.0.2.1 */
static void netlink_tunnel(void *to, bool out, const struct prefix *end)
{
	static const uint32_t keys[2][2] = {
		{ NFT_XFRM_KEY_DADDR_IP4, NFT_XFRM_KEY_DADDR_IP6 },
		{ NFT_XFRM_KEY_SADDR_IP4, NFT_XFRM_KEY_SADDR_IP6 },
	};

	add_xfrm(to, out, keys[out][end->family], NFT_REG_1);
	nft_build_cmp(to, NFT_CMP_EQ, end->addr.b, family_bytes(end->family));
}

/* ipsec in reqid 1 */
static void netlink_reqid(void *to, bool out, uint32_t reqid)
{
	add_xfrm(to, out, NFT_XFRM_KEY_REQID, NFT_REG_1);
	nft_build_cmp(to, NFT_CMP_EQ, &reqid, sizeof(reqid));
}

static void add_hton(struct nft_build *b, uint32_t reg)
{
	struct nftnl_expr *e = nft_build_expr(b, "byteorder");

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
	struct nft_build *b = to;
	const struct set *set = ruleset_find_set(b->rs, m->name);

	nft_build_family(b, m->family);
	nft_build_addr(b, m->family, m->field, NFT_REG_1);
	add_xfrm(b, m->field == FIELD_DADDR, NFT_XFRM_KEY_REQID, reg);
	if (set && !nft_rule_reqid_is_host(set))
		add_hton(b, reg);
	nft_build_lookup(b, m->name, LOOKUP_NOT_IN);
}

static void netlink_proto(void *to, unsigned int proto)
{
	nft_build_proto(to, proto);
}

/* tcp dport 80, tcp dport 80-90 */
static void netlink_port(void *to, const struct match *m)
{
	const uint16_t from = htons(m->from), last = htons(m->to);

	nft_build_proto(to, m->proto);
	nft_build_payload(to, NFT_PAYLOAD_TRANSPORT_HEADER,
			  m->field == FIELD_SADDR ? 0 : 2, sizeof(from),
			  NFT_REG_1);
	if (from == last) {
		nft_build_cmp(to, NFT_CMP_EQ, &from, sizeof(from));
	} else {
		nft_build_cmp(to, NFT_CMP_GTE, &from, sizeof(from));
		nft_build_cmp(to, NFT_CMP_LTE, &last, sizeof(last));
	}
}

/* limit rate 10/second burst 20 packets */
static void netlink_limit(void *to, const struct match *m)
{
	struct nftnl_expr *e = nft_build_expr(to, "limit");

	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, m->from);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, m->to);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
}

/* log prefix "vpnpf from denied" group 5 */
static void netlink_log(void *to, const struct rule *rule)
{
	struct nftnl_expr *e = nft_build_expr(to, "log");

	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, rule->group);
	nft_build_text(e, NFTNL_EXPR_LOG_PREFIX, rule->target);
}

/* iif 0 */
static void netlink_local(void *to)
{
	static const uint32_t none;

	nft_build_meta(to, NFT_META_IIF);
	nft_build_cmp(to, NFT_CMP_EQ, &none, sizeof(none));
}

static struct nftnl_expr *add_ct(struct nft_build *b, uint32_t key,
				 uint32_t reg)
{
	struct nftnl_expr *e = nft_build_expr(b, "ct");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, reg);
	return e;
}

/* ct direction reply */
static void netlink_direction(void *to, bool answer)
{
	const uint8_t dir = answer ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;

	add_ct(to, NFT_CT_DIRECTION, NFT_REG_1);
	nft_build_cmp(to, NFT_CMP_EQ, &dir, sizeof(dir));
}

static void mask_status(struct nft_build *b, uint32_t mask)
{
	uint8_t bytes[sizeof(mask)];

	memcpy(bytes, &mask, sizeof(mask));
	nft_build_mask(b, bytes, sizeof(mask));
}

/* ct status & (snat | dnat) == snat, ct status dnat */
static void netlink_status(void *to, enum translation status)
{
	const uint32_t snat = IPS_SRC_NAT, none = 0;

	add_ct(to, NFT_CT_STATUS, NFT_REG_1);
	if (status == TRANSLATION_SOURCE) {
		mask_status(to, IPS_NAT_MASK);
		nft_build_cmp(to, NFT_CMP_EQ, &snat, sizeof(snat));
	} else {
		mask_status(to, IPS_DST_NAT);
		nft_build_cmp(to, NFT_CMP_NEQ, &none, sizeof(none));
	}
}

static void add_original(struct nft_build *b, unsigned int family,
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
		nft_build_lookup(to, m->name, LOOKUP_IN);
	else
		nft_build_net(to, &m->net);
}

/* ct original ip saddr . ct original ip daddr @set */
static void netlink_original_pair(void *to, const struct match *m)
{
	add_original(to, m->family, FIELD_SADDR, NFT_REG_1);
	add_original(to, m->family, FIELD_DADDR,
		     m->family == FAMILY_IP4 ? NFT_REG32_01 : NFT_REG_2);
	nft_build_lookup(to, m->name, LOOKUP_IN);
}

static void netlink_counter(void *to)
{
	const struct nft_build *b = to;
	struct nftnl_expr *e = nft_build_expr(to, "counter");

	if (b->old) {
		nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_PACKETS,
				   b->old->packets);
		nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_BYTES, b->old->bytes);
	}
}

/* ip saddr vmap @policy_from4/office */
static void netlink_vmap(void *to, const struct rule *rule)
{
	nft_build_family(to, rule->family);
	nft_build_addr(to, rule->family, rule->field, NFT_REG_1);
	nft_build_lookup(to, rule->target, LOOKUP_VERDICT);
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
	struct nftnl_expr *e = nft_build_expr(to, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict_code(kind));
	if (kind == RULE_JUMP || kind == RULE_GOTO)
		nft_build_text(e, NFTNL_EXPR_IMM_CHAIN, target);
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
	struct nft_build b = {
		.rule = to, .rs = rs, .old = old, .family = -1, .proto = -1,
	};

	nft_rule_walk(rs, rule, &netlink_emitter, &b);
}
