/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the host translates addresses: the rules that ask conntrack, and that
 * there is none on other hosts, where one alone would turn conntrack on.
 */
#include "config.h"

#include "compiler/lower/lower_nft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/ruleset_text.h"
#include "tests/unit/lib/small_policy.h"

static const char client_file[] = "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n";

static struct prefix net_of(const char *text)
{
	struct prefix net;

	assert_int_equal(prefix_parse(str_of(text), &net), 0);
	return net;
}

static void add_ipsec(struct small *s)
{
	struct ipsec *ipsec = mem_zalloc(1, sizeof(*ipsec));

	vec_push(&ipsec->ends, net_of("192.0.2.1"));
	vec_push(&ipsec->clients, net_of("10.9.0.0/24"));
	vec_push(&ipsec->inside, mem_copy("in0"));
	policy_add_vpn(&s->policy, STR("road"), STR("-"), false, ipsec);
	ipsec_free(ipsec);
}

/* Two clients of two servers. */
static void make(struct small *s, bool nat)
{
	small_client(s, "john", client_file);
	small_client(s, "nick", client_file);
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	add_ipsec(s);
	small_address(s, "john", "10.8.0.2");
	small_address_at(s, "nick", "10.9.0.3", "road");
	s->policy.nat = nat;
	small_resolve(s);
	lower_nft(&s->policy, &s->rs);
	assert_null(eval_refusal(&s->rs));
}

static void assert_chain(const struct small *s, const char *name,
			 const char *wanted)
{
	small_assert_text(ruleset_text_chain(&s->rs, name), wanted);
}

static void conntrack_is_asked_only_before_a_drop(void **state)
{
	struct small s = { 0 };

	(void)state;
	make(&s, true);
	assert_chain(&s, "no/from",
		     "no/from\n"
		     "\tanswer snat jump nat\n"
		     "\tip saddr @dropped4 drop\n"
		     "\tdrop\n");
	assert_chain(&s, "no/to",
		     "no/to\n"
		     "\tiif tun0 snat jump nat\n"
		     "\tsnat ip original saddr 10.9.0.0/24 iif != in0 jump nat\n"
		     "\tip daddr @dropped4 drop\n"
		     "\tdrop\n");
	assert_chain(&s, "nat",
		     "nat\n"
		     "\tip original pair @deny4 return\n"
		     "\tip original pair @allowed4 accept\n"
		     "\tip original saddr @open4 ip original daddr @open4 "
		     "accept\n");
	small_end(&s);
}

static void what_the_host_sends_on_goes_by_subnets(void **state)
{
	struct small s = { 0 };

	(void)state;
	make(&s, true);
	assert_chain(&s, "client/drop",
		     "client/drop\n"
		     "\tiif tun0 dnat return\n"
		     "\tdnat ip saddr 10.9.0.0/24 iif != in0 return\n"
		     "\tgoto no/to\n");
	assert_chain(&s, "client/open",
		     "client/open\n"
		     "\tiif tun0 dnat return\n"
		     "\tdnat ip saddr 10.9.0.0/24 iif != in0 return\n"
		     "\tiif tun0 goto client/open/in\n"
		     "\tip saddr 10.9.0.0/24 iif != in0 goto client/open/in\n"
		     "\tlocal goto client/open/in\n"
		     "\tgoto no/to\n");
	assert_chain(&s, "pair/tun0",
		     "pair/tun0\n"
		     "\tdnat return\n"
		     "\tip pair @allowed4 ip daddr @to4/tun0 accept\n");
	small_end(&s);
}

static void other_hosts_have_no_conntrack(void **state)
{
	struct small s = { 0 };
	const struct match *m;

	(void)state;
	make(&s, false);
	vec_each(m, &s.rs.matches)
		assert_false(m->kind == MATCH_TRACKED ||
			     m->kind == MATCH_ORIGINAL ||
			     m->kind == MATCH_ORIGINAL_PAIR);
	assert_null(ruleset_find_chain(&s.rs, "nat"));
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conntrack_is_asked_only_before_a_drop),
		cmocka_unit_test(what_the_host_sends_on_goes_by_subnets),
		cmocka_unit_test(other_hosts_have_no_conntrack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
