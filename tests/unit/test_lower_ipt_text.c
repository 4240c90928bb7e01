/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small policies, and exactly what becomes of them in iptables.
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

#include "compiler/lower/lower_ipt_name.h"
#include "compiler/lower/lower_share.h"
#include "tests/unit/lib/ruleset_text.h"
#include "tests/unit/lib/small_ipt.h"

/* The rules for packets from client NAME. */
static void assert_policy(const struct small *s, const char *name,
			  const char *wanted)
{
	const struct client *c = policy_find(&s->policy, str_of(name));
	char chain[40], *text;

	snprintf(chain, sizeof(chain), "ip/VPp-%.20s.o", c->policy_chain + 2);
	text = mem_printf("%s\n%s", chain, wanted);
	small_assert_chain(s, chain, text);
	free(text);
}

static const char three_text[] =
	"ip/VPB-tun0\n"
	"\tip saddr 10.8.0.2/31 goto ip/VPU-tun0\n"
	"\tip saddr 10.8.0.4/31 goto ip/VPU-tun0\n"
	"\tgoto ip/VPR-tun0\n"
	"ip/VPC-tun0\n"
	"\tip saddr 10.8.0.2 goto ip/VPx-john.s3mwglzwgv\n"
	"\tip saddr 10.8.0.3 goto ip/VPx-nick.p4fwfhf3tv\n"
	"\tip saddr 10.8.0.4 goto ip/VPx-bob.qg3dpwh42l\n"
	"\tdrop\n"
	"ip/VPF-tun0\n"
	"\tip daddr 10.8.0.2/31 goto ip/VPC-tun0\n"
	"\tip daddr 10.8.0.4/31 goto ip/VPC-tun0\n"
	"\tgoto ip/VPS-tun0\n"
	"ip/VPNPF-FORGED\n"
	"\tip saddr 10.8.0.2/31 drop\n"
	"\tip saddr 10.8.0.4/31 drop\n"
	"\treturn\n"
	"ip/VPNPF-OPEN\n"
	"\tip daddr 10.8.0.4 return\n"
	"\tdrop\n"
	"ip/VPNPF-PAIRS\n"
	"\tip saddr 10.8.0.2 goto ip/VPx-john.s3mwglzwgv\n"
	"\tip saddr 10.8.0.3 goto ip/VPx-nick.p4fwfhf3tv\n"
	"\tip saddr 10.8.0.4 goto ip/VPx-bob.qg3dpwh42l\n"
	"\tdrop\n"
	"ip/VPNPF-POSTROUTING hook 2 0\n"
	"\toif tun0 goto ip/VPT-tun0\n"
	"ip/VPNPF-PREROUTING hook 1 0\n"
	"\tiif tun0 goto ip/VPF-tun0\n"
	"ip/VPR-tun0\n"
	"\tip daddr 10.8.0.2 goto ip/VPi-john.s3mwglzwgv\n"
	"\tip daddr 10.8.0.3 goto ip/VPi-nick.p4fwfhf3tv\n"
	"\tip daddr 10.8.0.4 goto ip/VPi-bob.qg3dpwh42l\n"
	"\tdrop\n"
	"ip/VPS-tun0\n"
	"\tip saddr 10.8.0.2 comment \"john\" goto ip/VPo-john.s3mwglzwgv\n"
	"\tip saddr 10.8.0.3 comment \"nick\" goto ip/VPo-nick.p4fwfhf3tv\n"
	"\tip saddr 10.8.0.4 comment \"bob\" goto ip/VPo-bob.qg3dpwh42l\n"
	"\tdrop\n"
	"ip/VPT-tun0\n"
	"\tiif tun0 goto ip/VPB-tun0\n"
	"\tjump ip/VPNPF-FORGED\n"
	"\tgoto ip/VPR-tun0\n"
	"ip/VPU-tun0\n"
	"\tip daddr 10.8.0.2 goto ip/VPNPF-PAIRS\n"
	"\tip daddr 10.8.0.3 goto ip/VPNPF-PAIRS\n"
	"\tip daddr 10.8.0.4 goto ip/VPNPF-PAIRS\n"
	"\tdrop\n"
	"ip/VPi-bob.qg3dpwh42l \"bob\"\n"
	"\tjump ip/VPp-409c98dd74cd300b55b5.i\n"
	"\treturn\n"
	"ip/VPi-john.s3mwglzwgv \"john\"\n"
	"\tjump ip/VPp-b95d743bd8e50c3f963d.i\n"
	"\treturn\n"
	"ip/VPi-nick.p4fwfhf3tv \"nick\"\n"
	"\tjump ip/VPp-b95d743bd8e50c3f963d.i\n"
	"\treturn\n"
	"ip/VPo-bob.qg3dpwh42l \"bob\"\n"
	"\tjump ip/VPp-409c98dd74cd300b55b5.o\n"
	"\treturn\n"
	"ip/VPo-john.s3mwglzwgv \"john\"\n"
	"\tjump ip/VPp-b95d743bd8e50c3f963d.o\n"
	"\treturn\n"
	"ip/VPo-nick.p4fwfhf3tv \"nick\"\n"
	"\tjump ip/VPp-b95d743bd8e50c3f963d.o\n"
	"\treturn\n"
	"ip/VPp-409c98dd74cd300b55b5.i\n"
	"\tip saddr 127.0.0.0/8 drop\n"
	"\tip saddr 10.0.4.0/24 drop\n"
	"\treturn\n"
	"ip/VPp-409c98dd74cd300b55b5.o\n"
	"\tip daddr 127.0.0.0/8 drop\n"
	"\tip daddr 10.0.4.0/24 drop\n"
	"\treturn\n"
	"ip/VPp-b95d743bd8e50c3f963d.i\n"
	"\tip saddr 10.0.0.1 proto 17 saddr port 53-53 return\n"
	"\tdrop\n"
	"ip/VPp-b95d743bd8e50c3f963d.o\n"
	"\tip daddr 10.0.0.1 proto 17 daddr port 53-53 return\n"
	"\tdrop\n"
	"ip/VPx-bob.qg3dpwh42l \"bob\"\n"
	"\tip daddr 10.8.0.2 return\n"
	"\tjump ip/VPNPF-OPEN\n"
	"\treturn\n"
	"ip/VPx-john.s3mwglzwgv \"john\"\n"
	"\tip daddr 10.8.0.3 return\n"
	"\tip daddr 10.8.0.4 return\n"
	"\tdrop\n"
	"ip/VPx-nick.p4fwfhf3tv \"nick\"\n"
	"\tip daddr 10.8.0.2 return\n"
	"\tdrop\n"
	"ip6/VPB-tun0\n"
	"\tip6 saddr fd08::2 goto ip6/VPU-tun0\n"
	"\tgoto ip6/VPR-tun0\n"
	"ip6/VPC-tun0\n"
	"\tip6 saddr fd08::2 goto ip6/VPx-john.s3mwglzwgv\n"
	"\tdrop\n"
	"ip6/VPF-tun0\n"
	"\tip6 daddr fd08::2 goto ip6/VPC-tun0\n"
	"\tgoto ip6/VPS-tun0\n"
	"ip6/VPNPF-FORGED\n"
	"\tip6 saddr fd08::2 drop\n"
	"\treturn\n"
	"ip6/VPNPF-OPEN\n"
	"\tdrop\n"
	"ip6/VPNPF-PAIRS\n"
	"\tip6 saddr fd08::2 goto ip6/VPx-john.s3mwglzwgv\n"
	"\tdrop\n"
	"ip6/VPNPF-POSTROUTING hook 2 0\n"
	"\toif tun0 goto ip6/VPT-tun0\n"
	"ip6/VPNPF-PREROUTING hook 1 0\n"
	"\tiif tun0 goto ip6/VPF-tun0\n"
	"ip6/VPR-tun0\n"
	"\tip6 daddr fd08::2 goto ip6/VPi-john.s3mwglzwgv\n"
	"\tdrop\n"
	"ip6/VPS-tun0\n"
	"\tip6 saddr fd08::2 comment \"john\" goto ip6/VPo-john.s3mwglzwgv\n"
	"\tdrop\n"
	"ip6/VPT-tun0\n"
	"\tiif tun0 goto ip6/VPB-tun0\n"
	"\tjump ip6/VPNPF-FORGED\n"
	"\tgoto ip6/VPR-tun0\n"
	"ip6/VPU-tun0\n"
	"\tip6 daddr fd08::2 goto ip6/VPNPF-PAIRS\n"
	"\tdrop\n"
	"ip6/VPi-john.s3mwglzwgv \"john\"\n"
	"\tjump ip6/VPp-b95d743bd8e50c3f963d.i\n"
	"\treturn\n"
	"ip6/VPo-john.s3mwglzwgv \"john\"\n"
	"\tjump ip6/VPp-b95d743bd8e50c3f963d.o\n"
	"\treturn\n"
	"ip6/VPp-b95d743bd8e50c3f963d.i\n"
	"\tdrop\n"
	"ip6/VPp-b95d743bd8e50c3f963d.o\n"
	"\tdrop\n"
	"ip6/VPx-john.s3mwglzwgv \"john\"\n"
	"\tdrop\n";

static void three(struct small *s)
{
	small_client(s, "bob", "[CLIENTS ACCEPT]\n-nick\n[SUBNETS ACCEPT]\n"
		     "-10.0.4.0/24\n[END]\n");
	small_client(s, "john", "[CLIENTS DROP]\n+nick\n+bob\n[SERVICES]\n"
		     "+10.0.0.1 udp 53\n[SUBNETS DROP]\n[END]\n");
	small_client(s, "nick", "[CLIENTS DROP]\n+john\n[SERVICES]\n"
		     "+10.0.0.1 udp 53\n[SUBNETS DROP]\n[END]\n");
	small_client(s, "shut", NULL);
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	small_address(s, "bob", "10.8.0.4");
	small_address(s, "john", "10.8.0.2");
	small_address(s, "john", "fd08::2");
	small_address(s, "nick", "10.8.0.3");
	small_address(s, "shut", "10.8.0.5");
}

static void three_clients_become_these_chains(void **state)
{
	struct small s = { 0 };

	(void)state;
	three(&s);
	small_ipt(&s);
	small_assert_text(ruleset_text(&s.rs), three_text);
	small_end(&s);
}

static void translated_flows_are_asked_for_with_nat_only(void **state)
{
	struct small s = { .policy.nat = true };

	(void)state;
	three(&s);
	small_ipt(&s);
	small_assert_chain(&s, "ip/VPT-tun0",
		"ip/VPT-tun0\n"
		"\tiif tun0 dnat goto ip/VPR-tun0\n"
		"\tiif tun0 goto ip/VPB-tun0\n"
		"\tjump ip/VPNPF-FORGED\n"
		"\tgoto ip/VPR-tun0\n");
	small_assert_chain(&s, "ip/VPp-b95d743bd8e50c3f963d.o",
		"ip/VPp-b95d743bd8e50c3f963d.o\n"
		"\tip daddr 10.0.0.1 proto 17 daddr port 53-53 return\n"
		"\tgoto ip/VPNPF-ANSWER\n");
	small_assert_chain(&s, "ip/VPp-b95d743bd8e50c3f963d.i",
		"ip/VPp-b95d743bd8e50c3f963d.i\n"
		"\tip saddr 10.0.0.1 proto 17 saddr port 53-53 return\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPNPF-ANSWER ",
		"ip/VPNPF-ANSWER\n"
		"\tanswer dnat drop\n"
		"\tanswer snat goto ip/VPNPF-ANSWER-NET\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPNPF-ANSWER-NET",
		"ip/VPNPF-ANSWER-NET\n"
		"\tanswer flow from 10.8.0.2/31 return\n"
		"\tanswer flow from 10.8.0.4/31 return\n"
		"\tdrop\n");
	small_end(&s);
}

/* An address of this host in the tunnel: a wider line does not let it pass. */
static void loopback_passes_by_its_own_lines_only(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS DROP]\n[SERVICES]\n"
		     "-0.0.0.0/0 tcp 22\n+0.0.0.0/0 udp 53\n"
		     "+127.0.0.53 udp 53\n[SUBNETS ACCEPT]\n-10.0.4.0/24\n"
		     "+126.0.0.0/7\n+127.0.0.1\n[END]\n");
	small_client(&s, "nick", "[CLIENTS DROP]\n[SUBNETS DROP]\n"
		     "+127.0.0.1\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "nick", "10.8.0.3");
	small_ipt(&s);
	assert_policy(&s, "john",
		"\tip daddr 127.0.0.0/8 proto 6 daddr port 22-22 drop\n"
		"\tip daddr 127.0.0.53 proto 17 daddr port 53-53 return\n"
		"\tip daddr 127.0.0.1 return\n"
		"\tip daddr 127.0.0.0/8 drop\n"
		"\tproto 6 daddr port 22-22 drop\n"
		"\tproto 17 daddr port 53-53 return\n"
		"\tip daddr 127.0.0.53 proto 17 daddr port 53-53 return\n"
		"\tip daddr 10.0.4.0/24 drop\n"
		"\treturn\n");
	assert_policy(&s, "nick",
		"\tip daddr 127.0.0.1 return\n"
		"\tdrop\n");
	small_end(&s);
}

/* What cannot be a part of a chain's name, or could look hashed, is hashed. */
static void servers_have_chains_of_their_names(void **state)
{
	static const struct {
		const char *server, *id;
	} names[] = {
		{ "office_2-b", "office_2-b" },
		{ "a-name-of-24-characters.", NULL },
		{ "a-name-of-24-characters-", "a-name-of-24-characters-" },
		{ "a-name-of-25-characters--", NULL },
		{ "b/ro", NULL }, { "lab.5mgd7vqyka", NULL },
	};
	struct ipt_id id;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		lower_ipt_name_server(names[i].server, &id);
		assert_true(strlen(id.text) + 4 <= IPT_NAME_MAX);
		if (names[i].id)
			assert_string_equal(id.text, names[i].id);
		else
			assert_int_equal(strlen(strrchr(id.text, '.')), 11);
	}
}

static void what_is_denied_is_logged_where_it_was_dropped(void **state)
{
	struct small s = { 0 };

	(void)state;
	s.policy.log = (struct log_options){
		.on = true, .group = 7, .rate = 100,
	};
	small_client(&s, "john", "[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tap0", true);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "john", "02:00:00:00:00:07");
	small_ipt(&s);
	small_assert_chain(&s, "ip/VPS-tap0",
		"ip/VPS-tap0\n"
		"\tip saddr 10.8.0.2 comment \"john\" goto ip/VPo-john.s3mwglzwgv\n"
		"\tgoto ip/VPNPF-LOG-FROM-UNKNOWN\n");
	small_assert_chain(&s, "ip/VPR-tap0",
		"ip/VPR-tap0\n"
		"\tip daddr 10.8.0.2 goto ip/VPi-john.s3mwglzwgv\n"
		"\tgoto ip/VPNPF-LOG-TO-UNKNOWN\n");
	small_assert_chain(&s, "ip/VPx-john",
		"ip/VPx-john.s3mwglzwgv \"john\"\n"
		"\tgoto ip/VPNPF-LOG-FROM-PAIR\n");
	small_assert_chain(&s, "ip/VPp-",
		"ip/VPp-44477048dc362476ca02.i\n"
		"\tgoto ip/VPNPF-LOG-TO-DENIED\n");
	small_assert_chain(&s, "ip/VPNPF-MAC",
		"ip/VPNPF-MAC\n"
		"\tip saddr 10.8.0.2 ether 02:00:00:00:00:07 return\n"
		"\tgoto ip/VPNPF-LOG-FROM-MAC\n");
	small_assert_chain(&s, "ip6/VPNPF-LOG-FROM-MAC",
		"ip6/VPNPF-LOG-FROM-MAC\n"
		"\tlimit 100+200 log 7 vpnpf from mac\n"
		"\tdrop\n");
	assert_null(ruleset_find_chain(&s.rs, "ip/VPNPF-LOG-FROM-CLEAR"));
	small_end(&s);
}

static void a_tap_client_is_bound_to_its_hardware_address(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS DROP]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tap0", true);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "john", "10.9.0.0/24");
	small_address(&s, "john", "02:00:00:00:00:07");
	small_address(&s, "john", "02:00:00:00:00:06");
	small_ipt(&s);
	small_assert_chain(&s, "ip/VPNPF-PREROUTING hook 1 0",
		"ip/VPNPF-PREROUTING hook 1 0\n"
		"\tiif tap0 jump ip/VPNPF-MAC\n"
		"\tiif tap0 goto ip/VPF-tap0\n"
		"\tiif tun0 goto ip/VPF-tun0\n");
	small_assert_chain(&s, "ip/VPNPF-POSTROUTING hook 2 0",
		"ip/VPNPF-POSTROUTING hook 2 0\n"
		"\toif tap0 goto ip/VPT-tap0\n"
		"\toif tun0 goto ip/VPT-tun0\n");
	/* a network is of no link's address */
	small_assert_chain(&s, "ip/VPNPF-MAC",
		"ip/VPNPF-MAC\n"
		"\tip saddr 10.8.0.2 ether 02:00:00:00:00:06 return\n"
		"\tip saddr 10.8.0.2 ether 02:00:00:00:00:07 return\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip6/VPNPF-MAC",
		"ip6/VPNPF-MAC\n"
		"\tdrop\n");
	small_end(&s);
}

static void networks_have_holes_where_others_are(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS ACCEPT]\n-nick\n[END]\n");
	small_client(&s, "nick", "[CLIENTS ACCEPT]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.9.0.0/29");
	small_address(&s, "nick", "10.9.0.5");
	small_ipt(&s);
	small_assert_chain(&s, "ip/VPNPF-OPEN",
		"ip/VPNPF-OPEN\n"
		"\tip daddr 10.9.0.0/30 return\n"
		"\tip daddr 10.9.0.4 return\n"
		"\tip daddr 10.9.0.5 return\n"
		"\tip daddr 10.9.0.6/31 return\n"
		"\tdrop\n");
	small_assert_chain(&s, "ip/VPx-nick",
		"ip/VPx-nick.p4fwfhf3tv \"nick\"\n"
		"\tip daddr 10.9.0.0/30 drop\n"
		"\tip daddr 10.9.0.4 drop\n"
		"\tip daddr 10.9.0.6/31 drop\n"
		"\tjump ip/VPNPF-OPEN\n"
		"\treturn\n");
	small_end(&s);
}

static void what_is_no_clients_meets_few_rules(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS ACCEPT]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.9");
	small_address(&s, "john", "10.8.1.0/24");
	small_address(&s, "john", "10.8.0.11");
	small_address(&s, "john", "10.8.0.13");
	small_address(&s, "john", "10.8.0.16/28");
	small_address(&s, "john", "192.168.7.0/24");
	small_address(&s, "john", "192.168.9.0/24");
	small_ipt(&s);
	small_assert_chain(&s, "ip/VPF-tun0",
		"ip/VPF-tun0\n"
		"\tip daddr 10.8.0.0/20 goto ip/VPg-0a080.tun0\n"
		"\tip daddr 192.168.7.0/24 goto ip/VPC-tun0\n"
		"\tip daddr 192.168.9.0/24 goto ip/VPC-tun0\n"
		"\tgoto ip/VPS-tun0\n");
	small_assert_chain(&s, "ip/VPg-",
		"ip/VPg-0a080.tun0\n"
		"\tip daddr 10.8.1.0/24 goto ip/VPC-tun0\n"
		"\tip daddr 10.8.0.16/28 goto ip/VPC-tun0\n"
		"\tip daddr 10.8.0.9 goto ip/VPC-tun0\n"
		"\tip daddr 10.8.0.11 goto ip/VPC-tun0\n"
		"\tip daddr 10.8.0.13 goto ip/VPC-tun0\n"
		"\tgoto ip/VPS-tun0\n");
	small_end(&s);
}

static void what_may_pass_is_accepted_if_wanted(void **state)
{
	struct small s = { 0 };

	(void)state;
	s.policy.ipt.accept = true;
	s.policy.ipt.table = TABLE_SECURITY;
	small_client(&s, "john", "[CLIENTS ACCEPT]\n[END]\n");
	small_client(&s, "nick", "[CLIENTS DROP]\n+john\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "nick", "10.8.0.3");
	small_ipt(&s);
	assert_true(s.rs.table == TABLE_SECURITY);
	small_assert_chain(&s, "ip/VPo-john",
		"ip/VPo-john.s3mwglzwgv \"john\"\n"
		"\tjump ip/VPp-1ea3984daa425292447e.o\n"
		"\taccept\n");
	small_assert_chain(&s, "ip/VPi-john",
		"ip/VPi-john.s3mwglzwgv \"john\"\n"
		"\tjump ip/VPp-1ea3984daa425292447e.i\n"
		"\taccept\n");
	small_assert_chain(&s, "ip/VPx-john",
		"ip/VPx-john.s3mwglzwgv \"john\"\n"
		"\tip daddr 10.8.0.3 accept\n"
		"\tjump ip/VPNPF-OPEN\n"
		"\taccept\n");
	small_assert_chain(&s, "ip/VPx-nick",
		"ip/VPx-nick.p4fwfhf3tv \"nick\"\n"
		"\tip daddr 10.8.0.2 accept\n"
		"\tdrop\n");
	/* only means: look at the pair again */
	small_assert_chain(&s, "ip/VPNPF-OPEN",
		"ip/VPNPF-OPEN\n"
		"\tip daddr 10.8.0.2 return\n"
		"\tdrop\n");
	small_end(&s);
}

/* A client's chain of that kind, without its family. */
static const char *chain_of(const struct small *s, const char *stem,
			    const char *name)
{
	const struct chain *chain;

	vec_each(chain, &s->rs.chains)
		if (!strncmp(chain->name + 3, stem, 4) && chain->comment &&
		    !strcmp(chain->comment, name))
			return chain->name + 3;
	fail_msg("no chain of %s", name);
	return NULL;
}

static void names_are_what_iptables_takes(void **state)
{
	static const char *const names[] = {
		"a b/\303\274", "-", "x",
		"longer-than-a-chain.example.org",
	};
	struct small s = { 0 };
	char addr[] = "10.8.0.0";
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++)
		small_client(&s, names[i], "[CLIENTS DROP]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	for (i = 0; i < 4; i++) {
		addr[7] = (char)('1' + i);
		small_address(&s, names[i], addr);
	}
	small_ipt(&s);
	assert_string_equal(chain_of(&s, "VPo-", names[0]),
			    "VPo-a_b___.onvp4zlhxm");
	assert_string_equal(chain_of(&s, "VPi-", names[1]),
			    "VPi--.hfz6aixjgi");
	assert_string_equal(chain_of(&s, "VPx-", names[2]),
			    "VPx-x.fvyrmqvxe2");
	assert_string_equal(chain_of(&s, "VPo-", names[3]),
			    "VPo-longer-than-a.i5osa5r2qk");
	small_end(&s);
}

/* Found by trying 40 million: their hashes begin with the same 50 bits. */
static void names_that_meet_by_their_hash_are_parted(void **state)
{
	static const char *const names[] = {
		"branch-office-29826342", "branch-office-39815674",
		"branch-office-1",
	};
	struct small s = { 0 };
	char addr[] = "10.8.0.0";
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		small_client(&s, names[i], "[CLIENTS DROP]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	for (i = 0; i < 3; i++) {
		addr[7] = (char)('1' + i);
		small_address(&s, names[i], addr);
	}
	small_ipt(&s);
	assert_string_equal(chain_of(&s, "VPo-", names[0]),
			    "VPo-o5pxprluzrtefm2aop7jq6ja");
	assert_string_equal(chain_of(&s, "VPo-", names[1]),
			    "VPo-o5pxprluzrlcjr7fzvjmrrpx");
	assert_string_equal(chain_of(&s, "VPo-", names[2]),
			    "VPo-branch-office.46rwuo5dir");
	small_end(&s);
}

static void policies_are_named_as_for_nftables(void **state)
{
	struct small s = { 0 };
	const struct client *c;
	char *name;

	(void)state;
	three(&s);
	small_ipt(&s);
	vec_each(c, &s.policy.clients) {
		if (c->state != CLIENT_OPEN) {
			assert_null(c->policy_chain);
			continue;
		}
		name = lower_policy_name(&s.policy, &c->pf);
		assert_string_equal(c->policy_chain, name);
		free(name);
	}
	small_end(&s);
}

static void nobody_at_all_is_a_table_that_drops(void **state)
{
	struct small s = { 0 };

	(void)state;
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_ipt(&s);
	small_assert_text(ruleset_text(&s.rs),
		"ip/VPB-tun0\n"
		"\tgoto ip/VPR-tun0\n"
		"ip/VPF-tun0\n"
		"\tgoto ip/VPS-tun0\n"
		"ip/VPNPF-FORGED\n"
		"\treturn\n"
		"ip/VPNPF-OPEN\n"
		"\tdrop\n"
		"ip/VPNPF-POSTROUTING hook 2 0\n"
		"\toif tun0 goto ip/VPT-tun0\n"
		"ip/VPNPF-PREROUTING hook 1 0\n"
		"\tiif tun0 goto ip/VPF-tun0\n"
		"ip/VPR-tun0\n"
		"\tdrop\n"
		"ip/VPS-tun0\n"
		"\tdrop\n"
		"ip/VPT-tun0\n"
		"\tiif tun0 goto ip/VPB-tun0\n"
		"\tjump ip/VPNPF-FORGED\n"
		"\tgoto ip/VPR-tun0\n"
		"ip6/VPB-tun0\n"
		"\tgoto ip6/VPR-tun0\n"
		"ip6/VPF-tun0\n"
		"\tgoto ip6/VPS-tun0\n"
		"ip6/VPNPF-FORGED\n"
		"\treturn\n"
		"ip6/VPNPF-OPEN\n"
		"\tdrop\n"
		"ip6/VPNPF-POSTROUTING hook 2 0\n"
		"\toif tun0 goto ip6/VPT-tun0\n"
		"ip6/VPNPF-PREROUTING hook 1 0\n"
		"\tiif tun0 goto ip6/VPF-tun0\n"
		"ip6/VPR-tun0\n"
		"\tdrop\n"
		"ip6/VPS-tun0\n"
		"\tdrop\n"
		"ip6/VPT-tun0\n"
		"\tiif tun0 goto ip6/VPB-tun0\n"
		"\tjump ip6/VPNPF-FORGED\n"
		"\tgoto ip6/VPR-tun0\n");
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_clients_become_these_chains),
		cmocka_unit_test(translated_flows_are_asked_for_with_nat_only),
		cmocka_unit_test(loopback_passes_by_its_own_lines_only),
		cmocka_unit_test(servers_have_chains_of_their_names),
		cmocka_unit_test(a_tap_client_is_bound_to_its_hardware_address),
		cmocka_unit_test(what_is_denied_is_logged_where_it_was_dropped),
		cmocka_unit_test(networks_have_holes_where_others_are),
		cmocka_unit_test(what_is_no_clients_meets_few_rules),
		cmocka_unit_test(what_may_pass_is_accepted_if_wanted),
		cmocka_unit_test(names_are_what_iptables_takes),
		cmocka_unit_test(names_that_meet_by_their_hash_are_parted),
		cmocka_unit_test(policies_are_named_as_for_nftables),
		cmocka_unit_test(nobody_at_all_is_a_table_that_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
