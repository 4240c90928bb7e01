/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/pf_reading.h"

static void services_are_read(void **state)
{
	(void)state;
	expect("[SERVICES]\n+10.0.0.0/8 tcp 22\n-fd00::/8 udp\n"
	       "+10.0.5.17 icmp\n+0.0.0.0/0 any\n+10.0.0.1\tsctp \t 1-65535\n"
	       "[END]\n",
	       "DROP | DROP | +10.0.0.0/8 tcp 22-22 -fd00::/8 udp "
	       "+10.0.5.17 icmp +0.0.0.0/0 any +10.0.0.1 sctp 1-65535");
	expect("[CLIENTS DROP]\n+a\n[services]\n+10.0.0.1 tcp\n"
	       "[SUBNETS ACCEPT]\n-10.0.0.2\n[Services]\n-10.0.0.3 udp\n"
	       "[END]\n",
	       "DROP +a | ACCEPT -10.0.0.2 | +10.0.0.1 tcp -10.0.0.3 udp");
}

static void ports_are_sorted_and_joined(void **state)
{
	(void)state;
	expect("[SERVICES]\n+10.0.0.1 tcp 443,80-90,22,85-95,96,22\n[END]\n",
	       "DROP | DROP | +10.0.0.1 tcp 22-22,80-96,443-443");
	expect("[SERVICES]\n+10.0.0.1 tcp 65535,1-65534\n[END]\n",
	       "DROP | DROP | +10.0.0.1 tcp 1-65535");
	expect("[SERVICES]\n+10.0.0.1 tcp 10-90,20-30\n[END]\n",
	       "DROP | DROP | +10.0.0.1 tcp 10-90");
}

static void the_near_ends_ports_stand_behind_from(void **state)
{
	(void)state;
	expect("[SERVICES]\n+10.0.1.1 udp 53 from 1024-65535\n"
	       "-10.0.1.1 tcp 22,80-90\tfrom  7\n+10.0.1.1 sctp from 9-9\n"
	       "[END]\n",
	       "DROP | DROP | +10.0.1.1 udp 53-53 from 1024-65535 "
	       "-10.0.1.1 tcp 22-22,80-90 from 7-7 +10.0.1.1 sctp from 9-9");
}

static void host_bits_of_services_are_cleared(void **state)
{
	(void)state;
	expect_warned("[SERVICES]\n+10.1.2.3/8 tcp\n[END]\n",
		      "DROP | DROP | +10.0.0.0/8 tcp",
		      "a.pf:2:2: warning: \"10.1.2.3/8\" means 10.0.0.0/8");
}

static void services_are_strict(void **state)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		{ "10.0.0.0/8", "5:12: error: \"\" is no protocol" },
		{ "10.0.0.0/8 TCP", "5:13: error: \"TCP\" is no protocol" },
		{ "10.0.0.0/8 ip", "\"ip\" is no protocol" },
		{ "10.0.0.0/8 tcp 0", "5:17: error: \"0\" is no port" },
		{ "10.0.0.0/8 tcp 65536", "\"65536\" is no port" },
		{ "10.0.0.0/8 tcp 080", "\"080\" is no port" },
		{ "10.0.0.0/8 tcp ssh", "\"ssh\" is no port" },
		{ "10.0.0.0/8 tcp 22,", "\"\" is no port" },
		{ "10.0.0.0/8 tcp ,22", "\"\" is no port" },
		{ "10.0.0.0/8 tcp 22,x,y", "5:20: error: \"x\" is no port" },
		{ "10.0.0.0/8 tcp 90-80", "\"90-80\" is no port" },
		{ "10.0.0.0/8 tcp 80-", "\"80-\" is no port" },
		{ "10.0.0.0/8 tcp -80", "\"-80\" is no port" },
		{ "10.0.0.0/8 tcp 1-2-3", "\"1-2-3\" is no port" },
		{ "10.0.0.0/8 tcp 22, 80", "\"80\" is one word too many" },
		{ "10.0.0.0/8 tcp 22 # x", "\"# x\" is one word too many" },
		{ "10.0.0.0/8 icmp 8", "\"icmp\" takes no ports" },
		{ "10.0.0.0/8 any from 8", "\"any\" takes no ports" },
		{ "10.0.0.0/8 any from", "\"any\" takes no ports" },
		{ "10.0.0.0/8 tcp 22 from",
		  "5:24: error: \"\" is not one port" },
		{ "10.0.0.0/8 tcp from 0", "\"0\" is not one port" },
		{ "10.0.0.0/8 tcp from 9-7", "\"9-7\" is not one port" },
		{ "10.0.0.0/8 tcp from 7,9", "5:22: error: \"7,9\" is not one" },
		{ "10.0.0.0/8 tcp from 7 9", "5:24: error: \"9\" is one word" },
		{ "10.0.0.0/8 tcp from from", "\"from\" is not one port" },
		{ "10.0.0.0/8 tcp 7 from 7 from 9", "\"from 9\" is one word" },
		{ "10.0.0.0/8 tcp 22 to 9", "5:20: error: \"to 9\" is one word" },
		{ "10.0.0.0/8 tcp FROM 9", "5:22: error: \"9\" is one word" },
		{ "10.0.0.0/8 any 22", "\"any\" takes no ports" },
		{ "unknown tcp", "\"unknown\" is none" },
		{ "010.0.0.0/8 tcp", "\"010.0.0.0/8\" is no address" },
		{ "10.0.0.0/08 tcp", "\"10.0.0.0/08\" is no address" },
		{ "10.0.0.0/33 tcp", "\"10.0.0.0/33\" is no address" },
		{ "nick tcp", "\"nick\" is no address" },
		{ "tcp 22", "\"tcp\" is no address" },
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text),
			 "#\n\n\n[SERVICES]\n+%s\n[END]\n", rows[i].line);
		expect_rejected(text, rows[i].said);
	}
	expect_rejected("[SERVICES]\n+\n[END]\n", "nothing follows");
}

static void services_are_refused_as_openvpn_did(void **state)
{
	const struct pffile_options old = { .openvpn_25 = true };
	static const char text[] = "[SERVICES]\n+10.0.0.0/8 tcp\n[END]\n";
	struct reading r;

	(void)state;
	reading_init(&r, text, strlen(text), &old);
	assert_string_equal(r.means, "REJECTED");
	assert_int_equal(r.errors, 1);
	assert_non_null(strstr(r.said, "no such section \"[SERVICES]\""));
	assert_non_null(strstr(r.said, "knows no services"));
	reading_fini(&r);
}

static void a_service_that_never_counts_is_warned_of(void **state)
{
	(void)state;
	expect_warned("[SERVICES]\n+10.0.0.0/8 tcp 1-1000\n"
		      "-10.0.0.1 tcp 22,80\n[END]\n",
		      "DROP | DROP | +10.0.0.0/8 tcp 1-1000 "
		      "-10.0.0.1 tcp 22-22,80-80",
		      "a.pf:3:2: warning: this line never counts");
	expect_warned("[SERVICES]\n-10.0.0.0/8 any\n+10.0.0.1 tcp 22\n[END]\n",
		      "DROP | DROP | -10.0.0.0/8 any +10.0.0.1 tcp 22-22",
		      "a.pf:2:2: note: this line matches first");
	expect_warned("[SERVICES]\n+0.0.0.0/0 tcp\n-fd00::/8 tcp 22\n[END]\n",
		      "DROP | DROP | +0.0.0.0/0 tcp -fd00::/8 tcp 22-22",
		      "a.pf:3:2: warning: this line never counts");
	expect_warned("[SERVICES]\n+10.0.0.1 tcp 22 from 7-10\n"
		      "-10.0.0.1 tcp 22 from 8-9\n[END]\n",
		      "DROP | DROP | +10.0.0.1 tcp 22-22 from 7-10 "
		      "-10.0.0.1 tcp 22-22 from 8-9",
		      "a.pf:3:2: warning: this line never counts");
	expect("[SERVICES]\n+10.0.0.1 tcp from 7-10\n-10.0.0.1 tcp\n"
	       "-10.0.0.1 tcp from 7-11\n-10.0.0.1 tcp from 6\n[END]\n",
	       "DROP | DROP | +10.0.0.1 tcp from 7-10 -10.0.0.1 tcp "
	       "-10.0.0.1 tcp from 7-11 -10.0.0.1 tcp from 6-6");
	expect("[SERVICES]\n+10.0.0.0/8 tcp 22\n-10.0.0.1 tcp\n"
	       "-10.0.0.1 udp 22\n-10.0.0.1 tcp 22-23\n-10.0.0.0/7 tcp 22\n"
	       "-10.0.0.1 any\n[END]\n",
	       "DROP | DROP | +10.0.0.0/8 tcp 22-22 -10.0.0.1 tcp "
	       "-10.0.0.1 udp 22-22 -10.0.0.1 tcp 22-23 "
	       "-10.0.0.0/7 tcp 22-22 -10.0.0.1 any");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_read),
		cmocka_unit_test(ports_are_sorted_and_joined),
		cmocka_unit_test(the_near_ends_ports_stand_behind_from),
		cmocka_unit_test(host_bits_of_services_are_cleared),
		cmocka_unit_test(services_are_strict),
		cmocka_unit_test(services_are_refused_as_openvpn_did),
		cmocka_unit_test(a_service_that_never_counts_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
