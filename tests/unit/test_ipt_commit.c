/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans made true, with rulesets made by hand. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lib/ipt_bench.h"
#include "tests/unit/lib/netns.h"

static void saved_text_is_the_printed_one(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 6);
	ipt_bench_assert_kernel_is(&b->sample.rs);
	assert_true(netns_run("test \"$(iptables-legacy -S FORWARD)\" = "
			      "\"$(printf '%s\\n' '-P FORWARD ACCEPT' "
			      "'-A FORWARD -j VPNPF-FORWARD')\""));
	assert_string_equal(ipt_bench_said(b), "");
}

static void printed_text_restored_is_what_commit_makes(void **state)
{
	struct bench *b = *state;
	FILE *to = popen("awk '/^# ip6tables-legacy-restore/ { six = 1 }"
			 "{ print > (six ? \"/run/6\" : \"/run/4\") }' &&"
			 "iptables-legacy-restore --noflush </run/4 &&"
			 "ip6tables-legacy-restore --noflush </run/6", "w");

	assert_int_equal(backend_ipt.print(&b->sample.rs, BENCH_STATE, NULL, 0,
					   to, &b->d), 0);
	assert_int_equal(pclose(to), 0);
	ipt_bench_assert_kernel_is(&b->sample.rs);
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 0);
}

static void second_commit_finds_nothing_to_do(void **state)
{
	struct bench *b = *state;
	struct kernel_ruleset old;
	uint32_t generation;

	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 6);
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 0);
	assert_int_equal(backend_ipt.list(b->h, &old, &generation, &b->d), 0);
	assert_true(old.table);
	assert_int_equal(old.sets.n, 1);
	assert_string_equal(old.sets.v[0].name, "state");
	assert_string_equal(old.sets.v[0].elems.v[0].comment, BENCH_STATE);
	assert_int_equal(generation, ipt_bench_generation(b));
	kernel_ruleset_fini(&old);
}

#define FOREIGN(ip) \
	ip "tables-legacy -N FOREIGN && " \
	ip "tables-legacy -A FOREIGN -p udp -j LOG --log-prefix 'a b' && " \
	ip "tables-legacy -A FORWARD -i eth0 -j FOREIGN && " \
	ip "tables-legacy -A INPUT -m conntrack --ctstate NEW -j DROP && " \
	ip "tables-legacy -P OUTPUT DROP"
#define FOREIGN_SAVE(ip) ip "tables-legacy-save -c -t filter | " \
			 "grep -avE '^#|VP(NPF|[a-zA-Z])-'"

static void rules_of_others_keep_their_counters(void **state)
{
	struct bench *b = *state;
	char *before, *after;

	assert_true(netns_run(FOREIGN("ip")));
	ipt_bench_mark_counters(FAMILY_IP4);
	before = netns_output(FOREIGN_SAVE("ip"));
	assert_non_null(strstr(before, "FOREIGN -p udp -j LOG"));
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 6);
	after = netns_output(FOREIGN_SAVE("ip"));
	assert_string_equal(before, after);
	free(after);
	assert_int_equal(backend_ipt.remove(b->h, &b->d), 0);
	after = netns_output(FOREIGN_SAVE("ip"));
	assert_string_equal(before, after);
	free(after);
	after = netns_output("iptables-legacy-save");
	assert_null(strstr(after, "VP"));
	free(after);
	free(before);
	assert_true(netns_run("iptables-legacy -P OUTPUT ACCEPT"));
}

static uint64_t packets(const struct kernel_ruleset *old, const char *name,
			unsigned int i)
{
	const struct kernel_chain *chain;

	vec_each(chain, &old->chains)
		if (!strcmp(chain->name, name))
			return chain->rules.v[i].packets;
	fail();
	return 0;
}

static void rules_keep_their_counters_in_place(void **state)
{
	struct bench *b = *state;
	struct kernel_ruleset before, after;
	uint32_t generation;
	unsigned int i;

	ipt_bench_apply(b, &b->sample.rs);
	ipt_bench_mark_counters(FAMILY_IP4);
	assert_int_equal(backend_ipt.list(b->h, &before, &generation, &b->d),
			 0);
	ipt_sample_change(&b->sample.rs, 3, 5);
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 1);
	ipt_bench_assert_kernel_is(&b->sample.rs);
	assert_int_equal(backend_ipt.list(b->h, &after, &generation, &b->d), 0);
	for (i = 0; i < 24; i++) {
		assert_int_not_equal(packets(&before, "ip/VPp-sample", i), 0);
		assert_int_equal(packets(&after, "ip/VPp-sample", i),
				 packets(&before, "ip/VPp-sample", i));
	}
	assert_int_equal(packets(&after, "ip/VPo-john", 0),
			 packets(&before, "ip/VPo-john", 0));
	kernel_ruleset_fini(&before);
	kernel_ruleset_fini(&after);
}

/* Drop N rules of a chain of the sample, from its I-th. */
static void cut_rules(struct ruleset *rs, unsigned int i, unsigned int n)
{
	struct chain *chain = ruleset_find_chain(rs, "ip/VPp-sample");
	struct rule *at = &rs->rules.v[chain->rule + i];

	memmove(at, at + n, (chain->n_rules - i - n) * sizeof(*at));
	chain->n_rules -= n;
}

static void chains_grow_and_shrink_in_place(void **state)
{
	struct bench *b = *state;
	struct ipt_sample less;

	ipt_bench_apply(b, &b->sample.rs);
	ipt_sample_init(&less);
	cut_rules(&less.rs, 4, 7);
	assert_int_equal(ipt_bench_apply(b, &less.rs), 1);
	ipt_bench_assert_kernel_is(&less.rs);
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 1);
	ipt_bench_assert_kernel_is(&b->sample.rs);
	cut_rules(&less.rs, 0, 17);
	assert_int_equal(ipt_bench_apply(b, &less.rs), 1);
	ipt_bench_assert_kernel_is(&less.rs);
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 1);
	ipt_bench_assert_kernel_is(&b->sample.rs);
	ipt_sample_fini(&less);
}

static void chains_that_refer_to_each_other_go_together(void **state)
{
	struct bench *b = *state;
	struct ruleset less = { 0 };

	ipt_bench_apply(b, &b->sample.rs);
	ruleset_add_set(&less, "state", SET_KEY_STATE, FAMILY_IP4);
	ruleset_add_chain(&less, "ip/VPNPF-INPUT")->hook = HOOK_INPUT;
	ipt_sample_rule(&less, RULE_DROP, NULL);
	ipt_sample_name(&less, MATCH_IIFNAME, "tun0");
	assert_int_equal(ipt_bench_apply(b, &less), 7);
	assert_true(netns_run("test \"$(iptables-legacy -S | grep -c VP)\" = 5"));
	assert_true(netns_run("test \"$(ip6tables-legacy -S | grep -c VP)\" = 0"));
	ruleset_fini(&less);
}

/* With COMMAND run on the kernel's rules, a plan has N chains to change. */
static void assert_repairs(struct bench *b, const char *command, int n)
{
	assert_true(netns_run(command));
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), n);
	ipt_bench_assert_kernel_is(&b->sample.rs);
	assert_true(netns_run("test \"$(iptables-legacy -S FORWARD 1)\" = "
			      "'-A FORWARD -j VPNPF-FORWARD'"));
	assert_true(netns_run("test \"$(iptables-legacy -S FORWARD | "
			      "grep -c VPNPF)\" = 1"));
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 0);
}

static void jump_comes_back_to_its_place(void **state)
{
	struct bench *b = *state;

	ipt_bench_apply(b, &b->sample.rs);
	assert_repairs(b, "iptables-legacy -I FORWARD -i eth0 -j ACCEPT", 1);
	assert_repairs(b, "iptables-legacy -A FORWARD -j VPNPF-FORWARD", 1);
	assert_repairs(b, "iptables-legacy -I FORWARD -j VPNPF-FORWARD", 1);
	assert_repairs(b, "iptables-legacy -D FORWARD -j VPNPF-FORWARD", 1);
	assert_repairs(b, "ip6tables-legacy -D FORWARD -j VPNPF-FORWARD", 1);
	assert_true(netns_run("iptables-legacy -S FORWARD | "
			      "grep -qx -e '-A FORWARD -i eth0 -j ACCEPT'"));
}

static void counters_stay_where_the_jump_comes_back(void **state)
{
	struct bench *b = *state;
	struct kernel_ruleset old;
	uint32_t generation;
	uint64_t before;

	ipt_bench_apply(b, &b->sample.rs);
	ipt_bench_mark_counters(FAMILY_IP4);
	backend_ipt.list(b->h, &old, &generation, &b->d);
	before = packets(&old, "ip/VPNPF-FORWARD", 0);
	kernel_ruleset_fini(&old);
	ipt_bench_reopen(b);
	assert_repairs(b, "iptables-legacy -I FORWARD -i eth0 -j ACCEPT", 1);
	backend_ipt.list(b->h, &old, &generation, &b->d);
	assert_int_equal(packets(&old, "ip/VPNPF-FORWARD", 0), before);
	kernel_ruleset_fini(&old);
}

static void what_others_did_to_our_chains_is_repaired(void **state)
{
	struct bench *b = *state;

	ipt_bench_apply(b, &b->sample.rs);
	assert_repairs(b, "iptables-legacy -I VPo-john -j ACCEPT", 1);
	assert_repairs(b, "iptables-legacy -R VPp-sample 2 ! -s 10.8.0.2 "
			  "-j VPo-john", 1);
	assert_repairs(b, "iptables-legacy -F VPp-sample", 1);
	assert_repairs(b, "iptables-legacy -N VPx-stray", 1);
	assert_repairs(b, "iptables-legacy -F; iptables-legacy -X", 3);
	assert_repairs(b, "iptables-legacy -I VPo-john -m mark --mark 1 -j LOG",
		       1);
	assert_repairs(b, "iptables-legacy -A VPNPF-STATE -j ACCEPT", 0);
	assert_repairs(b, "iptables-legacy -I VPNPF-STATE -j DROP", 0);
	assert_repairs(b, "iptables-legacy -F VPNPF-STATE", 0);
	assert_repairs(b, "ip6tables-legacy -N VPNPF-STATE", 1);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, ipt_bench_setup, \
					ipt_bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(saved_text_is_the_printed_one),
		TEST(printed_text_restored_is_what_commit_makes),
		TEST(second_commit_finds_nothing_to_do),
		TEST(rules_of_others_keep_their_counters),
		TEST(rules_keep_their_counters_in_place),
		TEST(chains_grow_and_shrink_in_place),
		TEST(chains_that_refer_to_each_other_go_together),
		TEST(jump_comes_back_to_its_place),
		TEST(counters_stay_where_the_jump_comes_back),
		TEST(what_others_did_to_our_chains_is_repaired),
	};

	if (!ipt_bench_is_possible())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
