/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_batch.h"
#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_object.h"
#include "backends/nft/nft_rule.h"
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

/* RULE as a message, and that as an object again; to be freed. */
static struct nftnl_rule *pass_on(const struct rules_sample *s,
				  const struct rule *rule,
				  const struct kernel_rule *old)
{
	struct nftnl_rule *r = mem_check(nftnl_rule_alloc());
	struct nft_batch b;

	nft_batch_begin(&b, 1, NULL);
	nft_netlink_add_rule(&b, &s->rs, &s->rs.chains.v[0], rule, old);
	assert_int_equal(nftnl_rule_nlmsg_parse(
			 (const struct nlmsghdr *)(b.buf + b.open), r), 0);
	nft_batch_fini(&b);
	return r;
}

static struct kernel_rule read_back(const struct rules_sample *s,
				 const struct rule *rule,
				 const struct kernel_rule *old)
{
	RULE_VAR *r = pass_on(s, rule, old);
	struct kernel_rule back;

	nft_parse_rule(r, &back);
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

/* One bit of one attribute of one expression. */
struct alteration {
	unsigned int expr;
	uint16_t attr;
	bool done;		/* there is such */
};

static int alter(struct nftnl_expr *e, void *data)
{
	struct alteration *a = data;
	uint32_t n = 0;
	/* in place: the setters do not free text that was there */
	uint8_t *value = (uint8_t *)nftnl_expr_get(e, a->attr, &n);

	if (a->expr--)
		return 0;
	a->done = value && strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME),
				  "counter") != 0;
	if (a->done)
		*value ^= 1;
	return -1;
}

/* Is it found?  Counted in *n, if it could be made. */
static void check_altered(const struct rules_sample *s,
			  const struct rule *rule, struct alteration a,
			  unsigned int *n)
{
	RULE_VAR *r = pass_on(s, rule, NULL);
	struct kernel_rule back;

	nftnl_expr_foreach(r, alter, &a);
	nft_parse_rule(r, &back);
	assert_int_equal(back.altered, a.done);
	*n += a.done;
}

static void what_was_altered_under_its_digest_is_found(void **state)
{
	struct rules_sample s;
	const struct rule *rule;
	struct alteration a;
	unsigned int n = 0;

	(void)state;
	rules_sample_init(&s);
	vec_each(rule, &s.rs.rules) {
		/* it has no digest but itself */
		if (nft_rule_is_plain(rule))
			continue;
		for (a.expr = 0; a.expr < 10; a.expr++)
			for (a.attr = 1; a.attr < 10; a.attr++) {
				a.done = false;
				check_altered(&s, rule, a, &n);
			}
	}
	assert_true(n > 200);
	rules_sample_fini(&s);
}

/* A rule of a lookup with FLAGS, if there are any, and a counter. */
static uint64_t digest_of(const uint32_t *flags, uint64_t packets)
{
	RULE_VAR *r = nft_object_rule("c");
	struct nftnl_expr *lookup = mem_check(nftnl_expr_alloc("lookup"));
	struct nftnl_expr *counter = mem_check(nftnl_expr_alloc("counter"));

	nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, "s");
	if (flags)
		nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_FLAGS, *flags);
	nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_PACKETS, packets);
	nftnl_rule_add_expr(r, lookup);
	nftnl_rule_add_expr(r, counter);
	return nft_object_digest(r);
}

/* The kernel returns attributes that it was not given, of zeros. */
static void zeros_and_counts_are_no_alteration(void **state)
{
	const uint32_t none = 0, inverted = NFT_LOOKUP_F_INV;
	uint64_t digest = digest_of(NULL, 0);

	(void)state;
	assert_true(digest_of(&none, 0) == digest);
	assert_true(digest_of(NULL, 5) == digest);
	assert_false(digest_of(&inverted, 0) == digest);
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
		cmocka_unit_test(zeros_and_counts_are_no_alteration),
		cmocka_unit_test(counter_goes_on_where_the_old_one_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
