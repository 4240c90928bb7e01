/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes in iptables of interfaces that are no server's by their name
 * alone: those of IPsec, of a pattern, in a VRF.
 */
#include "config.h"

#include "compiler/lower/lower_ipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/small_ipt.h"

/* The rules that every packet meets, of one IPsec gateway and a tun. */
static void add_ipsec(struct small *s, const char *local, bool ike)
{
	struct ipsec *ipsec = mem_zalloc(1, sizeof(*ipsec));
	struct prefix net;

	ipsec->ike = ike;
	vec_push(&ipsec->devs, mem_copy("out0"));
	vec_push(&ipsec->inside, mem_copy("in0"));
	assert_int_equal(prefix_parse(str_of(local), &net), 0);
	vec_push(&ipsec->ends, net);
	assert_int_equal(prefix_parse(STR("10.9.0.0/24"), &net), 0);
	vec_push(&ipsec->clients, net);
	assert_int_equal(prefix_parse(STR("fd09::/64"), &net), 0);
	vec_push(&ipsec->clients, net);
	policy_add_vpn(&s->policy, STR("road"), STR("-"), false, ipsec);
	ipsec_free(ipsec);
}

/* john by IPsec, in the tunnel of reqid 7, and nick by OpenVPN. */
static void make_ipsec(struct small *s)
{
	small_client(s, "john", "[CLIENTS DROP]\n+nick\n[END]\n");
	small_client(s, "nick", "[CLIENTS ACCEPT]\n[END]\n");
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	add_ipsec(s, "192.0.2.1", true);
	small_address_at(s, "john", "10.9.0.2", "road");
	small_address(s, "nick", "10.8.0.2");
	s->policy.bindings.v[0].reqid = 7;
	small_ipt(s);
}

static void ipsec_is_asked_for_its_policy(void **state)
{
	struct small s = { 0 };

	(void)state;
	make_ipsec(&s);
	small_assert_chain(&s, "ip/VPNPF-PREROUTING hook 1 0",
		"ip/VPNPF-PREROUTING hook 1 0\n"
		"\tip daddr 192.0.2.1 iif out0 proto 17 daddr port 500-500 "
		"return\n"
		"\tip daddr 192.0.2.1 iif out0 proto 17 daddr port 4500-4500 "
		"return\n"
		"\tip daddr 192.0.2.1 iif out0 proto 50 return\n"
		"\tiif tun0 goto ip/VPF-tun0\n"
		"\tip saddr 10.9.0.0/24 ipsec in 192.0.2.1 reqid 0 "
		"goto ip/VPF-road\n"
		"\tip saddr 10.9.0.0/24 jump ip/VPk-1\n"
		"\tipsec in 192.0.2.1 reqid 0 drop\n");
	small_assert_chain(&s, "ip/VPNPF-POSTROUTING hook 2 0",
		"ip/VPNPF-POSTROUTING hook 2 0\n"
		"\tip saddr 192.0.2.1 oif out0 proto 17 saddr port 500-500 "
		"return\n"
		"\tip saddr 192.0.2.1 oif out0 proto 17 saddr port 4500-4500 "
		"return\n"
		"\tip saddr 192.0.2.1 oif out0 proto 50 return\n"
		"\toif tun0 goto ip/VPT-tun0\n"
		"\tip daddr 10.9.0.0/24 ipsec out 192.0.2.1 reqid 0 "
		"goto ip/VPT-road\n"
		"\tip daddr 10.9.0.0/24 jump ip/VPl-1\n"
		"\tipsec out 192.0.2.1 reqid 0 drop\n");
	/* no inbound policy can be asked for here */
	small_assert_chain(&s, "ip/VPT-road",
		"ip/VPT-road\n"
		"\tiif tun0 goto ip/VPB-road\n"
		"\tip saddr 10.9.0.0/24 iif in0 jump ip/VPNPF-FORGED\n"
		"\tip saddr 10.9.0.0/24 iif in0 goto ip/VPR-road\n"
		"\tip saddr 10.9.0.0/24 goto ip/VPB-road\n"
		"\tjump ip/VPNPF-FORGED\n"
		"\tgoto ip/VPR-road\n");
	small_assert_chain(&s, "ip6/VPNPF-PREROUTING hook 1 0",
		"ip6/VPNPF-PREROUTING hook 1 0\n"
		"\tiif tun0 goto ip6/VPF-tun0\n"
		"\tip6 saddr fd09::/64 jump ip6/VPk-1\n");
	assert_null(ruleset_find_chain(&s.rs, "ip6/VPF-road"));
	small_assert_chain(&s, "ip/VPk-1",
		"ip/VPk-1\n"
		"\tipsec in 0.0.0.0/0 reqid 0 drop\n"
		"\tiif lo return\n"
		"\tiif in0 return\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip6/VPl-1",
		"ip6/VPl-1\n"
		"\tipsec out 0.0.0.0/0 reqid 0 drop\n"
		"\toif lo return\n"
		"\toif in0 return\n"
		"\tdrop\n");
	small_end(&s);
}

/* To a client it comes by twice: once without a policy. */
static void xfrm_interface_stands_for_the_policy(void **state)
{
	struct small s = { 0 };

	(void)state;
	make_ipsec(&s);
	vec_push(&s.policy.vpns.v[1].ipsec->xfrm, mem_copy("ipsec0"));
	s.policy.vpns.v[1].ipsec->ike = false;
	ruleset_fini(&s.rs);
	small_ipt(&s);
	small_assert_chain(&s, "ip/VPNPF-POSTROUTING hook 2 0",
		"ip/VPNPF-POSTROUTING hook 2 0\n"
		"\toif tun0 goto ip/VPT-tun0\n"
		"\tip daddr 10.9.0.0/24 oif ipsec0 goto ip/VPT-road\n"
		"\tip daddr 10.9.0.0/24 ipsec out 192.0.2.1 reqid 0 return\n"
		"\tip daddr 10.9.0.0/24 jump ip/VPl-1\n"
		"\toif ipsec0 drop\n"
		"\tipsec out 192.0.2.1 reqid 0 drop\n");
	small_assert_chain(&s, "ip/VPNPF-PREROUTING hook 1 0",
		"ip/VPNPF-PREROUTING hook 1 0\n"
		"\tiif tun0 goto ip/VPF-tun0\n"
		"\tip saddr 10.9.0.0/24 ipsec in 192.0.2.1 reqid 0 "
		"goto ip/VPF-road\n"
		"\tip saddr 10.9.0.0/24 jump ip/VPk-1\n"
		"\tipsec in 192.0.2.1 reqid 0 drop\n");
	small_assert_chain(&s, "ip/VPR-road",
		"ip/VPR-road\n"
		"\tip daddr 10.9.0.2 goto ip/VPi-john.s3mwglzwgv\n"
		"\tdrop\n");
	small_end(&s);
}

/* An address counts at its own server. */
static void of_a_pattern_known_names_go_on_and_the_rest_is_closed(void **state)
{
	struct small s = { .policy.ipt.table = TABLE_FILTER };

	(void)state;
	small_vpn(&s, "vpn*", false);
	small_dev(&s, "vpn0");
	vec_push(&s.policy.others, mem_copy("vpn3"));
	small_ipt(&s);
	/* goto would pass by the rules for where it goes */
	small_assert_chain(&s, "ip/VPNPF-FORWARD hook 4 0",
		"ip/VPNPF-FORWARD hook 4 0\n"
		"\tiif vpn0 goto ip/VPF-vpn_.s53vltqzys\n"
		"\tiif vpn* jump ip/VPNPF-UNCLAIMED-FROM\n"
		"\toif vpn0 goto ip/VPT-vpn_.s53vltqzys\n"
		"\toif vpn* jump ip/VPNPF-UNCLAIMED-TO\n");
	small_assert_chain(&s, "ip/VPNPF-UNCLAIMED-FROM",
		"ip/VPNPF-UNCLAIMED-FROM\n"
		"\tiif vpn3 return\n"
		"\tiif vpn* drop\n"
		"\treturn\n");
	small_end(&s);
}

static void make_vrf(struct small *s)
{
	small_client(s, "john", "[CLIENTS DROP]\n[END]\n");
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	small_address(s, "john", "10.8.0.2");
	s->policy.vpns.v[0].devs.v[0].vrf = mem_copy("blue");
	small_ipt(s);
}

static void who_shares_a_vrf_is_told_apart_before_it(void **state)
{
	struct small s = { 0 };

	(void)state;
	make_vrf(&s);
	small_assert_chain(&s, "ip/VPNPF-PREROUTING hook 1 0",
		"ip/VPNPF-PREROUTING hook 1 0\n"
		"\tiif tun0 goto ip/VPF-tun0\n"
		"\tiif blue return\n"
		"\tjump ip/VPNPF-VRF-FROM\n");
	small_assert_chain(&s, "ip/VPNPF-VRF-FROM",
		"ip/VPNPF-VRF-FROM\n"
		"\tip saddr 10.8.0.2 goto ip/VPNPF-VRF-TO\n"
		"\treturn\n");
	small_assert_chain(&s, "ip/VPNPF-VRF-TO",
		"ip/VPNPF-VRF-TO\n"
		"\tip daddr 10.8.0.2 drop\n"
		"\treturn\n");
	small_assert_chain(&s, "ip/VPT-tun0",
		"ip/VPT-tun0\n"
		"\tiif tun0 goto ip/VPB-tun0\n"
		"\tiif blue goto ip/VPB-tun0\n"
		"\tjump ip/VPNPF-FORGED\n"
		"\tgoto ip/VPR-tun0\n");
	small_end(&s);
}

static void behind_dnat_the_vrf_stands_for_the_interface(void **state)
{
	struct small s = { .policy.ipt.table = TABLE_SECURITY };

	(void)state;
	make_vrf(&s);
	small_assert_chain(&s, "ip/VPNPF-INPUT hook 3 0",
		"ip/VPNPF-INPUT hook 3 0\n"
		"\tiif tun0 goto ip/VPS-tun0\n"
		"\tiif blue goto ip/VPS-tun0\n");
	small_assert_chain(&s, "ip/VPNPF-FORWARD hook 4 0",
		"ip/VPNPF-FORWARD hook 4 0\n"
		"\tiif blue oif tun0 drop\n"
		"\tiif tun0 goto ip/VPF-tun0\n"
		"\tiif blue goto ip/VPF-tun0\n"
		"\toif tun0 goto ip/VPT-tun0\n");
	small_end(&s);
}

static void behind_dnat_the_hooks_are_three(void **state)
{
	struct small s = { .policy.ipt.table = TABLE_FILTER };

	(void)state;
	make_ipsec(&s);
	small_assert_chain(&s, "ip/VPNPF-INPUT hook 3 0",
		"ip/VPNPF-INPUT hook 3 0\n"
		"\tip daddr 192.0.2.1 iif out0 proto 17 daddr port 500-500 "
		"accept\n"
		"\tip daddr 192.0.2.1 iif out0 proto 17 daddr port 4500-4500 "
		"accept\n"
		"\tip daddr 192.0.2.1 iif out0 proto 50 accept\n"
		"\tiif tun0 goto ip/VPS-tun0\n"
		"\tip saddr 10.9.0.0/24 ipsec in 192.0.2.1 reqid 0 "
		"goto ip/VPS-road\n"
		"\tip saddr 10.9.0.0/24 jump ip/VPk-1\n"
		"\tipsec in 192.0.2.1 reqid 0 drop\n");
	small_assert_chain(&s, "ip/VPNPF-FORWARD hook 4 0",
		"ip/VPNPF-FORWARD hook 4 0\n"
		"\tiif tun0 goto ip/VPF-tun0\n"
		"\tip saddr 10.9.0.0/24 ipsec in 192.0.2.1 reqid 0 "
		"goto ip/VPF-road\n"
		"\tip saddr 10.9.0.0/24 jump ip/VPk-1\n"
		"\tipsec in 192.0.2.1 reqid 0 drop\n"
		"\toif tun0 goto ip/VPT-tun0\n"
		"\tip daddr 10.9.0.0/24 ipsec out 192.0.2.1 reqid 0 "
		"goto ip/VPT-road\n"
		"\tip daddr 10.9.0.0/24 jump ip/VPl-1\n"
		"\tipsec out 192.0.2.1 reqid 0 drop\n");
	small_assert_chain(&s, "ip/VPF-road",
		"ip/VPF-road\n"
		"\toif tun0 jump ip/VPU-tun0\n"
		"\toif tun0 goto ip/VPC-road\n"
		"\tip daddr 10.9.0.0/24 ipsec out 192.0.2.1 reqid 0 "
		"jump ip/VPU-road\n"
		"\tip daddr 10.9.0.0/24 ipsec out 192.0.2.1 reqid 0 "
		"goto ip/VPC-road\n"
		"\tip daddr 10.9.0.0/24 jump ip/VPl-1\n"
		"\tipsec out 192.0.2.1 reqid 0 drop\n"
		"\tgoto ip/VPS-road\n");
	small_assert_chain(&s, "ip/VPT-road",
		"ip/VPT-road\n"
		"\tjump ip/VPNPF-FORGED\n"
		"\tgoto ip/VPR-road\n");
	small_assert_chain(&s, "ip6/VPNPF-OUTPUT hook 5 0",
		"ip6/VPNPF-OUTPUT hook 5 0\n"
		"\toif tun0 goto ip6/VPR-tun0\n"
		"\tip6 daddr fd09::/64 jump ip6/VPl-1\n");
	small_end(&s);
}

static void a_tunnel_is_known_by_its_reqid(void **state)
{
	struct small s = { 0 };

	(void)state;
	make_ipsec(&s);
	small_assert_chain(&s, "ip/VPS-tun0",
		"ip/VPS-tun0\n"
		"\tip saddr 10.8.0.2 comment \"nick\" "
		"goto ip/VPo-nick.p4fwfhf3tv\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPS-road",
		"ip/VPS-road\n"
		"\tip saddr 10.9.0.2 ipsec in 0.0.0.0/0 reqid 7 "
		"comment \"john\" goto ip/VPo-john.s3mwglzwgv\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPR-road",
		"ip/VPR-road\n"
		"\tip daddr 10.9.0.2 ipsec out 0.0.0.0/0 reqid 7 "
		"goto ip/VPi-john.s3mwglzwgv\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPC-road",
		"ip/VPC-road\n"
		"\tip saddr 10.9.0.2 ipsec in 0.0.0.0/0 reqid 7 "
		"goto ip/VPx-john.s3mwglzwgv\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPU-road",
		"ip/VPU-road\n"
		"\tip daddr 10.9.0.2 ipsec out 0.0.0.0/0 reqid 7 "
		"goto ip/VPNPF-PAIRS\n"
		"\tdrop\n");
	/* both hooks come here: no policy */
	small_assert_chain(&s, "ip/VPNPF-PAIRS",
		"ip/VPNPF-PAIRS\n"
		"\tip saddr 10.8.0.2 goto ip/VPx-nick.p4fwfhf3tv\n"
		"\tip saddr 10.9.0.2 goto ip/VPx-john.s3mwglzwgv\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPx-nick",
		"ip/VPx-nick.p4fwfhf3tv \"nick\"\n"
		"\tip daddr 10.9.0.2 return\n"
		"\tjump ip/VPNPF-OPEN\n"
		"\treturn\n");
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipsec_is_asked_for_its_policy),
		cmocka_unit_test(xfrm_interface_stands_for_the_policy),
		cmocka_unit_test(
			of_a_pattern_known_names_go_on_and_the_rest_is_closed),
		cmocka_unit_test(who_shares_a_vrf_is_told_apart_before_it),
		cmocka_unit_test(behind_dnat_the_vrf_stands_for_the_interface),
		cmocka_unit_test(behind_dnat_the_hooks_are_three),
		cmocka_unit_test(a_tunnel_is_known_by_its_reqid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
