/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nft does not list, and so no comparison of listings finds. */
#include "config.h"

#include "backends/nft/nft_expr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/nft/nft_object.h"
#include "tests/unit/lib/rules_sample.h"

static int print_name(struct nftnl_expr *e, void *out)
{
	fprintf(out, "%s ", nftnl_expr_get_str(e, NFTNL_EXPR_NAME));
	return 0;
}

/* The names of RULE's expressions, malloced. */
static char *expressions(const struct ruleset *rs, const struct rule *rule)
{
	RULE_VAR *r = nft_object_rule("c");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	nft_expr_add(r, rs, rule, NULL);
	nftnl_expr_foreach(r, print_name, out);
	fclose(out);
	return text;
}

static void check(const char *rule, const char *want)
{
	struct rules_sample s;
	char *text;
	size_t i;

	rules_sample_init(&s);
	for (i = 0; strcmp(rules_sample_text[i], rule) != 0; i++)
		assert_non_null(rules_sample_text[i + 1]);
	text = expressions(&s.rs, &s.rs.rules.v[i]);
	assert_string_equal(text, want);
	free(text);
	rules_sample_fini(&s);
}

static void reqid_is_swapped_for_sets_with_intervals(void **state)
{
	(void)state;
	check("ip saddr . ipsec in reqid != @tunnel_reqid4 counter drop",
	      "meta cmp payload xfrm lookup counter immediate ");
	check("ip saddr . ipsec in reqid != @tunnel_reqid4_net counter drop",
	      "meta cmp payload xfrm byteorder lookup counter immediate ");
	check("ip6 daddr . ipsec out reqid != @tunnel_reqid6_net counter drop",
	      "meta cmp payload xfrm byteorder lookup counter immediate ");
}

/* nft takes three bytes, which is slow. */
static void network_is_a_whole_address_and_a_mask(void **state)
{
	(void)state;
	check("ip daddr 10.0.4.0/24 return",
	      "meta cmp payload bitwise cmp immediate ");
	check("ip daddr 10.0.4.1 return", "meta cmp payload cmp immediate ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reqid_is_swapped_for_sets_with_intervals),
		cmocka_unit_test(network_is_a_whole_address_and_a_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
