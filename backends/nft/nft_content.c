/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_content.h"

#include <string.h>

#include <libnftnl/expr.h>

#include "compiler/base/digest.h"

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

static int add_expr(struct nftnl_expr *e, void *data)
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

uint64_t nft_content_digest(struct nftnl_rule *rule)
{
	uint64_t h = 3;

	nftnl_expr_foreach(rule, add_expr, &h);
	return h;
}
