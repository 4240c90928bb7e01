/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/rng.h"
#include "tests/unit/lib/ruleset_text.h"

static const struct lower_ipt_tail tail_drop = {
	.rule = { { .verdict = RULE_DROP } }, .n = 1,
};

#define TREES 300
#define ASKED 300

static struct prefix parse(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(str_of(text), &p), 0);
	return p;
}

static void add_leaf(struct lower_ipt_leaves *leaves, struct prefix net,
		     enum verdict_kind verdict)
{
	vec_push(&leaves->list, ((struct lower_ipt_leaf){
		.net = net, .verdict = verdict }));
}

/* Also ends LEAVES. */
static void assert_tree(struct lower_ipt_leaves *leaves, const char *wanted)
{
	const struct lower_ipt_tree tree = {
		.root = "ip/VPNPF-TO", .stem = "VPt-", .field = FIELD_DADDR,
		.tail = &tail_drop,
	};
	struct ruleset rs = { 0 };
	char *text;

	lower_ipt_tree_make(&tree, leaves, &rs);
	ruleset_sort(&rs);
	text = ruleset_text(&rs);
	assert_string_equal(text, wanted);
	free(text);
	ruleset_fini(&rs);
	vec_fini(&leaves->list);
}

static void a_few_stay_a_list(void **state)
{
	struct lower_ipt_leaves leaves = { 0 };

	(void)state;
	add_leaf(&leaves, parse("192.0.2.0/24"), RULE_RETURN);
	add_leaf(&leaves, parse("10.8.0.2"), RULE_ACCEPT);
	assert_tree(&leaves, "ip/VPNPF-TO\n"
		    "\tip daddr 10.8.0.2 accept\n"
		    "\tip daddr 192.0.2.0/24 return\n"
		    "\tdrop\n");
}

static void nobody_is_the_tail(void **state)
{
	struct lower_ipt_leaves leaves = { 0 };

	(void)state;
	assert_tree(&leaves, "ip/VPNPF-TO\n\tdrop\n");
}

static void everybody_needs_no_match(void **state)
{
	struct lower_ipt_leaves leaves = { 0 };

	(void)state;
	add_leaf(&leaves, parse("0.0.0.0/0"), RULE_RETURN);
	assert_tree(&leaves, "ip/VPNPF-TO\n\treturn\n\tdrop\n");
}

/* What all have in common is skipped, who is alone has no chain. */
static void many_are_divided_by_four_bits(void **state)
{
	struct lower_ipt_leaves leaves = { 0 };
	unsigned int i;

	(void)state;
	add_leaf(&leaves, parse("10.8.32.0/19"), RULE_ACCEPT);
	add_leaf(&leaves, parse("10.8.128.7"), RULE_ACCEPT);
	for (i = 0; i < 3; i++) {
		add_leaf(&leaves, prefix_ip4(0x0a080300 + i, 32), RULE_RETURN);
		add_leaf(&leaves, prefix_ip4(0x0a080320 + 2 * i, 31),
			 RULE_RETURN);
	}
	for (i = 0; i < 16; i++)
		add_leaf(&leaves, prefix_ip4(0x0a080f00 + i, 32), RULE_DROP);
	assert_tree(&leaves, "ip/VPNPF-TO\n"
		    "\tip daddr 10.8.0.0/20 goto ip/VPt-0a080\n"
		    "\tip daddr 10.8.32.0/19 accept\n"
		    "\tip daddr 10.8.128.7 accept\n"
		    "\tdrop\n"
		    "ip/VPt-0a080\n"
		    "\tip daddr 10.8.3.0/24 goto ip/VPt-0a0803\n"
		    "\tip daddr 10.8.15.0/28 goto ip/VPt-0a080f0\n"
		    "\tdrop\n"
		    "ip/VPt-0a0803\n"
		    "\tip daddr 10.8.3.0 return\n"
		    "\tip daddr 10.8.3.1 return\n"
		    "\tip daddr 10.8.3.2 return\n"
		    "\tip daddr 10.8.3.32/31 return\n"
		    "\tip daddr 10.8.3.34/31 return\n"
		    "\tip daddr 10.8.3.36/31 return\n"
		    "\tdrop\n"
		    "ip/VPt-0a080f0\n"
		    "\tip daddr 10.8.15.0 drop\n"
		    "\tip daddr 10.8.15.1 drop\n"
		    "\tip daddr 10.8.15.2 drop\n"
		    "\tip daddr 10.8.15.3 drop\n"
		    "\tip daddr 10.8.15.4 drop\n"
		    "\tip daddr 10.8.15.5 drop\n"
		    "\tip daddr 10.8.15.6 drop\n"
		    "\tip daddr 10.8.15.7 drop\n"
		    "\tip daddr 10.8.15.8 drop\n"
		    "\tip daddr 10.8.15.9 drop\n"
		    "\tip daddr 10.8.15.10 drop\n"
		    "\tip daddr 10.8.15.11 drop\n"
		    "\tip daddr 10.8.15.12 drop\n"
		    "\tip daddr 10.8.15.13 drop\n"
		    "\tip daddr 10.8.15.14 drop\n"
		    "\tip daddr 10.8.15.15 drop\n"
		    "\tdrop\n");
}

/* Near each other, so that they meet. */
static struct prefix random_net(struct rng *rng, unsigned int family)
{
	static const unsigned char bytes[] = { 0, 1, 15, 16, 127, 128, 255 };
	unsigned int bits = family_bits(family), i;
	struct prefix p = { .family = (uint8_t)family };

	for (i = 0; i < bits / 8; i++)
		if (rng_percent(rng, i < bits / 16 ? 10 : 80))
			p.addr.b[i] = bytes[rng_below(rng, sizeof(bytes))];
	p.len = (uint8_t)(rng_percent(rng, 70)
			  ? bits : bits / 2 + rng_below(rng, bits / 2));
	prefix_mask(&p);
	return p;
}

/* Disjoint ones: what meets one that is there already is left out. */
static void random_leaves(struct rng *rng, unsigned int family,
			  struct lower_ipt_leaves *out)
{
	unsigned int n = rng_below(rng, 200);
	const struct lower_ipt_leaf *leaf;
	struct prefix net;

	for (; n; n--) {
		net = random_net(rng, family);
		vec_each(leaf, &out->list)
			if (prefix_covers(&leaf->net, &net) ||
			    prefix_covers(&net, &leaf->net))
				break;
		if (leaf == vec_end(&out->list))
			add_leaf(out, net, rng_percent(rng, 50) ? RULE_RETURN
								: RULE_DROP);
	}
}

/* What is in the list, its neighbours, and others. */
static void ask_tree(struct rng *rng, const struct lower_ipt_leaves *leaves,
		     const struct ruleset *rs, unsigned int family)
{
	struct eval_packet k = {
		.iif = "", .oif = "tun0", .family = (uint8_t)family,
	};
	const struct lower_ipt_leaf *leaf;
	unsigned int i;
	bool wanted;

	for (i = 0; i < ASKED; i++) {
		k.daddr = random_net(rng, family).addr;
		if (leaves->list.n && rng_percent(rng, 70)) {
			leaf = &leaves->list.v[rng_below(rng,
				(unsigned int)leaves->list.n)];
			k.daddr = rng_percent(rng, 50) ? leaf->net.addr
				: prefix_last(&leaf->net);
		}
		if (rng_percent(rng, 20))
			addr_next(family, &k.daddr);
		wanted = false;
		vec_each(leaf, &leaves->list)
			if (prefix_contains(&leaf->net, &k.daddr))
				wanted = leaf->verdict == RULE_RETURN;
		assert_int_equal(eval_route_ipt(rs, &k), wanted);
	}
}

static void a_tree_is_its_list(void **state)
{
	static const char *const roots[] = { "ip/VPNPF-OUTPUT",
					     "ip6/VPNPF-OUTPUT" };
	struct lower_ipt_leaves leaves;
	unsigned int i, family;
	struct ruleset rs;
	char *refusal;

	(void)state;
	for (i = 0; i < TREES; i++) {
		struct rng rng = { i };
		struct lower_ipt_tree tree = {
			.field = FIELD_DADDR, .tail = &tail_drop,
			.stem = i % 4 < 2 ? "VPt-" : NULL,
		};

		family = i % 2;
		tree.root = roots[family];
		leaves = (struct lower_ipt_leaves){ 0 };
		random_leaves(&rng, family, &leaves);
		rs = (struct ruleset){ .table = TABLE_FILTER };
		lower_ipt_tree_make(&tree, &leaves, &rs);
		ruleset_sort(&rs);
		ruleset_find_chain(&rs, tree.root)->hook = HOOK_OUTPUT;
		refusal = eval_refusal_ipt(&rs);
		if (refusal)
			fail_msg("tree %u: %s", i, refusal);
		ask_tree(&rng, &leaves, &rs, family);
		ruleset_fini(&rs);
		vec_fini(&leaves.list);
	}
}

static void rules_of_one_address_stay_together(void **state)
{
	static const uint8_t macs[2][6] = { { 2, 0, 0, 0, 0, 9 },
					    { 2, 0, 0, 0, 0, 7 } };
	struct lower_ipt_leaves leaves = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++)
		vec_push(&leaves.list, ((struct lower_ipt_leaf){
			.net = parse("10.8.0.2"), .verdict = RULE_RETURN,
			.mac = macs[i], .reqid = 7, .comment = "max",
		}));
	assert_tree(&leaves, "ip/VPNPF-TO\n"
		    "\tip daddr 10.8.0.2 ipsec out 0.0.0.0/0 reqid 7 "
		    "ether 02:00:00:00:00:07 comment \"max\" return\n"
		    "\tip daddr 10.8.0.2 ipsec out 0.0.0.0/0 reqid 7 "
		    "ether 02:00:00:00:00:09 comment \"max\" return\n"
		    "\tdrop\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_stay_a_list),
		cmocka_unit_test(nobody_is_the_tail),
		cmocka_unit_test(everybody_needs_no_match),
		cmocka_unit_test(many_are_divided_by_four_bits),
		cmocka_unit_test(a_tree_is_its_list),
		cmocka_unit_test(rules_of_one_address_stay_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
