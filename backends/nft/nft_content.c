/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_content.h"

#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_sock.h"
#include "compiler/base/digest.h"

/* No expression has more attributes, nor holds others deeper. */
#define MAX_ATTRS 24
#define MAX_DEPTH 6

static uint64_t digest_of(const struct nlattr *attr, unsigned int depth);

/* Does the payload look like attributes, and nothing else? */
static bool is_list(const char *p, size_t left)
{
	const struct nlattr *attr;
	size_t step;

	while (left >= sizeof(*attr)) {
		attr = (const struct nlattr *)p;
		if (attr->nla_len < sizeof(*attr) || attr->nla_len > left ||
		    !mnl_attr_get_type(attr))
			return false;
		step = (size_t)MNL_ALIGN(attr->nla_len);
		if (step >= left)
			return true;
		p += step;
		left -= step;
	}
	return false;
}

/* What is zero may as well be absent. */
static bool is_zero(const char *p, size_t n)
{
	for (; n; n--, p++)
		if (*p)
			return false;
	return true;
}

static bool is_counter_data(const struct nlattr *const *attrs, size_t n,
			    const struct nlattr *attr)
{
	return n && mnl_attr_get_type(attr) == NFTA_EXPR_DATA &&
	       mnl_attr_get_type(attrs[0]) == NFTA_EXPR_NAME &&
	       mnl_attr_get_payload_len(attrs[0]) == sizeof("counter") &&
	       !memcmp(mnl_attr_get_payload(attrs[0]), "counter",
		       sizeof("counter"));
}

/* Of attributes by their type, whatever order they have. */
static uint64_t digest_list(const struct nlattr *nest, unsigned int depth)
{
	const struct nlattr *attrs[MAX_ATTRS], *attr;
	uint64_t h = 0, part;
	size_t n = 0, i;

	mnl_attr_for_each_nested(attr, nest) {
		if (n == MAX_ATTRS)
			return 1;
		for (i = n++; i && mnl_attr_get_type(attrs[i - 1]) >
			      mnl_attr_get_type(attr); i--)
			attrs[i] = attrs[i - 1];
		attrs[i] = attr;
	}
	for (i = 0; i < n; i++) {
		if (is_counter_data(attrs, n, attrs[i]))
			continue;
		part = digest_of(attrs[i], depth);
		if (part)
			h = digest_bytes(h ^ mnl_attr_get_type(attrs[i]),
					 &part, sizeof(part));
	}
	return h;
}

static uint64_t digest_of(const struct nlattr *attr, unsigned int depth)
{
	const char *p = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);

	if (is_zero(p, n))
		return 0;
	if (depth < MAX_DEPTH && is_list(p, n))
		return digest_list(attr, depth + 1);
	return digest_bytes(2, p, n);
}

/* Here the order counts: these are what is done one after the other. */
uint64_t nft_content_digest(const struct nlattr *expressions)
{
	const struct nlattr *expr;
	uint64_t h = 3, part;

	mnl_attr_for_each_nested(expr, expressions) {
		part = digest_list(expr, 0);
		h = digest_bytes(h, &part, sizeof(part));
	}
	return h;
}
