/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_netlink.h"

#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_expr.h"
#include "backends/nft/nft_object.h"
#include "backends/nft/nft_rule.h"

static void set_digests(struct nftnl_rule *r, uint64_t digest,
			uint64_t content)
{
	UDATA_VAR *u = nft_object_udata(2 * (2 + sizeof(digest)));

	nftnl_udata_put(u, UDATA_RULE_DIGEST, sizeof(digest), &digest);
	nftnl_udata_put(u, UDATA_RULE_CONTENT, sizeof(content), &content);
	nft_object_check(nftnl_rule_set_data(r, NFTNL_RULE_USERDATA,
					     nftnl_udata_buf_data(u),
					     nftnl_udata_buf_len(u)));
}

static void add_rule(struct nft_batch *b, const struct ruleset *rs,
		     const struct chain *chain, const struct rule *rule,
		     const struct kernel_rule *old, struct nft_note note)
{
	RULE_VAR *r = nft_object_rule(chain->name);

	nft_expr_add(r, rs, rule, old);
	if (!nft_rule_is_plain(rule))
		set_digests(r, rule_digest(rs, rule), nft_object_digest(r));
	nftnl_rule_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_NEWRULE,
			      NLM_F_CREATE | NLM_F_APPEND, note), r);
}

void nft_netlink_add_rule(struct nft_batch *b, const struct ruleset *rs,
			  const struct chain *chain, const struct rule *rule,
			  const struct kernel_rule *old)
{
	add_rule(b, rs, chain, rule, old, (struct nft_note){
		.kind = NOTE_RULE, .rule = rule,
	});
}

void nft_netlink_add_shut(struct nft_batch *b, const struct ruleset *rs,
			  const struct chain *chain, const struct rule *rule)
{
	struct rule shut = *rule;

	if (rule->verdict != RULE_ACCEPT && rule->verdict != RULE_RETURN) {
		shut.verdict = RULE_DROP;
		shut.target = NULL;
	}
	add_rule(b, rs, chain, &shut, NULL, (struct nft_note){
		.kind = NOTE_RULE, .rule = rule,
	});
}

static void delete_rules(struct nft_batch *b, const char *chain,
			 struct nft_note note)
{
	RULE_VAR *r = nft_object_rule(chain);

	nftnl_rule_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_DELRULE, 0, note), r);
	b->deletes = true;
}

void nft_netlink_delete_rules(struct nft_batch *b, const char *chain)
{
	delete_rules(b, chain, (struct nft_note){
		.kind = NOTE_CHAIN_DELETE, .name = chain,
	});
}

static const struct nft_note table_note = {
	.kind = NOTE_TABLE, .name = VPNPF_TABLE,
};

void nft_netlink_delete_all_rules(struct nft_batch *b)
{
	delete_rules(b, NULL, table_note);
}

void nft_netlink_add_table(struct nft_batch *b)
{
	TABLE_VAR *t = nft_object_table();

	nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, 0);
	nftnl_table_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL,
			      table_note), t);
}

void nft_netlink_delete_table(struct nft_batch *b)
{
	TABLE_VAR *t = nft_object_table();

	nftnl_table_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_DELTABLE, 0, table_note), t);
	b->deletes = true;
}

/* type filter hook prerouting priority -101; policy accept; */
static void set_hook(struct nftnl_chain *c, const struct chain *chain)
{
	nft_object_check(nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter"));
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM,
			    chain->hook == HOOK_PREROUTING ?
			    NF_INET_PRE_ROUTING :
			    chain->hook == HOOK_FORWARD ? NF_INET_FORWARD :
			    NF_INET_POST_ROUTING);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, chain->priority);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
}

static void set_comment(struct nftnl_chain *c, const char *text)
{
	UDATA_VAR *u = nft_object_udata(2 + COMMENT_MAX_BYTES + 1);
	char comment[COMMENT_MAX_BYTES + 1];

	nftnl_udata_put_strz(u, NFTNL_UDATA_CHAIN_COMMENT,
			     nft_rule_comment(text, comment));
	nft_object_check(nftnl_chain_set_data(c, NFTNL_CHAIN_USERDATA,
					      nftnl_udata_buf_data(u),
					      nftnl_udata_buf_len(u)));
}

void nft_netlink_add_chain(struct nft_batch *b, const struct chain *chain)
{
	const struct nft_note note = {
		.kind = NOTE_CHAIN, .name = chain->name,
	};
	CHAIN_VAR *c = nft_object_chain(chain->name);

	if (chain->hook != HOOK_NONE)
		set_hook(c, chain);
	if (chain->comment)
		set_comment(c, chain->comment);
	nftnl_chain_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL,
			      note), c);
}

void nft_netlink_delete_chain(struct nft_batch *b, const char *name)
{
	const struct nft_note note = {
		.kind = NOTE_CHAIN_DELETE, .name = name,
	};
	CHAIN_VAR *c = nft_object_chain(name);

	nftnl_chain_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_DELCHAIN, 0, note), c);
	b->deletes = true;
}
