/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/base/digest.h"

static void put_elem(struct ruleset *rs, const char *name, uint8_t last,
		     const char *target)
{
	struct elem *e = set_add_elem(ruleset_find_set(rs, name));

	memcpy(e->key, (uint8_t[]){ 10, 8, 0, last }, 4);
	memcpy(e->end, e->key, sizeof(e->key));
	e->target = target;
}

static struct elem *first_elem(struct ruleset *rs, const char *name)
{
	return ruleset_find_set(rs, name)->elems.v;
}

/* "a" with two rules, "b" with none, two sets with two elements */
static void make(struct ruleset *rs)
{
	struct match *m;

	*rs = (struct ruleset){ 0 };
	ruleset_add_chain(rs, "b");
	ruleset_add_chain(rs, "a");
	ruleset_add_rule(rs, RULE_ACCEPT, NULL, LOC_NONE);
	m = ruleset_add_match(rs, MATCH_ADDR);
	assert_int_equal(prefix_parse(STR("10.0.0.0/8"), &m->net), 0);
	m = ruleset_add_match(rs, MATCH_PORT);
	m->proto = 6;
	m->from = 22;
	m->to = 23;
	ruleset_add_rule(rs, RULE_GOTO, "b", LOC_NONE);
	ruleset_add_match(rs, MATCH_OIFNAME)->name = "tun0";
	ruleset_add_set(rs, "client_chain4", SET_KEY_ADDR, FAMILY_IP4)->map = true;
	ruleset_add_set(rs, "client_addr4", SET_KEY_ADDR, FAMILY_IP4);
	ruleset_add_set(rs, "state", SET_KEY_STATE, FAMILY_IP4);
	ruleset_sort(rs);
	put_elem(rs, "client_chain4", 3, "b");
	put_elem(rs, "client_chain4", 2, "a");
	put_elem(rs, "client_addr4", 2, NULL);
	ruleset_sort(rs);
}

static void what_was_added_is_found(void **state)
{
	struct ruleset rs;

	(void)state;
	make(&rs);
	assert_string_equal(rs.chains.v[0].name, "a");
	assert_ptr_equal(ruleset_find_chain(&rs, "b"), &rs.chains.v[1]);
	assert_int_equal(ruleset_find_chain(&rs, "a")->n_rules, 2);
	assert_int_equal(ruleset_find_chain(&rs, "b")->n_rules, 0);
	assert_null(ruleset_find_chain(&rs, "c"));
	assert_null(ruleset_find_set(&rs, "owner"));
	assert_int_equal(rs.rules.v[0].n_matches, 2);
	assert_int_equal(rs.rules.v[1].n_matches, 1);
	/* elements in the order of their keys */
	assert_int_equal(first_elem(&rs, "client_chain4")[0].key[3], 2);
	assert_int_equal(first_elem(&rs, "client_chain4")[1].key[3], 3);
	ruleset_fini(&rs);
}

static void an_empty_ruleset_is_one(void **state)
{
	struct ruleset rs = { 0 };

	(void)state;
	ruleset_sort(&rs);
	assert_null(ruleset_find_chain(&rs, "a"));
	assert_null(ruleset_find_set(&rs, "a"));
	assert_true(ruleset_digest(&rs) == 0);
	ruleset_fini(&rs);
}

static void names_are_owned(void **state)
{
	struct ruleset rs = { 0 };
	char *text = mem_printf("p/%d", 7);

	(void)state;
	assert_ptr_equal(ruleset_own(&rs, text), text);
	ruleset_fini(&rs);	/* the leak checker says the rest */
}

static void keys_have_the_size_of_their_fields(void **state)
{
	static const struct {
		enum set_key key;
		unsigned int family, size;
	} cases[] = {
		{ SET_KEY_ADDR, FAMILY_IP4, 4 },
		{ SET_KEY_ADDR, FAMILY_IP6, 16 },
		{ SET_KEY_PAIR, FAMILY_IP4, 8 },
		{ SET_KEY_PAIR, FAMILY_IP6, 32 },
		{ SET_KEY_MAC_ADDR, FAMILY_IP4, 10 },
		{ SET_KEY_MAC_ADDR, FAMILY_IP6, 22 },
		{ SET_KEY_STATE, FAMILY_IP4, 4 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set = {
			.key = (uint8_t)cases[i].key,
			.family = (uint8_t)cases[i].family,
		};

		assert_int_equal(set_key_size(&set), cases[i].size);
	}
}

static void elements_are_compared_by_key_then_end(void **state)
{
	struct elem a = { .key = { 1 } }, b = { .key = { 1 } };

	(void)state;
	a.target = "x";
	assert_int_equal(elem_cmp(&a, &b), 0);
	b.end[31] = 1;
	assert_true(elem_cmp(&a, &b) < 0);
	a.key[31] = 1;
	assert_true(elem_cmp(&a, &b) > 0);
}

static uint64_t rule0(const struct ruleset *rs)
{
	return rule_digest(rs, &rs->rules.v[0]);
}

static void a_rules_digest_is_not_about_its_place(void **state)
{
	struct sources sources = { 0 };
	struct ruleset rs;
	struct match *copy;
	uint64_t before;

	(void)state;
	make(&rs);
	before = rule0(&rs);
	rs.rules.v[0].at = (struct loc){
		source_text(&sources, "john.pf", "+x\n", 3), 1, 1,
	};
	assert_true(rule0(&rs) == before);
	/* nor about where its matches stand */
	copy = vec_add(&rs.matches);
	*copy = rs.matches.v[0];
	copy = vec_add(&rs.matches);
	*copy = rs.matches.v[1];
	rs.rules.v[0].match = 3;
	assert_true(rule0(&rs) == before);
	ruleset_fini(&rs);
	sources_fini(&sources);
}

#define ASSERT_CHANGES(rs, digest, lvalue, value) do { \
	__typeof__(lvalue) old_ = (lvalue); \
	uint64_t before_ = digest(rs); \
	(lvalue) = (value); \
	assert_true(digest(rs) != before_); \
	(lvalue) = old_; \
	assert_true(digest(rs) == before_); \
} while (0)

static void a_rules_digest_is_about_all_it_says(void **state)
{
	struct ruleset rs;
	struct match *addr, *port;
	struct rule *rule;

	(void)state;
	make(&rs);
	rule = &rs.rules.v[0];
	addr = &rs.matches.v[0];
	port = &rs.matches.v[1];
	ASSERT_CHANGES(&rs, rule0, rule->verdict, RULE_DROP);
	ASSERT_CHANGES(&rs, rule0, rule->counter, true);
	ASSERT_CHANGES(&rs, rule0, rule->n_matches, 1);
	ASSERT_CHANGES(&rs, rule0, rule->family, FAMILY_IP6);
	ASSERT_CHANGES(&rs, rule0, rule->field, FIELD_DADDR);
	ASSERT_CHANGES(&rs, rule0, rule->target, "a");
	ASSERT_CHANGES(&rs, rule0, addr->kind, MATCH_FAMILY);
	ASSERT_CHANGES(&rs, rule0, addr->family, FAMILY_IP6);
	ASSERT_CHANGES(&rs, rule0, addr->field, FIELD_DADDR);
	ASSERT_CHANGES(&rs, rule0, addr->net.len, 9);
	ASSERT_CHANGES(&rs, rule0, addr->net.family, FAMILY_IP6);
	ASSERT_CHANGES(&rs, rule0, addr->net.addr.b[15], 1);
	ASSERT_CHANGES(&rs, rule0, addr->name, "x");
	ASSERT_CHANGES(&rs, rule0, port->proto, 17);
	ASSERT_CHANGES(&rs, rule0, port->from, 21);
	ASSERT_CHANGES(&rs, rule0, port->to, 0x100 + 23);
	ruleset_fini(&rs);
}

static void the_digest_is_about_chains_rules_and_elements(void **state)
{
	struct ruleset rs;
	struct set *set;
	struct elem *e;

	(void)state;
	make(&rs);
	set = ruleset_find_set(&rs, "client_chain4");
	e = set->elems.v;
	ASSERT_CHANGES(&rs, ruleset_digest, rs.chains.v[0].name, "z");
	ASSERT_CHANGES(&rs, ruleset_digest, rs.chains.v[0].n_rules, 1);
	ASSERT_CHANGES(&rs, ruleset_digest, rs.rules.v[1].counter, true);
	ASSERT_CHANGES(&rs, ruleset_digest, e->key[31], 1);
	ASSERT_CHANGES(&rs, ruleset_digest, e->end[0], 11);
	ASSERT_CHANGES(&rs, ruleset_digest, e->target, "b");
	ASSERT_CHANGES(&rs, ruleset_digest, set->name, "owner5");
	ASSERT_CHANGES(&rs, ruleset_digest, set->elems.n, 1);
	ruleset_fini(&rs);
}

static void the_order_of_rules_counts(void **state)
{
	struct ruleset rs;
	struct rule swap;
	uint64_t before;

	(void)state;
	make(&rs);
	before = ruleset_digest(&rs);
	swap = rs.rules.v[0];
	rs.rules.v[0] = rs.rules.v[1];
	rs.rules.v[1] = swap;
	assert_true(ruleset_digest(&rs) != before);
	ruleset_fini(&rs);
}

static void the_state_element_is_not_part_of_the_digest(void **state)
{
	struct ruleset rs;
	uint64_t before;

	(void)state;
	make(&rs);
	before = ruleset_digest(&rs);
	put_elem(&rs, "state", 1, NULL);
	assert_true(ruleset_digest(&rs) == before);
	ruleset_fini(&rs);
}

static void the_digest_is_a_sum(void **state)
{
	struct ruleset rs, one = { 0 };
	uint64_t whole;

	(void)state;
	make(&rs);
	whole = ruleset_digest(&rs);
	ruleset_add_set(&one, "client_chain4", SET_KEY_ADDR, FAMILY_IP4);
	put_elem(&one, "client_chain4", 3, "b");
	ruleset_find_set(&rs, "client_chain4")->elems.n--;	/* the same one */
	assert_true(ruleset_digest(&rs) == whole - ruleset_digest(&one));
	ruleset_fini(&rs);
	ruleset_fini(&one);
}

static void a_sealed_ruleset_has_the_same_digests(void **state)
{
	struct ruleset rs;
	uint64_t whole, rule[2];

	(void)state;
	make(&rs);
	whole = ruleset_digest(&rs);
	rule[0] = ruleset_rule_digest(&rs, 0);
	rule[1] = ruleset_rule_digest(&rs, 1);
	ruleset_seal(&rs);
	ruleset_seal(&rs);
	assert_true(ruleset_rule_digest(&rs, 0) == rule[0]);
	assert_true(ruleset_rule_digest(&rs, 1) == rule[1]);
	assert_true(rule[0] == rule_digest(&rs, rs.rules.v));
	assert_true(rule[0] != rule[1]);
	assert_true(ruleset_digest(&rs) == whole);
	ruleset_fini(&rs);
}

static void digests_of_bytes_are_what_they_were(void **state)
{
	(void)state;
	/* they are compared with what an earlier release has left */
	assert_true(digest_bytes(0, "", 0) == UINT64_C(0x924a6132c9cba974));
	assert_true(digest_bytes(0, "john", 4) == UINT64_C(0x52ae6c7986afaf57));
	assert_true(digest_bytes(7, "john", 4) == UINT64_C(0x1bfc65bdeb1eab72));
	assert_true(digest_bytes(0, "\0", 1) != digest_bytes(0, "", 0));
	/* words, and what is left of one */
	assert_true(digest_bytes(0, "johnjohn", 8) !=
		    digest_bytes(0, "johnjohn\0", 9));
	assert_true(digest_bytes(0, "johnjohn12345678", 16) !=
		    digest_bytes(0, "12345678johnjohn", 16));
}

/* Of a rule that logs so. */
static uint64_t log_digest(unsigned int group, unsigned int rate,
			   unsigned int burst, const char *prefix)
{
	struct ruleset rs = { 0 };
	struct match *m;
	uint64_t digest;

	ruleset_add_chain(&rs, "c");
	ruleset_add_rule(&rs, RULE_LOG, prefix, LOC_NONE)->group =
		(uint16_t)group;
	m = ruleset_add_match(&rs, MATCH_LIMIT);
	m->from = (uint16_t)rate;
	m->to = (uint16_t)burst;
	digest = rule_digest(&rs, rs.rules.v);
	ruleset_fini(&rs);
	return digest;
}

static void digest_knows_how_a_rule_logs(void **state)
{
	uint64_t digest = log_digest(7, 10, 20, "a");

	(void)state;
	assert_true(digest == log_digest(7, 10, 20, "a"));
	assert_true(digest != log_digest(8, 10, 20, "a"));
	assert_true(digest != log_digest(0x700, 10, 20, "a"));
	assert_true(digest != log_digest(7, 11, 20, "a"));
	assert_true(digest != log_digest(7, 10, 21, "a"));
	assert_true(digest != log_digest(7, 10, 20, "b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_found),
		cmocka_unit_test(an_empty_ruleset_is_one),
		cmocka_unit_test(names_are_owned),
		cmocka_unit_test(keys_have_the_size_of_their_fields),
		cmocka_unit_test(elements_are_compared_by_key_then_end),
		cmocka_unit_test(a_rules_digest_is_not_about_its_place),
		cmocka_unit_test(a_rules_digest_is_about_all_it_says),
		cmocka_unit_test(the_digest_is_about_chains_rules_and_elements),
		cmocka_unit_test(the_order_of_rules_counts),
		cmocka_unit_test(the_state_element_is_not_part_of_the_digest),
		cmocka_unit_test(the_digest_is_a_sum),
		cmocka_unit_test(a_sealed_ruleset_has_the_same_digests),
		cmocka_unit_test(digests_of_bytes_are_what_they_were),
		cmocka_unit_test(digest_knows_how_a_rule_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
