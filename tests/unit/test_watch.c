/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of denied packets that tests/kernel/watch.sh cannot cause: there is no
 * tap device, no tunnel, and nobody else who logs.
 */
#include "config.h"

#include "cli/watch/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/small_policy.h"

/* 10.8.0.2 -> 10.0.4.9 and back, udp from port 1 to port 2 */
static const uint8_t from_john[] = {
	0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0,
	10, 8, 0, 2, 10, 0, 4, 9, 0, 1, 0, 2, 0, 8, 0, 0,
};
static const uint8_t to_john[] = {
	0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0,
	10, 0, 4, 9, 10, 8, 0, 2, 0, 1, 0, 2, 0, 8, 0, 0,
};

struct bench {
	struct small s;
	struct load load;
	struct query q;
};

/* John, whose address is of the tunnel REQID, and whose file is TEXT. */
static void begin(struct bench *b, const char *name, const char *text,
		  uint32_t reqid)
{
	*b = (struct bench){ .load = { .conf = { .policy = NULL } } };
	small_client(&b->s, name, text);
	policy_sort(&b->s.policy);
	small_address(&b->s, name, "10.8.0.2");
	b->s.policy.bindings.v[0].reqid = reqid;
	small_resolve(&b->s);
	query_init(&b->q, &b->load, &b->s.policy);
}

static void end(struct bench *b)
{
	query_fini(&b->q);
	small_end(&b->s);
}

/* What is shown of it, malloced. */
static char *show(struct bench *b, bool json, const char *prefix,
		  const uint8_t *data, size_t size)
{
	const struct logged_packet p = { prefix, data, size };
	FILE *before = stdout;
	char *text = NULL;
	size_t n;

	stdout = open_memstream(&text, &n);
	if (json)
		watch_print_json(&b->q, &p);
	else
		watch_print(&b->q, &p);
	fclose(stdout);
	stdout = before;
	return text;
}

/* The line behind its time. */
static void assert_shown(struct bench *b, const char *prefix,
			 const uint8_t *data, const char *wanted)
{
	char *text = show(b, false, prefix, data, sizeof(from_john));

	assert_true(strlen(text) > 9);
	assert_string_equal(text + 9, wanted);
	free(text);
}

static void the_way_of_a_packet_may_be_the_reason(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "john", "[SUBNETS ACCEPT]\n[END]\n", 7);
	assert_shown(&b, "vpnpf from mac", from_john,
		     "john -> 10.0.4.9 udp/2 denied: another hardware address than its own\n");
	assert_shown(&b, "vpnpf from clear", from_john,
		     "john -> 10.0.4.9 udp/2 denied: not through a tunnel\n");
	assert_shown(&b, "vpnpf to tunnel", to_john,
		     "10.0.4.9 -> john udp/2 from port 1 denied: another tunnel than its own\n");
	/* iptables does not find the leaf of an address in another tunnel */
	assert_shown(&b, "vpnpf from unknown", from_john,
		     "john -> 10.0.4.9 udp/2 denied: another tunnel than its own\n");
	end(&b);
}

static void a_known_address_is_not_always_in_a_tunnel(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "john", "[SUBNETS ACCEPT]\n[END]\n", 0);
	assert_shown(&b, "vpnpf from unknown", from_john,
		     "john -> 10.0.4.9 udp/2 denied: the rules in force; the files allow it now\n");
	end(&b);
}

static void names_do_not_reach_the_terminal_as_they_are(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "a\033[2J\nb", "[SUBNETS DROP]\n[END]\n", 0);
	assert_shown(&b, "vpnpf from mac", from_john,
		     "a\\x1b[2J\\x0ab -> 10.0.4.9 udp/2 denied: another hardware address than its own\n");
	end(&b);
}

static void what_others_log_is_not_shown(void **state)
{
	static const char *const prefixes[] = {
		"", "vpnpf", "vpnpf ", "vpnpf from", "vpnpf at denied",
		"other from denied", "VPNPF from denied",
	};
	struct bench b;
	char *text;
	size_t i;

	(void)state;
	begin(&b, "john", "[SUBNETS DROP]\n[END]\n", 0);
	for (i = 0; i < 2 * sizeof(prefixes) / sizeof(*prefixes); i++) {
		text = show(&b, i % 2, prefixes[i / 2], from_john,
			    sizeof(from_john));
		assert_string_equal(text, "");
		free(text);
	}
	end(&b);
}

static void a_packet_without_its_ends_is_not_shown(void **state)
{
	struct bench b;
	char *text;
	size_t n;

	(void)state;
	begin(&b, "john", "[SUBNETS DROP]\n[END]\n", 0);
	for (n = 0; n <= sizeof(from_john); n++) {
		text = show(&b, n % 2, "vpnpf from denied", from_john, n);
		assert_int_equal(strlen(text) > 0, n >= 20);
		free(text);
	}
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_of_a_packet_may_be_the_reason),
		cmocka_unit_test(a_known_address_is_not_always_in_a_tunnel),
		cmocka_unit_test(names_do_not_reach_the_terminal_as_they_are),
		cmocka_unit_test(what_others_log_is_not_shown),
		cmocka_unit_test(a_packet_without_its_ends_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
