/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_policy.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "tests/unit/lib/ipt_sample.h"

struct bench {
	struct ipt_sample sample;
	struct ipt_lib lib;
	struct ipt_ext *x;
	struct ipt_parser parser;
	struct diag d;
	char entry[IPT_ENTRY_MAX] __attribute__((aligned(8)));
	char target[64];
};

static int setup(void **state)
{
	static struct bench b;

	b.d = (struct diag){ .out = stderr };
	ipt_sample_init(&b.sample);
	assert_int_equal(ipt_lib_open(&b.lib, &b.d), 0);
	b.x = ipt_ext_new(&b.lib);
	ipt_parser_init(&b.parser, b.x);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	ipt_parser_fini(&b->parser);
	ipt_ext_free(b->x);
	ipt_sample_fini(&b->sample);
	return 0;
}

/* RULE's entry as the kernel returns it: the target's name is libiptc's. */
static void build(struct bench *b, unsigned int family,
		  const struct ruleset *rs, const struct rule *rule,
		  struct ipt_view *v)
{
	assert_int_equal(ipt_entry_build(b->x, family, rs, rule, b->entry,
					 &b->d), 0);
	ipt_entry_view(family, b->entry, v);
	strcpy(b->target, v->target->u.user.name);
	/* what follows the NUL may be anything there */
	memset(v->target->u.user.name, 'x', sizeof(v->target->u.user.name));
	strcpy(v->target->u.user.name, ipt_ext_target_name(rule) ? b->target
								 : "");
	v->counters->pcnt = 17;
	v->counters->bcnt = 1700;
}

static uint64_t digest(struct bench *b, unsigned int family)
{
	return ipt_parse_rule(&b->parser, family, b->entry,
			      b->target).digest;
}

static void parse_is_the_inverse_of_build(void **state)
{
	struct bench *b = *state;
	const struct ruleset *rs = &b->sample.rs;
	const struct chain *chain;
	struct ipt_view v;
	unsigned int i, f;

	vec_each(chain, &rs->chains) {
		f = ipt_chain_is_of(FAMILY_IP6, chain->name);
		for (i = 0; i < chain->n_rules; i++) {
			build(b, f, rs, &rs->rules.v[chain->rule + i], &v);
			assert_int_equal(digest(b, f), rule_digest(rs,
					 &rs->rules.v[chain->rule + i]));
		}
	}
}

static void state_is_a_rule_without_a_target(void **state)
{
	struct bench *b = *state;
	struct ruleset rs = { 0 };
	struct ipt_view v;

	ipt_chain_state(&rs, "vpnpf 0123456789abcdef");
	build(b, FAMILY_IP4, &rs, rs.rules.v, &v);
	assert_string_equal(b->target, "");
	assert_int_equal(digest(b, FAMILY_IP4), rule_digest(&rs, rs.rules.v));
	ruleset_fini(&rs);
}

/* A rule of the chain that holds all kinds: by its place there. */
static void build_sample(struct bench *b, unsigned int i, struct ipt_view *v)
{
	const struct ruleset *rs = &b->sample.rs;
	const struct chain *chain = ruleset_find_chain(rs, "ip/VPp-sample");

	build(b, FAMILY_IP4, rs, &rs->rules.v[chain->rule + i], v);
	assert_int_not_equal(digest(b, FAMILY_IP4), 0);
}

static void what_we_do_not_make_has_no_digest(void **state)
{
	struct bench *b = *state;
	struct ipt_entry *e = (void *)b->entry;
	struct xt_policy_info *policy;
	struct xt_tcp *tcp;
	struct ipt_view v;

	build_sample(b, 1, &v);		/* -s 10.8.0.2 -j VPo-john */
	e->ip.invflags = IPT_INV_SRCIP;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	e->ip.invflags = 0;
	e->ip.smsk.s_addr = htonl(0xff00ff00);
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	e->ip.smsk.s_addr = htonl(0xffffff00);	/* host bits are set */
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	e->ip.smsk.s_addr = 0xffffffff;
	assert_int_not_equal(digest(b, FAMILY_IP4), 0);
	e->ip.flags |= IPT_F_FRAG;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	e->ip.flags = 0;
	strcpy(v.target->u.user.name, "LOG");
	assert_int_equal(digest(b, FAMILY_IP4), 0);

	build_sample(b, 2, &v);		/* -i tun0 -o tun+ */
	memset(v.iif_mask, 0xff, 3);
	memset(v.iif_mask + 3, 0, 2);
	assert_int_equal(digest(b, FAMILY_IP4), 0);

	build_sample(b, 5, &v);		/* -m tcp --dport 80 */
	tcp = (void *)ipt_entry_match(&v, v.size)->data;
	tcp->flg_mask = tcp->flg_cmp = 2;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	tcp->flg_mask = tcp->flg_cmp = 0;
	tcp->invflags = XT_TCP_INV_DSTPT;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	tcp->invflags = 0;
	strcpy(ipt_entry_match(&v, v.size)->u.user.name, "dccp");
	assert_int_equal(digest(b, FAMILY_IP4), 0);

	build_sample(b, 12, &v);	/* -m policy --dir out */
	policy = (void *)ipt_entry_match(&v, v.size)->data;
	policy->pol[0].invert.saddr = 1;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	policy->pol[0].invert.saddr = 0;
	policy->flags |= XT_POLICY_MATCH_STRICT;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
}

/* 200 000 rules take well under a second: what is built is kept. */
static void built_matches_are_kept(void **state)
{
	struct bench *b = *state;
	const struct ruleset *rs = &b->sample.rs;
	const struct chain *chain = ruleset_find_chain(rs, "ip/VPp-sample");
	const struct rule *rule = &rs->rules.v[chain->rule + 5];
	const struct xt_entry_match *m;

	m = ipt_ext_build(b->x, FAMILY_IP4, rs, rule->match + 1, 1, LOC_NONE,
			  &b->d);
	assert_non_null(m);
	assert_ptr_equal(m, ipt_ext_build(b->x, FAMILY_IP4, rs,
					  rule->match + 1, 1, LOC_NONE, &b->d));
	/* an IPv6 policy match has other addresses */
	assert_ptr_not_equal(m, ipt_ext_build(b->x, FAMILY_IP6, rs,
					      rule->match + 1, 1, LOC_NONE,
					      &b->d));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

/* The place of the first rule in the sample that logs. */
static unsigned int find_log(const struct bench *b)
{
	const struct ruleset *rs = &b->sample.rs;
	const struct chain *chain = ruleset_find_chain(rs, "ip/VPp-sample");
	unsigned int i = 0;

	while (rs->rules.v[chain->rule + i].verdict != RULE_LOG)
		i++;
	return i;
}

/* Kernels before 4.11 show what they have counted. */
static void limit_is_its_rate_and_not_what_is_left(void **state)
{
	struct bench *b = *state;
	unsigned int i = find_log(b);
	struct xt_rateinfo *limit;
	struct ipt_view v;
	uint64_t before;

	build_sample(b, i, &v);
	before = digest(b, FAMILY_IP4);
	assert_int_not_equal(before, 0);
	limit = (void *)ipt_entry_match(&v, v.size)->data;
	limit->prev = 17;
	limit->credit = limit->credit_cap = limit->cost = 1234;
	limit->master = (void *)b;
	assert_int_equal(digest(b, FAMILY_IP4), before);
	limit->burst++;
	assert_int_not_equal(digest(b, FAMILY_IP4), before);
	limit->burst--;
	limit->avg = 0;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
}

static void log_is_its_group_and_prefix(void **state)
{
	struct bench *b = *state;
	unsigned int i = find_log(b);
	struct xt_nflog_info *log;
	struct ipt_view v;
	uint64_t before;

	build_sample(b, i, &v);
	before = digest(b, FAMILY_IP4);
	log = (void *)v.target->data;
	log->group++;
	assert_int_not_equal(digest(b, FAMILY_IP4), before);
	log->group--;
	log->prefix[0] = 'V';
	assert_int_not_equal(digest(b, FAMILY_IP4), before);
	log->prefix[0] = '\n';
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	memset(log->prefix, 'v', sizeof(log->prefix));
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	build_sample(b, i, &v);
	log->threshold = 1;
	assert_int_equal(digest(b, FAMILY_IP4), 0);
	build_sample(b, i, &v);
	strcpy(v.target->u.user.name, "NFLOX");
	assert_int_equal(digest(b, FAMILY_IP4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(parse_is_the_inverse_of_build),
		TEST(state_is_a_rule_without_a_target),
		TEST(what_we_do_not_make_has_no_digest),
		TEST(built_matches_are_kept),
		TEST(limit_is_its_rate_and_not_what_is_left),
		TEST(log_is_its_group_and_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
