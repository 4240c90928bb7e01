/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel, and others who change its rules, may do to a commit. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "tests/unit/lib/ipt_bench.h"
#include "tests/unit/lib/netns.h"

/* An outbound policy in a chain that INPUT reaches is refused by the kernel
 * when the whole table is there. */
static void add_refused(struct ruleset *rs, const char *chain)
{
	ruleset_add_chain(rs, chain)->hook = HOOK_INPUT;
	ipt_sample_rule(rs, RULE_DROP, NULL);
	ipt_sample_ipsec(rs, FIELD_DADDR, false, NULL, 0);
	ruleset_sort(rs);
}

static struct ipt_snapshot snapshot(unsigned int family)
{
	struct ipt_snapshot s;
	int sock = ipt_sock_open(family);

	assert_int_equal(ipt_sock_snapshot(sock, family, "filter", &s), 0);
	close(sock);
	return s;
}

static void assert_both_as_before(const struct ipt_snapshot before[2])
{
	struct ipt_snapshot now;
	unsigned int f;

	for (f = 0; f < 2; f++) {
		now = snapshot(f);
		assert_int_equal(now.info.size, before[f].info.size);
		assert_memory_equal(now.entries->entrytable,
				    before[f].entries->entrytable,
				    now.info.size);
		ipt_snapshot_fini(&now);
	}
}

/* Of two families the one of REFUSED cannot be committed. */
static void refusal_leaves_both(struct bench *b, const char *refused,
				const char *tool)
{
	struct ipt_snapshot before[2];
	struct ipt_sample next;
	unsigned int f;

	ipt_bench_apply(b, &b->sample.rs);
	ipt_bench_mark_counters(FAMILY_IP4);
	ipt_bench_mark_counters(FAMILY_IP6);
	before[FAMILY_IP4] = snapshot(FAMILY_IP4);
	before[FAMILY_IP6] = snapshot(FAMILY_IP6);
	ipt_sample_init(&next);
	ruleset_add_chain(&next.rs, "ip/VPo-new");
	ipt_sample_rule(&next.rs, RULE_DROP, NULL);
	ruleset_add_chain(&next.rs, "ip6/VPo-new");
	ipt_sample_rule(&next.rs, RULE_DROP, NULL);
	add_refused(&next.rs, refused);
	assert_int_equal(ipt_bench_apply(b, &next.rs), -EINVAL);
	assert_non_null(strstr(ipt_bench_said(b), tool));
	assert_both_as_before(before);
	for (f = 0; f < 2; f++)
		ipt_snapshot_fini(&before[f]);
	ipt_sample_fini(&next);
}

static void refusal_of_ipv6_leaves_both(void **state)
{
	refusal_leaves_both(*state, "ip6/VPNPF-INPUT",
			    "error: ip6tables refuses the new rules of table "
			    "\"filter\": a rule is not allowed where it "
			    "stands");
}

static void refusal_of_ipv4_leaves_both(void **state)
{
	refusal_leaves_both(*state, "ip/VPNPF-INPUT",
			    "error: iptables refuses the new rules of table");
}

static void circle_is_said_in_words(void **state)
{
	struct bench *b = *state;
	struct ruleset rs = { 0 };

	ruleset_add_chain(&rs, "ip/VPNPF-INPUT")->hook = HOOK_INPUT;
	ipt_sample_rule(&rs, RULE_JUMP, "ip/VPa-x");
	ruleset_add_chain(&rs, "ip/VPa-x");
	ipt_sample_rule(&rs, RULE_JUMP, "ip/VPNPF-INPUT");
	ruleset_sort(&rs);
	assert_int_equal(ipt_bench_apply(b, &rs), -ELOOP);
	assert_non_null(strstr(ipt_bench_said(b), "refer to each other in a circle"));
	ruleset_fini(&rs);
}

static void missing_chain_is_said_with_the_rules_place(void **state)
{
	struct bench *b = *state;
	struct sources sources = { 0 };
	const struct source *src;
	struct ruleset rs = { 0 };

	src = source_text(&sources, "john.pf", "a\nbc\n", 5);
	ruleset_add_chain(&rs, "ip/VPa-x");
	ruleset_add_rule(&rs, RULE_JUMP, "ip/VPb-x",
			 (struct loc){ src, 2, 2 });
	assert_int_equal(ipt_bench_apply(b, &rs), -EINVAL);
	assert_non_null(strstr(ipt_bench_said(b), "john.pf:2:1: error: "));
	ruleset_fini(&rs);
	sources_fini(&sources);
}

static void change_by_others_since_list_is_met(void **state)
{
	struct bench *b = *state;
	struct kernel_ruleset old;
	uint32_t generation;
	struct plan plan;

	ipt_bench_apply(b, &b->sample.rs);
	ipt_sample_change(&b->sample.rs, 3, 3);
	backend_ipt.list(b->h, &old, &generation, &b->d);
	plan_make(&b->sample.rs, &old, &plan);
	/* connman and others write without the lock */
	assert_true(netns_run("XTABLES_LOCKFILE=/run/other "
			      "timeout 5 iptables-legacy -A INPUT -j DROP"));
	assert_int_equal(backend_ipt.commit(b->h, &plan, BENCH_STATE,
					    &generation, false, &b->d),
			 -ERESTART);
	assert_string_equal(ipt_bench_said(b), "");
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 1);
	assert_true(netns_run("iptables-legacy -C INPUT -j DROP"));
}

static void generation_follows_the_tables(void **state)
{
	struct bench *b = *state;
	uint32_t first;

	ipt_bench_apply(b, &b->sample.rs);
	first = ipt_bench_generation(b);
	assert_int_equal(ipt_bench_generation(b), first);
	assert_true(netns_run("ip6tables-legacy -A INPUT -j DROP"));
	assert_int_not_equal(ipt_bench_generation(b), first);
	assert_true(netns_run("ip6tables-legacy -D INPUT -j DROP"));
	assert_int_equal(ipt_bench_generation(b), first);
}

static void another_table_takes_the_rules_along(void **state)
{
	struct bench *b = *state;

	ipt_bench_apply(b, &b->sample.rs);
	b->ipt.table = TABLE_SECURITY;
	ipt_bench_reopen(b);
	b->sample.rs.table = TABLE_SECURITY;
	/* six chains to add, six and the state's to delete */
	assert_int_equal(ipt_bench_apply(b, &b->sample.rs), 13);
	assert_true(backend_ipt.is_loaded());
	assert_true(netns_run("! iptables-legacy-save -t filter | grep VP"));
	assert_true(netns_run("! ip6tables-legacy-save -t filter | grep VP"));
	assert_true(netns_run("iptables-legacy-save -t security | grep -q VP"));
	assert_int_equal(backend_ipt.remove(b->h, &b->d), 0);
	assert_false(backend_ipt.is_loaded());
}

static void reference_by_others_is_said(void **state)
{
	struct bench *b = *state;

	ipt_bench_apply(b, &b->sample.rs);
	assert_true(netns_run("iptables-legacy -A OUTPUT -j VPo-john"));
	assert_int_equal(backend_ipt.remove(b->h, &b->d), -EMLINK);
	assert_non_null(strstr(ipt_bench_said(b), "a rule that is not ours "
			       "refers to a chain of ours"));
	assert_true(netns_run("iptables-legacy -F OUTPUT"));
}

/* From now on a system call with this argument (one of 32 bits) fails. */
static bool refuse(unsigned int call, unsigned int arg, unsigned int value,
		   unsigned int error)
{
	const unsigned int at = (unsigned int)offsetof(struct seccomp_data,
						       args[arg]);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {
		.len = sizeof(code) / sizeof(*code),
		.filter = code,
	};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* TRY in a child, whose kernel it may spoil; a check in it gives false. */
static void assert_in_child(bool (*try)(struct bench *b), struct bench *b)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(!try(b));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static bool has(struct bench *b, const char *text)
{
	return strstr(ipt_bench_said(b), text);
}

/* A policy with one VPN and nobody in it, lowered; RS borrows from it. */
static void lower_nobody(struct policy *nobody, struct ruleset *rs)
{
	*nobody = (struct policy){ .ipt.table = TABLE_FILTER };
	policy_add_vpn(nobody, STR("office"), STR("tun0"), false, NULL);
	backend_ipt.lower(nobody, rs);
}

static bool try_without_ipv6(struct bench *b)
{
	struct policy nobody;
	struct ruleset rs;
	bool ok;

	if (!refuse(SYS_socket, 0, AF_INET6, EAFNOSUPPORT))
		return false;
	lower_nobody(&nobody, &rs);
	ipt_bench_reopen(b);
	ok = has(b, "note: IPv6 is disabled in this kernel") &&
	     !ruleset_find_chain(&rs, "ip6/VPNPF-FORWARD") &&
	     ipt_bench_apply(b, &rs) == (int)rs.chains.n &&
	     ipt_bench_apply(b, &rs) == 0 &&
	     backend_ipt.is_loaded() && !backend_ipt.remove(b->h, &b->d) &&
	     !backend_ipt.is_loaded();
	ruleset_fini(&rs);
	policy_fini(&nobody);
	return ok;
}

static void without_ipv6_there_is_nothing_to_do_for_it(void **state)
{
	struct policy nobody;
	struct ruleset rs;

	lower_nobody(&nobody, &rs);
	assert_non_null(ruleset_find_chain(&rs, "ip6/VPNPF-FORWARD"));
	ruleset_fini(&rs);
	policy_fini(&nobody);
	assert_in_child(try_without_ipv6, *state);
}

static bool try_without_ip6_tables(struct bench *b)
{
	struct backend_handle *h;

	return refuse(SYS_getsockopt, 1, IPPROTO_IPV6, ENOPROTOOPT) &&
	       backend_ipt.open(&h, &b->ipt, &b->d) == -EPROTONOSUPPORT &&
	       has(b, "IPv6 packets would not be filtered") &&
	       !b->d.errors;
}

static void ipv6_without_ip6_tables_is_refused(void **state)
{
	assert_in_child(try_without_ip6_tables, *state);
}

static bool try_without_right(struct bench *b)
{
	struct backend_handle *h;

	return refuse(SYS_socket, 0, AF_INET, EPERM) &&
	       backend_ipt.open(&h, &b->ipt, &b->d) == -EPERM &&
	       has(b, "needs root, or CAP_NET_ADMIN and CAP_NET_RAW") &&
	       !backend_ipt.is_loaded();
}

static void missing_right_is_said(void **state)
{
	assert_in_child(try_without_right, *state);
}

static bool try_without_matches(struct bench *b)
{
	return refuse(SYS_getsockopt, 2, IPT_SO_GET_REVISION_MATCH, ENOENT) &&
	       refuse(SYS_setsockopt, 2, IPT_SO_SET_REPLACE, ENOENT) &&
	       ipt_bench_apply(b, &b->sample.rs) == -EPROTONOSUPPORT &&
	       has(b, "this kernel has no iptables extension \"tcp\" (module "
		      "xt_tcp)");
}

static void missing_match_is_named(void **state)
{
	struct bench *b = *state;

	/* of IPv4 alone, which comes second */
	b->sample.rs.chains.n = 3;
	assert_in_child(try_without_matches, b);
}

/* One is asked for when the tables are opened, too. */
static bool try_without_targets(struct bench *b)
{
	return refuse(SYS_getsockopt, 2, IPT_SO_GET_REVISION_TARGET, ENOENT) &&
	       refuse(SYS_setsockopt, 2, IPT_SO_SET_REPLACE, ENOENT) &&
	       ipt_bench_try(b, &b->sample.rs) == -EPROTONOSUPPORT &&
	       has(b, "this kernel has no iptables extension \"NFLOG\" "
		      "(module xt_NFLOG)");
}

static void missing_target_is_named(void **state)
{
	struct bench *b = *state;

	b->sample.rs.chains.n = 3;
	assert_in_child(try_without_targets, b);
}

static bool try_beside_writer(struct bench *b)
{
	/* the number of entries is another since the table was read */
	return refuse(SYS_setsockopt, 2, IPT_SO_SET_REPLACE, EAGAIN) &&
	       ipt_bench_apply(b, &b->sample.rs) == -ERESTART &&
	       !*ipt_bench_said(b);
}

static void change_by_others_at_the_last_moment_is_met(void **state)
{
	assert_in_child(try_beside_writer, *state);
}

static bool try_losing_counters(struct bench *b)
{
	/* others change the table before libiptc gives it its counters */
	return refuse(SYS_setsockopt, 2, IPT_SO_SET_ADD_COUNTERS, EINVAL) &&
	       ipt_bench_apply(b, &b->sample.rs) == 0 &&
	       !*ipt_bench_said(b);
}

static void refusal_of_counters_alone_is_none(void **state)
{
	struct bench *b = *state;

	assert_in_child(try_losing_counters, b);
	ipt_bench_assert_kernel_is(&b->sample.rs);
}

static void asking_makes_no_table(void **state)
{
	static const struct ipt_options usual;
	struct diag d = { 0 };
	struct backend_handle *h;
	uint32_t generation;

	(void)state;
	assert_true(netns_enter());	/* where none is yet */
	assert_false(backend_ipt.is_loaded());
	assert_int_equal(backend_ipt.open(&h, &usual, &d), 0);
	assert_int_equal(backend_ipt.check(h, "", &generation, &d), -ENOENT);
	assert_int_equal(backend_ipt.remove(h, &d), 0);
	backend_ipt.close(h, false);
	assert_true(netns_run("! grep . /proc/net/ip_tables_names "
			      "/proc/net/ip6_tables_names"));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, ipt_bench_setup, \
					ipt_bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refusal_of_ipv6_leaves_both),
		TEST(refusal_of_ipv4_leaves_both),
		TEST(circle_is_said_in_words),
		TEST(missing_chain_is_said_with_the_rules_place),
		TEST(change_by_others_since_list_is_met),
		TEST(generation_follows_the_tables),
		TEST(another_table_takes_the_rules_along),
		TEST(reference_by_others_is_said),
		TEST(without_ipv6_there_is_nothing_to_do_for_it),
		TEST(ipv6_without_ip6_tables_is_refused),
		TEST(missing_right_is_said),
		TEST(missing_match_is_named),
		TEST(missing_target_is_named),
		TEST(change_by_others_at_the_last_moment_is_met),
		TEST(refusal_of_counters_alone_is_none),
		cmocka_unit_test(asking_makes_no_table),
	};

	if (!ipt_bench_is_possible())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
