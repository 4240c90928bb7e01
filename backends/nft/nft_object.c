/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_object.h"

#include "backends/nft/nft_rule.h"
#include "compiler/base/mem.h"

void nft_object_check(int r)
{
	if (r < 0)
		mem_check(NULL);
}

struct nftnl_table *nft_object_table(void)
{
	struct nftnl_table *t = mem_check(nftnl_table_alloc());

	nft_object_check(nftnl_table_set_str(t, NFTNL_TABLE_NAME,
					     VPNPF_TABLE));
	return t;
}

struct nftnl_chain *nft_object_chain(const char *name)
{
	struct nftnl_chain *c = mem_check(nftnl_chain_alloc());

	nft_object_check(nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE,
					     VPNPF_TABLE));
	if (name)
		nft_object_check(nftnl_chain_set_str(c, NFTNL_CHAIN_NAME,
						     name));
	return c;
}

struct nftnl_rule *nft_object_rule(const char *chain)
{
	struct nftnl_rule *r = mem_check(nftnl_rule_alloc());

	nft_object_check(nftnl_rule_set_str(r, NFTNL_RULE_TABLE, VPNPF_TABLE));
	if (chain)
		nft_object_check(nftnl_rule_set_str(r, NFTNL_RULE_CHAIN,
						    chain));
	return r;
}

struct nftnl_set *nft_object_set(const char *name)
{
	struct nftnl_set *s = mem_check(nftnl_set_alloc());

	nft_object_check(nftnl_set_set_str(s, NFTNL_SET_TABLE, VPNPF_TABLE));
	if (name)
		nft_object_check(nftnl_set_set_str(s, NFTNL_SET_NAME, name));
	return s;
}

struct nftnl_udata_buf *nft_object_udata(uint32_t size)
{
	return mem_check(nftnl_udata_buf_alloc(size));
}
