/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_object.h"

#include <string.h>

#include "backends/nft/nft_rule.h"
#include "compiler/base/digest.h"
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

/* Every expression has fewer attributes. */
#define ATTRS_END 16

/* An attribute that is zero counts as absent. */
static bool is_zero(const char *p, size_t n)
{
	for (; n; n--, p++)
		if (*p)
			return false;
	return true;
}

static int digest_expr(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	uint64_t *h = data;
	uint16_t type;

	*h = digest_bytes(*h, name, strlen(name));
	if (!strcmp(name, "counter"))
		return 0;
	for (type = NFTNL_EXPR_BASE; type < ATTRS_END; type++) {
		uint32_t n = 0;
		const void *p = nftnl_expr_get(e, type, &n);

		if (p && !is_zero(p, n))
			*h = digest_bytes(*h ^ type, p, n);
	}
	return 0;
}

uint64_t nft_object_digest(struct nftnl_rule *rule)
{
	uint64_t h = 3;

	nftnl_expr_foreach(rule, digest_expr, &h);
	return h;
}
