/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_batch.h"
#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_rule.h"
#include "backends/nft/nft_sock.h"
#include "tests/unit/lib/rules_sample.h"

static struct nft_half half(const char *address, bool is_end)
{
	struct set set = { .key = SET_KEY_ADDR };
	struct nft_half h = { .is_end = is_end };

	h.elem = *rules_sample_elem(&set, address, NULL);
	memset(h.elem.end, 0, sizeof(h.elem.end));
	vec_fini(&set.elems);
	return h;
}

/* Fold N ends; the intervals are those of WANT. */
static void check_fold(struct nft_half *halves, size_t n,
		       const char *const *want)
{
	struct set set = { .interval = true }, expect = { .interval = true };
	size_t i;

	for (i = 0; want[i]; i++)
		rules_sample_elem(&expect, want[i], NULL);
	nft_parse_fold(halves, n, &set);
	assert_int_equal(set.elems.n, i);
	while (i--)
		assert_int_equal(elem_cmp(&set.elems.v[i],
					  &expect.elems.v[i]), 0);
	vec_fini(&set.elems);
	vec_fini(&expect.elems);
}

static void ends_in_any_order_make_intervals(void **state)
{
	struct nft_half halves[] = {
		half("10.0.2.0", true), half("10.0.1.0", false),
		half("10.0.1.0", true), half("10.0.0.0", false),
	};
	static const char *const want[] = { "10.0.0.0/24", "10.0.1.0/24",
					    NULL };

	(void)state;
	check_fold(halves, 4, want);
}

static void end_at_address_0_is_none(void **state)
{
	struct nft_half halves[] = {
		half("0.0.0.0", true), half("10.0.0.0", false),
		half("10.0.0.1", true),
	};
	static const char *const want[] = { "10.0.0.0", NULL };

	(void)state;
	check_fold(halves, 3, want);
}

static void interval_without_end_reaches_the_last_address(void **state)
{
	struct nft_half halves[] = { half("0.0.0.0", false) };
	static const char *const want[] = { "0.0.0.0/0", NULL };

	(void)state;
	check_fold(halves, 1, want);
}

/* RULE as a message, read back. */
static struct kernel_rule read_back(const struct rules_sample *s,
				    const struct rule *rule,
				    const struct kernel_rule *old)
{
	const struct nlattr *tb[NFTA_RULE_MAX + 1];
	const struct nlmsghdr *nlh;
	struct kernel_rule back;
	struct nft_batch b;

	nft_batch_begin(&b, 1, NULL);
	nft_netlink_add_rule(&b, &s->rs, &s->rs.chains.v[0], rule, old);
	nlh = (const struct nlmsghdr *)(b.buf + b.open);
	nft_sock_attrs(nlh, tb, NFTA_RULE_MAX);
	nft_parse_rule(tb, &back);
	nft_batch_fini(&b);
	return back;
}

static void digest_of_each_rule_is_read_back(void **state)
{
	struct rules_sample s;
	const struct rule *rule;

	(void)state;
	rules_sample_init(&s);
	vec_each(rule, &s.rs.rules)
		assert_true(read_back(&s, rule, NULL).digest ==
			    rule_digest(&s.rs, rule));
	rules_sample_fini(&s);
}

/* Under its digest, RULE's last byte that is not zero is another. */
static bool is_altered(const struct rules_sample *s, const struct rule *rule,
		       int change)
{
	const struct nlattr *tb[NFTA_RULE_MAX + 1];
	struct kernel_rule back;
	struct nft_batch b;
	char *p;

	nft_batch_begin(&b, 1, NULL);
	nft_netlink_add_rule(&b, &s->rs, &s->rs.chains.v[0], rule, NULL);
	nft_sock_attrs((const struct nlmsghdr *)(b.buf + b.open), tb,
		       NFTA_RULE_MAX);
	p = (char *)tb[NFTA_RULE_EXPRESSIONS] +
	    tb[NFTA_RULE_EXPRESSIONS]->nla_len;
	while (!*--p)
		;
	*p = (char)(*p ^ change);
	nft_parse_rule(tb, &back);
	nft_batch_fini(&b);
	return back.altered;
}

static void what_was_altered_under_its_digest_is_found(void **state)
{
	struct rules_sample s;
	const struct rule *rule;
	unsigned int n = 0;

	(void)state;
	rules_sample_init(&s);
	vec_each(rule, &s.rs.rules) {
		assert_false(is_altered(&s, rule, 0));
		/* the one has no digest but itself, the other ends in bytes that
		 * are zero: there is no telling what would be changed */
		if (nft_rule_is_plain(rule) || rule->verdict == RULE_DROP ||
		    rule->verdict == RULE_VMAP)
			continue;
		assert_true(is_altered(&s, rule, 1));
		n++;
	}
	assert_true(n > 5);
	rules_sample_fini(&s);
}

static void counter_goes_on_where_the_old_one_was(void **state)
{
	const struct kernel_rule old = { .packets = 7, .bytes = 1ull << 40 };
	struct rules_sample s;
	struct kernel_rule back;

	(void)state;
	rules_sample_init(&s);
	back = read_back(&s, &s.rs.rules.v[0], &old);
	assert_true(back.packets == 7 && back.bytes == 1ull << 40);
	back = read_back(&s, &s.rs.rules.v[2], &old);
	assert_true(back.packets == 0 && back.bytes == 0);
	rules_sample_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_in_any_order_make_intervals),
		cmocka_unit_test(end_at_address_0_is_none),
		cmocka_unit_test(interval_without_end_reaches_the_last_address),
		cmocka_unit_test(digest_of_each_rule_is_read_back),
		cmocka_unit_test(what_was_altered_under_its_digest_is_found),
		cmocka_unit_test(counter_goes_on_where_the_old_one_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
