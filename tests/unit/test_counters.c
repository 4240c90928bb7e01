/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/counters.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_ipt.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/state/state.h"
#include "tests/unit/lib/small_policy.h"
#include "tests/unit/lib/state_dir.h"

/* "john 5/50 allowed, 1/10 denied" a line; ends TALLY. */
static char *text_of(struct counters *counters)
{
	const struct client_count *c;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	counters_sum(counters);
	vec_each(c, &counters->list)
		fprintf(out, "%.*s %" PRId64 "/%" PRId64 " allowed, %" PRId64
			"/%" PRId64 " denied\n", STR_ARG(c->name),
			(int64_t)c->allowed.packets, (int64_t)c->allowed.bytes,
			(int64_t)c->denied.packets, (int64_t)c->denied.bytes);
	fclose(out);
	counters_fini(counters);
	return text;
}

static struct client_count some(const char *name, uint64_t allowed,
				uint64_t denied)
{
	return (struct client_count){
		.name = str_of(name),
		.allowed = { allowed, 10 * allowed },
		.denied = { denied, 10 * denied },
	};
}

static void sums_are_by_name_and_without_zero(void **state)
{
	struct counters counters = { 0 }, less = { 0 };

	(void)state;
	counters_add(&counters, some("nick", 1, 0));
	counters_add(&counters, some("john", 2, 3));
	counters_add(&counters, some("nick", 4, 0));
	counters_add(&counters, some("bob", 0, 0));
	counters_add(&less, some("nick", 5, 0));
	counters_add(&less, some("max", 0, 7));
	counters_subtract(&counters, &less);
	assert_int_equal(less.list.n, 0);
	small_assert_text(text_of(&counters),
			  "john 2/20 allowed, 3/30 denied\n"
			  "max 0/0 allowed, -7/-70 denied\n");
}

static void begin(struct small *s)
{
	memset(s, 0, sizeof(*s));
	small_client(s, "eve", "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n");
	small_client(s, "john", "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n"
		     "[END]\n");
	small_client(s, "max", "[CLIENTS ACCEPT]\n-eve\n[SUBNETS ACCEPT]\n"
		     "[END]\n");
	small_client(s, "nick", "[CLIENTS DROP]\n+john\n[SUBNETS DROP]\n"
		     "[END]\n");
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	small_address(s, "eve", "10.8.0.6");
	small_address(s, "john", "10.8.0.2");
	small_address(s, "max", "10.8.0.5");
	small_address(s, "nick", "10.8.0.3");
	small_resolve(s);
}

/* Rule I of the chain whose name begins so has counted N packets. */
static void count(struct kernel_ruleset *rules, const char *chain, size_t i,
		  uint64_t n)
{
	struct kernel_chain *c;

	vec_each(c, &rules->chains) {
		if (strncmp(c->name, chain, strlen(chain)) != 0)
			continue;
		assert_true(i < c->rules.n);
		c->rules.v[i].packets = n;
		c->rules.v[i].bytes = 10 * n;
		return;
	}
	fail_msg("no chain %s", chain);
}

static void iptables_counts_both_ends_of_what_passes(void **state)
{
	struct kernel_ruleset rules;
	struct counters counters = { 0 };
	struct small s;

	(void)state;
	begin(&s);
	s.policy.ipt.table = TABLE_FILTER;
	lower_ipt(&s.policy, &s.rs);
	kernel_ruleset_of(&s.rs, &rules);
	/* to and from find_foreign: all, and what comes back */
	count(&rules, "ip/VPo-john.", 0, 9);
	count(&rules, "ip/VPo-john.", 1, 7);
	count(&rules, "ip/VPi-john.", 0, 4);
	/* its peer; the others */
	count(&rules, "ip/VPx-john.", 0, 5);
	count(&rules, "ip/VPx-john.", 1, 3);
	/* -eve; those who accept, of which one by one VPNPF-OPEN knows */
	count(&rules, "ip/VPx-max.", 0, 2);
	count(&rules, "ip/VPx-max.", 1, 20);
	count(&rules, "ip/VPx-max.", 2, 11);
	count(&rules, "ip/VPNPF-OPEN", 1, 11);
	counters_count_ipt(&rules, &counters);
	small_assert_text(text_of(&counters),
			  "eve 11/110 allowed, 0/0 denied\n"
			  "john 12/120 allowed, 9/90 denied\n"
			  "max 11/110 allowed, 11/110 denied\n"
			  "nick 5/50 allowed, 0/0 denied\n");
	kernel_ruleset_fini(&rules);
	small_end(&s);
}

/* In table mangle what VPx lets pass is met twice, what it drops once. */
static void mangle_counts_pairs_by_their_addresses(void **state)
{
	struct kernel_ruleset rules;
	struct counters counters = { 0 };
	struct small s;

	(void)state;
	begin(&s);
	lower_ipt(&s.policy, &s.rs);
	kernel_ruleset_of(&s.rs, &rules);
	/* to and from anybody else: all, and what comes back */
	count(&rules, "ip/VPo-john.", 0, 9);
	count(&rules, "ip/VPo-john.", 1, 7);
	count(&rules, "ip/VPi-john.", 0, 4);
	count(&rules, "ip/VPi-john.", 1, 4);
	/* john sends 8 to clients: 5 to nick, 3 are dropped */
	count(&rules, "ip/VPC-tun0", 0, 8);
	count(&rules, "ip/VPx-john.", 0, 10);
	count(&rules, "ip/VPx-john.", 1, 3);
	count(&rules, "ip/VPU-tun0", 1, 5);
	count(&rules, "ip/VPNPF-PAIRS", 0, 5);
	/* max sends 22: two to eve, 9 to one who drops, 11 to one who accepts */
	count(&rules, "ip/VPC-tun0", 2, 22);
	count(&rules, "ip/VPx-max.", 0, 2);
	count(&rules, "ip/VPx-max.", 1, 31);
	count(&rules, "ip/VPx-max.", 2, 22);
	count(&rules, "ip/VPU-tun0", 3, 11);
	count(&rules, "ip/VPNPF-OPEN", 1, 22);
	counters_count_ipt(&rules, &counters);
	small_assert_text(text_of(&counters),
			  "eve 11/110 allowed, 0/0 denied\n"
			  "john 16/160 allowed, 5/50 denied\n"
			  "max 11/110 allowed, 11/110 denied\n"
			  "nick 5/50 allowed, 0/0 denied\n");
	kernel_ruleset_fini(&rules);
	small_end(&s);
}

/* The change from table filter to mangle: the listing has both. */
static void rules_of_two_tables_count_apart(void **state)
{
	struct kernel_ruleset rules, old;
	struct counters counters = { 0 };
	struct kernel_chain *chain;
	struct ruleset filter;
	struct small s;
	size_t i;

	(void)state;
	begin(&s);
	s.policy.ipt.table = TABLE_FILTER;
	lower_ipt(&s.policy, &filter);
	s.policy.ipt.table = TABLE_MANGLE;
	lower_ipt(&s.policy, &s.rs);
	kernel_ruleset_of(&filter, &old);
	kernel_ruleset_of(&s.rs, &rules);
	count(&rules, "ip/VPo-john.", 0, 2);
	count(&rules, "ip/VPo-john.", 1, 2);
	count(&old, "ip/VPx-john.", 0, 7);
	for (i = old.chains.n; i; i--) {
		chain = &old.chains.v[i - 1];
		chain->name = ruleset_own(&filter, mem_printf("filter:%s",
							      chain->name));
	}
	for (i = 0; i < rules.chains.n; i++)
		vec_push(&old.chains, rules.chains.v[i]);
	counters_count_ipt(&old, &counters);
	small_assert_text(text_of(&counters),
			  "john 9/90 allowed, 0/0 denied\n"
			  "nick 7/70 allowed, 0/0 denied\n");
	rules.chains.n = 0;
	kernel_ruleset_fini(&rules);
	kernel_ruleset_fini(&old);
	ruleset_fini(&filter);
	small_end(&s);
}

static struct set *set_of(struct kernel_ruleset *rules, const char *name)
{
	struct set *set;

	vec_each(set, &rules->sets)
		if (!strcmp(set->name, name))
			return set;
	fail_msg("no set %s", name);
	return NULL;
}

static void count_elem(struct set *set, size_t i, uint64_t n)
{
	set->elems.v[i].packets = n;
	set->elems.v[i].bytes = 10 * n;
}

/* The elements of a set are john, nick, max, eve. */
static void nftables_counts_at_addresses(void **state)
{
	struct kernel_ruleset rules;
	struct counters counters = { 0 };
	struct small s;

	(void)state;
	begin(&s);
	lower_nft(&s.policy, &s.rs);
	kernel_ruleset_of(&s.rs, &rules);
	count_elem(set_of(&rules, "from4/tun0"), 0, 9);
	count_elem(set_of(&rules, "to4/tun0"), 0, 4);
	count_elem(set_of(&rules, "dropped4"), 0, 2);
	count_elem(set_of(&rules, "to4/tun0"), 2, 4);
	counters_count_nft(&rules, &counters);
	small_assert_text(text_of(&counters),
			  "john 11/110 allowed, 2/20 denied\n"
			  "max 4/40 allowed, 0/0 denied\n");
	kernel_ruleset_fini(&rules);
	small_end(&s);
}

static struct elem *add_addr(struct set *set, uint8_t last)
{
	struct elem *e = set_add_elem(set);

	e->key[0] = 10;
	e->key[1] = 8;
	e->key[3] = last;
	memcpy(e->end, e->key, sizeof(e->end));
	return e;
}

static void add_old_client(struct ruleset *rs, const char *chain)
{
	ruleset_add_chain(rs, chain);
	ruleset_add_rule(rs, RULE_JUMP, "p/1", LOC_NONE)->counter = true;
}

/* Rules as they were before: john is 10.8.0.2, nick 10.8.0.3. */
static void begin_old(struct ruleset *rs)
{
	struct elem *e;
	struct set *set;

	*rs = (struct ruleset){ 0 };
	add_old_client(rs, "c/john");
	add_old_client(rs, "c/n/20ck");
	set = ruleset_add_set(rs, "client_chain4", SET_KEY_ADDR, FAMILY_IP4);
	set->map = true;
	add_addr(set, 2)->target = "c/john";
	add_addr(set, 3)->target = "c/n/20ck";
	set = ruleset_add_set(rs, "client_denied4", SET_KEY_ADDR, FAMILY_IP4);
	set->counter = true;
	add_addr(set, 2);
	set = ruleset_add_set(rs, "allow4", SET_KEY_PAIR, FAMILY_IP4);
	set->counter = true;
	e = add_addr(set, 2);
	memcpy(e->key + 4, (const uint8_t[]){ 10, 8, 0, 3 }, 4);
	memcpy(e->end, e->key, sizeof(e->end));
	ruleset_sort(rs);
}

static void old_nftables_halved_pairs_and_parted_denied(void **state)
{
	struct kernel_ruleset rules;
	struct counters counters = { 0 };
	struct ruleset rs;

	(void)state;
	begin_old(&rs);
	kernel_ruleset_of(&rs, &rules);
	count(&rules, "c/john", 0, 9);
	count_elem(set_of(&rules, "client_denied4"), 0, 2);
	count_elem(set_of(&rules, "allow4"), 0, 7);
	counters_count_nft(&rules, &counters);
	small_assert_text(text_of(&counters),
			  "john 11/105 allowed, 2/20 denied\n"
			  "n ck 3/35 allowed, 0/0 denied\n");
	kernel_ruleset_fini(&rules);
	ruleset_fini(&rs);
}

/* Chain "x" of rules by letters: a(ccept), d(rop), r(eturn). */
static void make_chain(struct ruleset *rs, const char *letters)
{
	*rs = (struct ruleset){ 0 };
	ruleset_add_chain(rs, "x");
	for (; *letters; letters++)
		ruleset_add_rule(rs, *letters == 'a' ? RULE_ACCEPT :
				 *letters == 'd' ? RULE_DROP : RULE_RETURN,
				 NULL, LOC_NONE);
	ruleset_sort(rs);
}

/* Rules that have counted 1, 2, ... packets, then; WANT: a digit each. */
static void check_after(const char *before, const char *after,
			const char *want)
{
	struct kernel_ruleset old, then;
	struct ruleset from, to;
	struct plan plan;
	char got[16];
	size_t i;

	make_chain(&from, before);
	make_chain(&to, after);
	kernel_ruleset_of(&from, &old);
	for (i = 0; i < old.chains.v->rules.n; i++)
		old.chains.v->rules.v[i].packets = i + 1;
	plan_make(&to, &old, &plan);
	kernel_ruleset_after(&old, &plan, &then);
	for (i = 0; i < then.chains.v->rules.n; i++)
		got[i] = (char)('0' + then.chains.v->rules.v[i].packets);
	got[i] = '\0';
	assert_string_equal(got, want);
	kernel_ruleset_fini(&then);
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	ruleset_fini(&from);
	ruleset_fini(&to);
}

static void rules_at_both_ends_go_on(void **state)
{
	(void)state;
	check_after("ard", "ard", "123");
	check_after("ad", "ardd", "1002");
	check_after("aaad", "ad", "14");
	check_after("aaa", "aa", "12");
	check_after("aaa", "aaaa", "1230");
}

static void rules_between_go_on_in_place(void **state)
{
	(void)state;
	check_after("d", "a", "1");
	check_after("ad", "rrr", "120");
	check_after("arrd", "aard", "1234");
	check_after("ardra", "ada", "125");
	check_after("", "a", "0");
}

static void leave_lost(struct state_dir *f, struct counters *retired)
{
	struct live_view v = { 0 };
	struct state_write w = { .retired = retired };
	struct state s;

	state_dir_open(f, &s);
	v.state = &s;
	w.digest = s.digest;
	/* it may be written again, as for iptables */
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	state_close(&s);
	counters_fini(retired);
}

static void assert_kept(struct state_dir *f, const char *want)
{
	struct counters kept = { 0 };
	struct state s;

	state_dir_read(f, &s);
	assert_true(s.known);
	state_read_counters(&s, &kept);
	small_assert_text(text_of(&kept), want);
	state_close(&s);
}

static void what_was_lost_is_kept_and_added_up(void **state)
{
	struct state_dir *f = *state;
	struct counters retired = { 0 };
	char *text;

	state_dir_leave_six(f);
	assert_kept(f, "");
	counters_add(&retired, some("a", 2, 1));
	counters_add(&retired, some("a", 1, 0));
	counters_add(&retired, some("a b", 0, (uint64_t)-4));
	leave_lost(f, &retired);
	text = state_dir_text(f, "live");
	assert_non_null(strstr(text, "\nk\ta/20b\t0\t0\t-4\t"));
	free(text);
	assert_kept(f, "a 3/30 allowed, 1/10 denied\n"
		       "a b 0/0 allowed, -4/-40 denied\n");
	counters_add(&retired, some("a", 1ull << 40, 0));
	counters_add(&retired, some("a b", 0, 4));
	leave_lost(f, &retired);
	text = state_dir_text(f, "live");
	assert_non_null(strstr(text, "\nk\ta\t1099511627779\t"));
	assert_null(strstr(text, "a/20b"));
	free(text);
}

static void odd_lines_are_as_far_as_they_are_numbers(void **state)
{
	struct state_dir *f = *state;
	char *text, *more;

	state_dir_leave_six(f);
	text = state_dir_text(f, "live");
	more = mem_printf("%sk\ta\t-5x\t\t99\nk\tb\nk\tc\t-\t1\t2\t3\t4\n",
			  text);
	state_dir_write(f, "live", more);
	assert_kept(f, "a -5/0 allowed, 99/0 denied\n"
		       "c 0/1 allowed, 2/3 denied\n");
	free(text);
	free(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_by_name_and_without_zero),
		cmocka_unit_test(iptables_counts_both_ends_of_what_passes),
		cmocka_unit_test(mangle_counts_pairs_by_their_addresses),
		cmocka_unit_test(rules_of_two_tables_count_apart),
		cmocka_unit_test(nftables_counts_at_addresses),
		cmocka_unit_test(old_nftables_halved_pairs_and_parted_denied),
		cmocka_unit_test(rules_at_both_ends_go_on),
		cmocka_unit_test(rules_between_go_on_in_place),
		cmocka_unit_test_setup_teardown(
			what_was_lost_is_kept_and_added_up,
			state_dir_set_up, state_dir_tear_down),
		cmocka_unit_test_setup_teardown(
			odd_lines_are_as_far_as_they_are_numbers,
			state_dir_set_up, state_dir_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
