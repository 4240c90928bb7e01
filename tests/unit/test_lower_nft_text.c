/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small policies, and exactly what becomes of them.
 */
#include "config.h"

#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_nft_policy.h"
#include "compiler/lower/lower_share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/ruleset_text.h"
#include "tests/unit/lib/small_policy.h"

static void make(struct small *s)
{
	small_resolve(s);
	lower_nft(&s->policy, &s->rs);
	assert_null(eval_refusal(&s->rs));
}

/* One client with that file and an address: what most need. */
static void make_one(struct small *s, const char *text)
{
	small_client(s, "john", text);
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	small_address(s, "john", "10.8.0.2");
	make(s);
}

static void assert_set(const struct small *s, const char *name,
		       const char *wanted)
{
	small_assert_text(ruleset_text_set(&s->rs, name), wanted);
}

/* The rules of JOHN's policy for packets from him, without its name. */
static void assert_policy(struct small *s, const char *wanted)
{
	const struct client *c = policy_find(&s->policy, STR("john"));
	char *text = ruleset_text_chain(&s->rs, lower_nft_policy_chain(c,
					FIELD_SADDR, &s->rs)), *rules, *p;
	size_t n = strlen(c->policy_chain);

	assert_memory_equal(text, c->policy_chain, n);
	/* "p/<hash>" is "p" below */
	for (p = text; (p = strstr(p, c->policy_chain + 2)); )
		memmove(p - 1, p + n - 2, strlen(p + n - 2) + 1);
	rules = mem_printf("%s", text);
	free(text);
	small_assert_text(rules, wanted);
}

static const char four_text[] =
	"set allowed4: 10.8.0.2 . 10.8.0.3, 10.8.0.2 . 10.8.0.4, "
	"10.8.0.3 . 10.8.0.2, 10.8.0.3 . 10.8.0.5, "
	"10.8.0.4 . 10.8.0.2, 10.8.0.5 . 10.8.0.3\n"
	"set client_addr4: 10.8.0.2, 10.8.0.3, 10.8.0.4, 10.8.0.5\n"
	"set deny4:\n"
	"set dropped4: 10.8.0.2 \"john\", 10.8.0.3 \"nick\", "
	"10.8.0.4 \"bob\", 10.8.0.5 \"max\"\n"
	"set from4/tun0: 10.8.0.2 \"john\", 10.8.0.3 \"nick\", "
	"10.8.0.4 \"bob\", 10.8.0.5 \"max\"\n"
	"set open4: 10.8.0.4\n"
	"map policy_from4/tun0: 10.8.0.2 p/077afb461bc8165f77b79bab/from, 10.8.0.3 p/4333d2f4aea0ff956ddb0d53/from, 10.8.0.4 p/8245cb6d6487cebe1e47f42a/from, 10.8.0.5 p/0126e126d54087dd664627f5/from\n"
	"map policy_to4/tun0: 10.8.0.2 p/077afb461bc8165f77b79bab/to, "
	"10.8.0.3 p/4333d2f4aea0ff956ddb0d53/to, "
	"10.8.0.4 p/8245cb6d6487cebe1e47f42a/to, "
	"10.8.0.5 p/0126e126d54087dd664627f5/to\n"
	"set state: state\n"
	"set to4/tun0: 10.8.0.2 \"john\", 10.8.0.3 \"nick\", "
	"10.8.0.4 \"bob\", 10.8.0.5 \"max\"\n"
	"client/drop\n"
	"\tgoto no/to\n"
	"client/open\n"
	"\tiif tun0 goto client/open/in\n"
	"\tlocal goto client/open/in\n"
	"\tgoto no/to\n"
	"client/open/in\n"
	"\tip pair @deny4 goto no/to\n"
	"\tip saddr @open4 accept\n"
	"\tgoto no/to\n"
	"from/tun0\n"
	"\tip saddr @from4/tun0 ip pair @allowed4 accept\n"
	"\tvmap ip saddr policy_from4/tun0\n"
	"\tcounter drop\n"
	"no/from\n"
	"\tip saddr @dropped4 drop\n"
	"\tdrop\n"
	"no/to\n"
	"\tip daddr @dropped4 drop\n"
	"\tdrop\n"
	"p/0126e126d54087dd664627f5/from\n"
	"\tip daddr @client_addr4 goto no/from\n"
	"\tip daddr 10.0.5.17 accept\n"
	"\tgoto no/from\n"
	"p/0126e126d54087dd664627f5/to\n"
	"\tip saddr @client_addr4 jump client/drop\n"
	"\tip saddr 10.0.5.17 accept\n"
	"\tgoto no/to\n"
	"p/077afb461bc8165f77b79bab/from\n"
	"\tip daddr @client_addr4 goto no/from\n"
	"\tip daddr 127.0.0.0/8 goto no/from\n"
	"\tip daddr 10.0.4.0/24 goto no/from\n"
	"\taccept\n"
	"p/077afb461bc8165f77b79bab/to\n"
	"\tip saddr @client_addr4 jump client/drop\n"
	"\tip saddr 127.0.0.0/8 goto no/to\n"
	"\tip saddr 10.0.4.0/24 goto no/to\n"
	"\taccept\n"
	"p/4333d2f4aea0ff956ddb0d53/from\n"
	"\tip daddr @client_addr4 goto no/from\n"
	"\tip daddr 10.0.4.0/24 accept\n"
	"\tip daddr 10.8.0.1 accept\n"
	"\tgoto no/from\n"
	"p/4333d2f4aea0ff956ddb0d53/to\n"
	"\tip saddr @client_addr4 jump client/drop\n"
	"\tip saddr 10.0.4.0/24 accept\n"
	"\tip saddr 10.8.0.1 accept\n"
	"\tgoto no/to\n"
	"p/8245cb6d6487cebe1e47f42a/from\n"
	"\tip pair @deny4 goto no/from\n"
	"\tip daddr @open4 accept\n"
	"\tip daddr @client_addr4 goto no/from\n"
	"\tip daddr 127.0.0.0/8 goto no/from\n"
	"\tip daddr 10.0.4.0/24 goto no/from\n"
	"\tip daddr 10.0.5.17 goto no/from\n"
	"\taccept\n"
	"p/8245cb6d6487cebe1e47f42a/to\n"
	"\tip saddr @client_addr4 jump client/open\n"
	"\tip saddr 127.0.0.0/8 goto no/to\n"
	"\tip saddr 10.0.4.0/24 goto no/to\n"
	"\tip saddr 10.0.5.17 goto no/to\n"
	"\taccept\n"
	"pair/tun0\n"
	"\tip pair @allowed4 ip daddr @to4/tun0 accept\n"
	"post hook 2 101\n"
	"\toif tun0 goto to/tun0\n"
	"pre hook 1 -101\n"
	"\tiif tun0 goto from/tun0\n"
	"to/tun0\n"
	"\tiif tun0 jump pair/tun0\n"
	"\tlocal jump pair/tun0\n"
	"\tip daddr @to4/tun0 vmap ip daddr policy_to4/tun0\n"
	"\tcounter drop\n";

static void four_clients_become_these_chains(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "bob", "[CLIENTS ACCEPT]\n-nick\n[SUBNETS ACCEPT]\n"
		     "-10.0.4.0/24\n-10.0.5.17\n[END]\n");
	small_client(&s, "john", "[CLIENTS DROP]\n+nick\n+bob\n"
		     "[SUBNETS ACCEPT]\n-10.0.4.0/24\n[END]\n");
	small_client(&s, "max", "[CLIENTS DROP]\n+nick\n[SUBNETS DROP]\n"
		     "+10.0.5.17\n[END]\n");
	small_client(&s, "nick", "[CLIENTS DROP]\n+john\n+max\n"
		     "[SUBNETS DROP]\n+10.0.4.0/24\n+10.8.0.1\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "nick", "10.8.0.3");
	small_address(&s, "bob", "10.8.0.4");
	small_address(&s, "max", "10.8.0.5");
	make(&s);
	small_assert_text(ruleset_text(&s.rs), four_text);
	small_end(&s);
}

static void equal_policies_share_a_chain(void **state)
{
	const struct client *c;
	struct small s = { 0 };

	(void)state;
	/* whom they name is not in the chain */
	small_client(&s, "a", "[CLIENTS DROP]\n+b\n[SUBNETS DROP]\n+10.0.0.1\n"
		     "[END]\n");
	small_client(&s, "b", "[CLIENTS DROP]\n+a\n[SUBNETS DROP]\n+10.0.0.1\n"
		     "[END]\n");
	small_client(&s, "c", "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n+10.0.0.1\n"
		     "[END]\n");
	small_client(&s, "d", "[CLIENTS DROP]\n[SUBNETS DROP]\n-10.0.0.1\n"
		     "[END]\n");
	small_client(&s, "e", "[CLIENTS DROP]\n[SUBNETS ACCEPT]\n+10.0.0.1\n"
		     "[END]\n");
	/* a section that is not there drops */
	small_client(&s, "f", "[SUBNETS DROP]\n+10.0.0.1\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	make(&s);
	c = s.policy.clients.v;
	assert_string_equal(c[0].policy_chain, c[1].policy_chain);
	assert_string_equal(c[0].policy_chain, c[5].policy_chain);
	assert_string_not_equal(c[0].policy_chain, c[2].policy_chain);
	assert_string_not_equal(c[0].policy_chain, c[3].policy_chain);
	assert_string_not_equal(c[0].policy_chain, c[4].policy_chain);
	/* frame, policies with two chains each */
	assert_int_equal(s.rs.chains.n, 10 + 4 * 2);
	small_end(&s);
}

static void closed_clients_are_clients_without_an_owner(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS ACCEPT]\n[END]\n");
	small_client(&s, "shut", NULL);
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "shut", "10.8.0.3");
	make(&s);
	assert_set(&s, "client_addr4", "set client_addr4: 10.8.0.2, 10.8.0.3\n");
	assert_set(&s, "dropped4", "set dropped4: 10.8.0.2 \"john\"\n");
	assert_set(&s, "from4/tun0", "set from4/tun0: 10.8.0.2 \"john\"\n");
	assert_set(&s, "to4/tun0", "set to4/tun0: 10.8.0.2 \"john\"\n");
	small_end(&s);
}

static void rules_that_never_fire_are_left_out(void **state)
{
	struct small s = { 0 };

	(void)state;
	make_one(&s, "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n"
		 "-10.0.4.0/24\n"
		 "+10.0.4.7\n"		/* never: the line above */
		 "-10.0.5.0/24\n"
		 "+10.1.0.0/16\n"	/* the same as what comes after */
		 "+0.0.0.0/0\n"		/* the end */
		 "-10.2.0.0/16\n[END]\n");
	assert_policy(&s,
		"p/from\n"
		"\tip pair @deny4 goto no/from\n"
		"\tip daddr @open4 accept\n"
		"\tip daddr @client_addr4 goto no/from\n"
		"\tip daddr 127.0.0.0/8 goto no/from\n"
		"\tip daddr 10.0.4.0/24 goto no/from\n"
		"\tip daddr 10.0.5.0/24 goto no/from\n"
		"\taccept\n");
	small_end(&s);
}

static void near_ports_make_another_policy(void **state)
{
	struct small s = { 0 };
	struct client *c;

	(void)state;
	small_client(&s, "a", "[SERVICES]\n+10.0.0.1 tcp 7\n[END]\n");
	small_client(&s, "b", "[SERVICES]\n+10.0.0.1 tcp 7 from 9\n[END]\n");
	small_client(&s, "c", "[SERVICES]\n+10.0.0.1 tcp 7 from 9-10\n[END]\n");
	small_client(&s, "d", "[SERVICES]\n+10.0.0.1 tcp 7 from 9\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	make(&s);
	c = s.policy.clients.v;
	assert_string_not_equal(c[0].policy_chain, c[1].policy_chain);
	assert_string_not_equal(c[1].policy_chain, c[2].policy_chain);
	assert_string_equal(c[1].policy_chain, c[3].policy_chain);
	small_end(&s);
}

static void ports_are_the_far_ends(void **state)
{
	struct small s = { 0 };
	const struct client *c;
	char *text;

	(void)state;
	make_one(&s, "[CLIENTS DROP]\n[SERVICES]\n-10.0.0.1 icmp\n"
		     "+10.0.0.0/8 tcp 22,80-90\n+0.0.0.0/0 udp 53\n"
		     "+10.0.0.2 any\n+10.0.1.1 udp 53 from 1024-65535\n"
		     "+10.0.1.1 tcp from 7\n[SUBNETS DROP]\n[END]\n");
	assert_policy(&s,
		      "p/from\n"
		      "\tip daddr @client_addr4 goto no/from\n"
		      "\tip daddr 127.0.0.0/8 goto no/from\n"
		      "\tip daddr 10.0.0.1 proto 1 goto no/from\n"
		      "\tip daddr 10.0.0.0/8 proto 6 daddr port 22-22 accept\n"
		      "\tip daddr 10.0.0.0/8 proto 6 daddr port 80-90 accept\n"
		      "\tip proto 17 daddr port 53-53 accept\n"
		      "\tip daddr 10.0.0.2 accept\n"
		      "\tip daddr 10.0.1.1 proto 17 saddr port 1024-65535 "
		      "daddr port 53-53 accept\n"
		      "\tip daddr 10.0.1.1 proto 6 saddr port 7-7 accept\n"
		      "\tgoto no/from\n");
	c = policy_find(&s.policy, STR("john"));
	text = mem_printf("%s/to", c->policy_chain);
	assert_non_null(ruleset_find_chain(&s.rs, text));
	free(text);
	small_end(&s);
}

static void ipv6_meets_ipv4_rules_as_unknown(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS DROP]\n[SERVICES]\n"
		     "+0.0.0.0/8 icmp\n+fd00::/16 tcp 80\n[SUBNETS DROP]\n"
		     "+fd00:1::/32\n-10.0.0.1\n+unknown\n-fd00:2::/32\n"
		     "[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "john", "fd08::2");
	make(&s);
	assert_policy(&s,
		      "p/from\n"
		      "\tip daddr @client_addr4 goto no/from\n"
		      "\tip daddr 0.0.0.0/8 proto 1 accept\n"
		      "\tip daddr 10.0.0.1 goto no/from\n"
		      "\tip daddr 0.0.0.0 accept\n"
		      "\tip goto no/from\n"
		      "\tip6 daddr @client_addr6 goto no/from\n"
		      "\tip6 daddr ::1 goto no/from\n"
		      "\tip6 proto 58 accept\n"
		      "\tip6 daddr fd00::/16 proto 6 daddr port 80-80 accept\n"
		      "\taccept\n");
	small_end(&s);
}

/* 46 networks side by side, one of them with the other sign */
static char *long_list(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	fputs("[CLIENTS DROP]\n[SUBNETS ACCEPT]\n", out);
	for (i = 0; i < 46; i++)
		fprintf(out, "%c10.0.%u.0/24\n", i == 3 ? '+' : '-', i);
	fputs("-10.0.3.128/25\n[END]\n", out);
	fclose(out);
	return text;
}

static void long_lists_become_a_set_of_ranges(void **state)
{
	struct small s = { 0 };
	char *text = long_list(), *set, *wanted;
	const char *hash;

	(void)state;
	make_one(&s, text);
	free(text);
	hash = policy_find(&s.policy, STR("john"))->policy_chain + 2;
	set = mem_printf("n/%s", hash);
	/* neighbours are one; nothing where the default says the same */
	wanted = mem_printf("interval set %s: 10.0.0.0-10.0.2.255, "
			    "10.0.4.0-10.0.45.255\n", set);
	assert_set(&s, set, wanted);
	free(wanted);
	/* and the list is one rule, which asks it */
	assert_policy(&s,
		"p/from\n"
		"\tip daddr @client_addr4 goto no/from\n"
		"\tip daddr 127.0.0.0/8 goto no/from\n"
		"\tip daddr @n goto no/from\n"
		"\taccept\n");
	free(set);
	small_end(&s);
}

static void networks_have_holes_where_others_are(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS DROP]\n+nick\n[END]\n");
	small_client(&s, "nick", "[CLIENTS DROP]\n+john\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.9.0.0/24");
	small_address(&s, "nick", "10.9.0.5");
	make(&s);
	assert_set(&s, "from4/tun0", "set from4/tun0: 10.9.0.5 \"nick\"\n");
	assert_set(&s, "from4_net/tun0", "interval set from4_net/tun0: "
		   "10.9.0.0-10.9.0.4 \"john\", "
		   "10.9.0.6-10.9.0.255 \"john\"\n");
	assert_set(&s, "allowed4", "set allowed4:\n");
	assert_set(&s, "allowed4_net", "interval set allowed4_net: "
		   "10.9.0.0 . 10.9.0.5-10.9.0.4 . 10.9.0.5, "
		   "10.9.0.5 . 10.9.0.0-10.9.0.5 . 10.9.0.4, "
		   "10.9.0.5 . 10.9.0.6-10.9.0.5 . 10.9.0.255, "
		   "10.9.0.6 . 10.9.0.5-10.9.0.255 . 10.9.0.5\n");
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
	small_address(&s, "john", "10.8.0.3");
	small_address(&s, "john", "02:00:00:00:00:07");
	make(&s);
	assert_set(&s, "mac4", "set mac4: mac 07 . 10.8.0.2, "
		   "mac 07 . 10.8.0.3\n");
	small_assert_text(ruleset_text_chain(&s.rs, "from/tap0"),
			  "from/tap0\n\tip mac != @mac4 counter drop\n"
			  "\tip saddr @from4/tap0 ip pair @allowed4 accept\n"
			  "\tvmap ip saddr policy_from4/tap0\n"
			  "\tcounter drop\n");
	small_assert_text(ruleset_text_chain(&s.rs, "pre"),
			  "pre hook 1 -101\n\tiif tap0 goto from/tap0\n"
			  "\tiif tun0 goto from/tun0\n");
	small_assert_text(ruleset_text_chain(&s.rs, "post"),
			  "post hook 2 101\n\toif tap0 goto to/tap0\n"
			  "\toif tun0 goto to/tun0\n");
	small_end(&s);
}

static void of_a_pattern_known_names_go_on_and_the_rest_is_closed(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_vpn(&s, "tun*", false);
	small_dev(&s, "tun0");
	small_dev(&s, "tun7");
	small_vpn(&s, "vpn*", false);
	small_vpn(&s, "tap0", true);
	vec_push(&s.policy.others, mem_copy("tun3"));
	make(&s);
	small_assert_text(ruleset_text_chain(&s.rs, "pre"),
			  "pre hook 1 -101\n"
			  "\tiif tap0 goto from/tap0\n"
			  "\tiif tun* jump pattern/from\n"
			  "\tiif vpn* jump pattern/from\n");
	small_assert_text(ruleset_text_chain(&s.rs, "pattern/to"),
			  "pattern/to\n\toif tun0 goto to/tun/2a\n"
			  "\toif tun7 goto to/tun/2a\n"
			  "\toif tun3 return\n"
			  "\toif tun0* counter drop\n"
			  "\toif tun1* counter drop\n"
			  "\toif tun2* counter drop\n"
			  "\toif tun3* counter drop\n"
			  "\toif tun4* counter drop\n"
			  "\toif tun5* counter drop\n"
			  "\toif tun6* counter drop\n"
			  "\toif tun7* counter drop\n"
			  "\toif tun8* counter drop\n"
			  "\toif tun9* counter drop\n"
			  "\toif vpn* counter drop\n");
	/* only known ones may have a client's address */
	small_assert_text(ruleset_text_chain(&s.rs, "client/open"),
			  "client/open\n"
			  "\tiif tun0 goto client/open/in\n"
			  "\tiif tun7 goto client/open/in\n"
			  "\tiif tap0 goto client/open/in\n"
			  "\tlocal goto client/open/in\n\tgoto no/to\n");
	small_end(&s);
}

static void who_shares_a_vrf_is_told_apart_in_forward(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_vpn(&s, "tun0", false);
	small_vpn(&s, "tun1", false);
	s.policy.vpns.v[0].devs.v[0].vrf = mem_copy("blue");
	make(&s);
	small_assert_text(ruleset_text_chain(&s.rs, "vrf"),
			  "vrf hook 4 0\n\tiif blue jump vrf/in\n");
	small_assert_text(ruleset_text_chain(&s.rs, "vrf/in"),
			  "vrf/in\n\tsdif tun0 return\n"
			  "\tip saddr @client_addr4 jump vrf/to\n");
	small_assert_text(ruleset_text_chain(&s.rs, "vrf/to"),
			  "vrf/to\n\toif tun0 drop\n\toif tun1 drop\n");
	small_assert_text(ruleset_text_chain(&s.rs, "client/open"),
			  "client/open\n"
			  "\tiif tun0 goto client/open/in\n"
			  "\tiif blue goto client/open/in\n"
			  "\tiif tun1 goto client/open/in\n"
			  "\tlocal goto client/open/in\n\tgoto no/to\n");
	small_end(&s);
}

static void without_tap_hardware_addresses_say_nothing(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "john", "[CLIENTS DROP]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "john", "10.8.0.2");
	small_address(&s, "john", "02:00:00:00:00:07");
	make(&s);
	assert_set(&s, "from4/tun0", "set from4/tun0: 10.8.0.2 \"john\"\n");
	assert_null(ruleset_find_set(&s.rs, "mac4"));
	small_end(&s);
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
	make(&s);
	small_assert_text(ruleset_text_chain(&s.rs, "no/from"),
			  "no/from\n"
			  "\tip saddr @dropped4 goto log_from_denied\n"
			  "\tgoto log_from_denied\n");
	small_assert_text(ruleset_text_chain(&s.rs, "no/to"),
			  "no/to\n"
			  "\tip daddr @dropped4 goto log_to_denied\n"
			  "\tgoto log_to_denied\n");
	small_assert_text(ruleset_text_chain(&s.rs, "from/tap0"),
			  "from/tap0\n"
			  "\tip mac != @mac4 counter goto log_from_mac\n"
			  "\tip saddr @from4/tap0 ip pair @allowed4 accept\n"
			  "\tvmap ip saddr policy_from4/tap0\n"
			  "\tcounter goto log_from_unknown\n");
	small_assert_text(ruleset_text_chain(&s.rs, "log_from_mac"),
			  "log_from_mac\n"
			  "\tlimit 100+200 log 7 vpnpf from mac\n"
			  "\tdrop\n");
	assert_null(ruleset_find_chain(&s.rs, "log_from_clear"));
	small_end(&s);
}

/* The elements of CLIENTS: by the defaults of both, exceptions of both. */
static void assert_pair(const char *a, const char *b, const char *allow,
			const char *deny)
{
	struct small s = { 0 };

	small_client(&s, "a", a);
	small_client(&s, "b", b);
	policy_sort(&s.policy);
	small_vpn(&s, "tun0", false);
	small_address(&s, "a", "10.8.0.1");
	small_address(&s, "b", "10.8.0.2");
	make(&s);
	assert_set(&s, "allowed4", allow);
	assert_set(&s, "deny4", deny);
	small_end(&s);
}

static void only_exceptions_become_pairs(void **state)
{
	static const char allow[] = "set allowed4: 10.8.0.1 . 10.8.0.2, "
				    "10.8.0.2 . 10.8.0.1\n";
	static const char deny[] = "set deny4: 10.8.0.1 . 10.8.0.2, "
				   "10.8.0.2 . 10.8.0.1\n";
	static const char none_allow[] = "set allowed4:\n";
	static const char none_deny[] = "set deny4:\n";

	(void)state;
	assert_pair("[CLIENTS DROP]\n[END]\n", "[CLIENTS DROP]\n[END]\n",
		    none_allow, none_deny);
	assert_pair("[CLIENTS DROP]\n+b\n[END]\n", "[CLIENTS DROP]\n[END]\n",
		    none_allow, none_deny);
	assert_pair("[CLIENTS DROP]\n+b\n[END]\n",
		    "[CLIENTS DROP]\n+a\n[END]\n", allow, none_deny);
	assert_pair("[CLIENTS DROP]\n+b\n[END]\n",
		    "[CLIENTS ACCEPT]\n[END]\n", allow, none_deny);
	assert_pair("[CLIENTS DROP]\n+b\n[END]\n",
		    "[CLIENTS ACCEPT]\n-a\n[END]\n", none_allow, none_deny);
	assert_pair("[CLIENTS ACCEPT]\n[END]\n", "[CLIENTS ACCEPT]\n[END]\n",
		    none_allow, none_deny);
	assert_pair("[CLIENTS ACCEPT]\n-b\n[END]\n",
		    "[CLIENTS ACCEPT]\n[END]\n", none_allow, deny);
	assert_pair("[CLIENTS ACCEPT]\n-b\n[END]\n",
		    "[CLIENTS ACCEPT]\n+a\n[END]\n", none_allow, deny);
	assert_pair("[CLIENTS ACCEPT]\n+b\n-ghost\n[END]\n",
		    "[CLIENTS ACCEPT]\n+a\n[END]\n", none_allow, none_deny);
	assert_pair("[CLIENTS DROP]\n+a\n[END]\n", NULL,
		    "set allowed4: 10.8.0.1 . 10.8.0.1\n", none_deny);
	assert_pair("[CLIENTS DROP]\n+b\n[END]\n", NULL, none_allow,
		    none_deny);
}

static void odd_names_are_as_nft_reads_them(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_client(&s, "a \"b/\303\274", "[CLIENTS DROP]\n[END]\n");
	policy_sort(&s.policy);
	small_vpn(&s, "t/0", false);
	small_address(&s, "a \"b/\303\274", "10.8.0.2");
	make(&s);
	assert_set(&s, "from4/t/2f0",
		   "set from4/t/2f0: 10.8.0.2 \"a \x7f" "b/\303\274\"\n");
	small_end(&s);
}

static void the_state_element_holds_the_digest(void **state)
{
	char text[LOWER_STATE_TEXT];
	struct small s = { 0 };
	const struct set *set;

	(void)state;
	make_one(&s, "[END]\n");
	set = ruleset_find_set(&s.rs, "state");
	assert_int_equal(set->elems.n, 1);
	assert_string_equal(set->elems.v[0].comment,
			    lower_state(ruleset_digest(&s.rs), text));
	assert_string_equal(lower_state(0x123, text),
			    "vpnpf 0000000000000123");
	small_end(&s);
}

static bool no_users(void *arg, const char *policy_chain)
{
	(void)policy_chain;
	(*(unsigned int *)arg)++;
	return false;
}

static bool one_user(void *arg, const char *policy_chain)
{
	(void)arg;
	(void)policy_chain;
	return true;
}

static void three_of_two_policies(struct small *s)
{
	small_client(s, "a", "[CLIENTS DROP]\n+b\n[SUBNETS DROP]\n[END]\n");
	small_client(s, "b", "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n");
	small_client(s, "c", "[CLIENTS DROP]\n+b\n[SUBNETS DROP]\n[END]\n");
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	small_address(s, "a", "10.8.0.1");
	small_address(s, "b", "10.8.0.2");
	small_address(s, "c", "10.8.0.3");
	make(s);
}

static void the_digest_is_the_sum_of_the_parts(void **state)
{
	struct small s = { 0 };
	struct policy frame = { 0 };
	struct ruleset part, empty;
	struct client *c;
	unsigned int asked = 0;

	(void)state;
	three_of_two_policies(&s);
	policy_add_vpn(&frame, STR("tun0"), STR("tun0"), false, NULL);
	lower_nft(&frame, &empty);
	vec_each(c, &s.policy.clients)
		c->affected = true;
	lower_nft_affected(&s.policy, no_users, &asked, &part);
	assert_int_equal(asked, 2);
	assert_true(ruleset_digest(&s.rs) ==
		    ruleset_digest(&empty) + ruleset_digest(&part));
	ruleset_fini(&empty);
	ruleset_fini(&part);
	policy_fini(&frame);
	small_end(&s);
}

static void a_focus_shows_what_is_one_clients_alone(void **state)
{
	struct small s = { 0 };
	struct ruleset part;

	(void)state;
	three_of_two_policies(&s);
	policy_find(&s.policy, STR("a"))->affected = true;
	lower_nft_affected(&s.policy, one_user, NULL, &part);
	assert_int_equal(part.chains.n, 0);
	small_assert_text(ruleset_text_set(&part, "allowed4"),
			  "set allowed4: 10.8.0.1 . 10.8.0.2, "
			  "10.8.0.2 . 10.8.0.1\n");
	small_assert_text(ruleset_text_set(&part, "from4/tun0"),
			  "set from4/tun0: 10.8.0.1 \"a\"\n");
	small_assert_text(ruleset_text_set(&part, "client_addr4"),
			  "set client_addr4: 10.8.0.1\n");
	small_assert_text(ruleset_text_set(&part, "state"), "set state:\n");
	ruleset_fini(&part);
	small_end(&s);
}

static void nobody_at_all_is_a_table_that_drops(void **state)
{
	struct small s = { 0 };

	(void)state;
	small_vpn(&s, "tun0", false);
	policy_sort(&s.policy);
	make(&s);
	small_assert_text(ruleset_text(&s.rs),
		"set allowed4:\n"
		"set client_addr4:\n"
		"set deny4:\n"
		"set dropped4:\n"
		"set from4/tun0:\n"
		"set open4:\n"
		"map policy_from4/tun0:\n"
		"map policy_to4/tun0:\n"
		"set state: state\n"
		"set to4/tun0:\n"
		"client/drop\n"
		"\tgoto no/to\n"
		"client/open\n"
		"\tiif tun0 goto client/open/in\n"
		"\tlocal goto client/open/in\n"
		"\tgoto no/to\n"
		"client/open/in\n"
		"\tip pair @deny4 goto no/to\n"
		"\tip saddr @open4 accept\n"
		"\tgoto no/to\n"
		"from/tun0\n"
		"\tip saddr @from4/tun0 ip pair @allowed4 accept\n"
		"\tvmap ip saddr policy_from4/tun0\n"
		"\tcounter drop\n"
		"no/from\n"
		"\tip saddr @dropped4 drop\n"
		"\tdrop\n"
		"no/to\n"
		"\tip daddr @dropped4 drop\n"
		"\tdrop\n"
		"pair/tun0\n"
		"\tip pair @allowed4 ip daddr @to4/tun0 accept\n"
		"post hook 2 101\n"
		"\toif tun0 goto to/tun0\n"
		"pre hook 1 -101\n"
		"\tiif tun0 goto from/tun0\n"
		"to/tun0\n"
		"\tiif tun0 jump pair/tun0\n"
		"\tlocal jump pair/tun0\n"
		"\tip daddr @to4/tun0 vmap ip daddr policy_to4/tun0\n"
		"\tcounter drop\n");
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_clients_become_these_chains),
		cmocka_unit_test(equal_policies_share_a_chain),
		cmocka_unit_test(closed_clients_are_clients_without_an_owner),
		cmocka_unit_test(rules_that_never_fire_are_left_out),
		cmocka_unit_test(near_ports_make_another_policy),
		cmocka_unit_test(ports_are_the_far_ends),
		cmocka_unit_test(ipv6_meets_ipv4_rules_as_unknown),
		cmocka_unit_test(long_lists_become_a_set_of_ranges),
		cmocka_unit_test(networks_have_holes_where_others_are),
		cmocka_unit_test(a_tap_client_is_bound_to_its_hardware_address),
		cmocka_unit_test(
			of_a_pattern_known_names_go_on_and_the_rest_is_closed),
		cmocka_unit_test(who_shares_a_vrf_is_told_apart_in_forward),
		cmocka_unit_test(without_tap_hardware_addresses_say_nothing),
		cmocka_unit_test(what_is_denied_is_logged_where_it_was_dropped),
		cmocka_unit_test(only_exceptions_become_pairs),
		cmocka_unit_test(odd_names_are_as_nft_reads_them),
		cmocka_unit_test(the_state_element_holds_the_digest),
		cmocka_unit_test(the_digest_is_the_sum_of_the_parts),
		cmocka_unit_test(a_focus_shows_what_is_one_clients_alone),
		cmocka_unit_test(nobody_at_all_is_a_table_that_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
