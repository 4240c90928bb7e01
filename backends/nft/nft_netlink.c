/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_netlink.h"

#include <arpa/inet.h>
#include <string.h>

#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_content.h"
#include "backends/nft/nft_expr.h"
#include "backends/nft/nft_rule.h"

void nft_netlink_put_name(struct nlmsghdr *nlh, unsigned int type,
			  const char *name)
{
	/* the table is attribute 1 of all objects */
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, VPNPF_TABLE);
	mnl_attr_put_strz(nlh, (uint16_t)type, name);
}

static void put_digests(struct nlmsghdr *nlh, uint64_t digest,
			uint64_t content)
{
	uint8_t udata[2 * (2 + sizeof(digest))] = {
		UDATA_RULE_DIGEST, sizeof(digest),
		[2 + sizeof(digest)] = UDATA_RULE_CONTENT, sizeof(content),
	};

	memcpy(udata + 2, &digest, sizeof(digest));
	memcpy(udata + 4 + sizeof(digest), &content, sizeof(content));
	mnl_attr_put(nlh, NFTA_RULE_USERDATA, sizeof(udata), udata);
}

void nft_netlink_add_rule(struct nft_batch *b, const struct ruleset *rs,
			  const struct chain *chain, const struct rule *rule,
			  const struct kernel_rule *old)
{
	const struct nft_note note = { .kind = NOTE_RULE, .rule = rule };
	struct nlmsghdr *nlh;
	struct nlattr *exprs;

	nlh = nft_batch_add(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND,
			    note);
	nft_netlink_put_name(nlh, NFTA_RULE_CHAIN, chain->name);
	exprs = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	nft_expr_put(nlh, rs, rule, old);
	mnl_attr_nest_end(nlh, exprs);
	if (!nft_rule_is_plain(rule))
		put_digests(nlh, rule_digest(rs, rule),
			    nft_content_digest(exprs));
}

void nft_netlink_delete_rules(struct nft_batch *b, const char *chain)
{
	const struct nft_note note = {
		.kind = NOTE_CHAIN_DELETE, .name = chain,
	};
	struct nlmsghdr *nlh = nft_batch_add(b, NFT_MSG_DELRULE, 0, note);

	nft_netlink_put_name(nlh, NFTA_RULE_CHAIN, chain);
	b->deletes = true;
}

void nft_netlink_delete_all_rules(struct nft_batch *b)
{
	const struct nft_note note = {
		.kind = NOTE_TABLE, .name = VPNPF_TABLE,
	};
	struct nlmsghdr *nlh = nft_batch_add(b, NFT_MSG_DELRULE, 0, note);

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, VPNPF_TABLE);
	b->deletes = true;
}

void nft_netlink_add_table(struct nft_batch *b)
{
	const struct nft_note note = {
		.kind = NOTE_TABLE, .name = VPNPF_TABLE,
	};
	struct nlmsghdr *nlh;

	nlh = nft_batch_add(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL,
			    note);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, VPNPF_TABLE);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, 0);
}

void nft_netlink_delete_table(struct nft_batch *b)
{
	const struct nft_note note = {
		.kind = NOTE_TABLE, .name = VPNPF_TABLE,
	};
	struct nlmsghdr *nlh = nft_batch_add(b, NFT_MSG_DELTABLE, 0, note);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, VPNPF_TABLE);
	b->deletes = true;
}

/* type filter hook prerouting priority filter - 10; policy accept; */
static void put_hook(struct nlmsghdr *nlh, const struct chain *chain)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);

	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM,
			 htonl(chain->hook == HOOK_PREROUTING
				       ? NF_INET_PRE_ROUTING
				       : NF_INET_POST_ROUTING));
	mnl_attr_put_u32(nlh, NFTA_HOOK_PRIORITY,
			 htonl((uint32_t)chain->priority));
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u32(nlh, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "filter");
}

static void put_comment(struct nlmsghdr *nlh, const char *text)
{
	char comment[COMMENT_MAX_BYTES + 1];
	uint8_t udata[2 + sizeof(comment)];
	size_t n = strlen(nft_rule_comment(text, comment)) + 1;

	udata[0] = NFTNL_UDATA_CHAIN_COMMENT;
	udata[1] = (uint8_t)n;
	memcpy(udata + 2, comment, n);
	mnl_attr_put(nlh, NFTA_CHAIN_USERDATA, 2 + n, udata);
}

void nft_netlink_add_chain(struct nft_batch *b, const struct chain *chain)
{
	const struct nft_note note = {
		.kind = NOTE_CHAIN, .name = chain->name,
	};
	struct nlmsghdr *nlh;

	nlh = nft_batch_add(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL,
			    note);
	nft_netlink_put_name(nlh, NFTA_CHAIN_NAME, chain->name);
	if (chain->hook != HOOK_NONE)
		put_hook(nlh, chain);
	if (chain->comment)
		put_comment(nlh, chain->comment);
}

void nft_netlink_delete_chain(struct nft_batch *b, const char *name)
{
	const struct nft_note note = {
		.kind = NOTE_CHAIN_DELETE, .name = name,
	};
	struct nlmsghdr *nlh = nft_batch_add(b, NFT_MSG_DELCHAIN, 0, note);

	nft_netlink_put_name(nlh, NFTA_CHAIN_NAME, name);
	b->deletes = true;
}
