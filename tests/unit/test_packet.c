/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nflog/packet.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/mem.h"
#include "tests/unit/lib/rng.h"

/* 10.8.0.2 -> 10.0.4.9, port 4000 to port 22, as far as there are ports. */
#define IP4(version_length, fragment, proto) \
	version_length, 0, 0, 24, 0, 1, (fragment) >> 8, (fragment) & 255, \
	64, proto, 0, 0, 10, 8, 0, 2, 10, 0, 4, 9
/* fd00::2 -> fd00::9 */
#define IP6(next) \
	0x60, 0, 0, 0, 0, 24, next, 64, \
	0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, \
	0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
#define PORTS 0x0f, 0xa0, 0, 22, 0, 0, 0, 0

#define PARSE(out, ...) \
	parse((const uint8_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint8_t[]){ __VA_ARGS__ }), out)

/* From memory that ends where the packet does. */
static bool parse(const uint8_t *data, size_t size, struct packet *out)
{
	uint8_t *copy = mem_alloc(size + !size);
	bool ok;

	memcpy(copy, data, size);
	ok = packet_parse(copy, size, out);
	free(copy);
	return ok;
}

static void assert_host(const struct prefix *p, const char *wanted)
{
	char text[ADDR_TEXT];

	assert_string_equal(prefix_format(p, text), wanted);
	assert_true(prefix_is_host(p));
}

static void assert_ports(const struct packet *p, unsigned int proto)
{
	assert_int_equal(p->proto, proto);
	assert_true(p->has_ports);
	assert_int_equal(p->sport, 4000);
	assert_int_equal(p->dport, 22);
}

static void both_families_have_ends_and_ports(void **state)
{
	struct packet p;

	(void)state;
	assert_true(PARSE(&p, IP4(0x45, 0, IPPROTO_TCP), PORTS));
	assert_host(&p.src, "10.8.0.2");
	assert_host(&p.dst, "10.0.4.9");
	assert_ports(&p, IPPROTO_TCP);
	assert_true(PARSE(&p, IP6(IPPROTO_SCTP), PORTS));
	assert_host(&p.src, "fd00::2");
	assert_host(&p.dst, "fd00::9");
	assert_ports(&p, IPPROTO_SCTP);
}

static void options_stand_before_ports(void **state)
{
	struct packet p;

	(void)state;
	assert_true(PARSE(&p, IP4(0x47, 0, IPPROTO_UDP), 1, 1, 1, 1, 1, 1, 1,
			  1, PORTS));
	assert_ports(&p, IPPROTO_UDP);
	assert_true(PARSE(&p, IP4(0x47, 0, IPPROTO_UDP), 1, 1, 1, 1, PORTS));
	assert_int_equal(p.sport, 0);
	/* a header longer than the packet, or shorter than one can be */
	assert_true(PARSE(&p, IP4(0x4f, 0, IPPROTO_UDP), PORTS));
	assert_false(p.has_ports);
	assert_false(PARSE(&p, IP4(0x44, 0, IPPROTO_UDP), PORTS));
}

static void other_protocols_have_no_ports(void **state)
{
	struct packet p;

	(void)state;
	assert_true(PARSE(&p, IP4(0x45, 0, IPPROTO_ICMP), PORTS));
	assert_int_equal(p.proto, IPPROTO_ICMP);
	assert_false(p.has_ports);
	assert_true(PARSE(&p, IP6(IPPROTO_ESP), PORTS));
	assert_int_equal(p.proto, IPPROTO_ESP);
	assert_false(p.has_ports);
}

/* What looks like ports there is of the middle of something. */
static void later_fragments_have_no_ports(void **state)
{
	struct packet p;

	(void)state;
	assert_true(PARSE(&p, IP4(0x45, 0x2000, IPPROTO_TCP), PORTS));
	assert_ports(&p, IPPROTO_TCP);
	assert_true(PARSE(&p, IP4(0x45, 0x2001, IPPROTO_TCP), PORTS));
	assert_int_equal(p.proto, IPPROTO_TCP);
	assert_false(p.has_ports);
	assert_true(PARSE(&p, IP6(IPPROTO_FRAGMENT), IPPROTO_TCP, 0, 0, 1, 0,
			  0, 0, 1, PORTS));
	assert_ports(&p, IPPROTO_TCP);
	assert_true(PARSE(&p, IP6(IPPROTO_FRAGMENT), IPPROTO_TCP, 0, 0, 9, 0,
			  0, 0, 1, PORTS));
	assert_int_equal(p.proto, IPPROTO_TCP);
	assert_false(p.has_ports);
}

static void extension_headers_are_passed_over(void **state)
{
	struct packet p;

	(void)state;
	assert_true(PARSE(&p, IP6(IPPROTO_HOPOPTS),
			  IPPROTO_ROUTING, 0, 1, 4, 0, 0, 0, 0,
			  IPPROTO_AH, 1, 0, 0, 0, 0, 0, 0,
			  0, 0, 0, 0, 0, 0, 0, 0,
			  IPPROTO_DSTOPTS, 4, 0, 0, 0, 0, 0, 0,
			  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			  IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0, PORTS));
	assert_ports(&p, IPPROTO_UDP);
	/* one that says it is longer than the packet */
	assert_true(PARSE(&p, IP6(IPPROTO_DSTOPTS), IPPROTO_UDP, 200, 1, 4, 0,
			  0, 0, 0, PORTS));
	assert_int_equal(p.proto, IPPROTO_DSTOPTS);
	assert_false(p.has_ports);
}

/* It ends, however many there are. */
static void extension_headers_are_not_followed_for_ever(void **state)
{
	uint8_t many[40 + 8 * 30] = { IP6(IPPROTO_DSTOPTS) };
	struct packet p;
	size_t at;

	(void)state;
	for (at = 40; at < sizeof(many); at += 8)
		many[at] = IPPROTO_DSTOPTS;
	assert_true(parse(many, sizeof(many), &p));
	assert_false(p.has_ports);
}

/* Of each packet above, each beginning: ends or nothing, and ports only where
 * there are four bytes of them. */
static void packets_may_be_cut_anywhere(void **state)
{
	const uint8_t ip4[] = { IP4(0x45, 0, IPPROTO_TCP), PORTS };
	const uint8_t ip6[] = {
		IP6(IPPROTO_FRAGMENT), IPPROTO_TCP, 0, 0, 1, 0, 0, 0, 1, PORTS,
	};
	struct packet p;
	size_t n;

	(void)state;
	for (n = 0; n <= sizeof(ip4); n++) {
		assert_int_equal(parse(ip4, n, &p), n >= 20);
		assert_int_equal(p.has_ports, n >= 24);
	}
	for (n = 0; n <= sizeof(ip6); n++) {
		assert_int_equal(parse(ip6, n, &p), n >= 40);
		assert_int_equal(p.has_ports, n >= 52);
	}
}

static void what_is_no_ip_packet_is_refused(void **state)
{
	uint8_t other[64] = { 0 };
	struct packet p;
	unsigned int version;

	(void)state;
	for (version = 0; version < 16; version++) {
		other[0] = (uint8_t)(version << 4 | 5);
		assert_int_equal(parse(other, sizeof(other), &p),
				 version == 4 || version == 6);
	}
}

/* Sanitizers and valgrind look on. */
static void any_bytes_are_borne(void **state)
{
	struct rng rng = { 1 };
	uint8_t bytes[120];
	struct packet p;
	unsigned int i;
	size_t n, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = rng_below(&rng, sizeof(bytes) + 1);
		for (k = 0; k < n; k++)
			bytes[k] = (uint8_t)(rng_percent(&rng, 50)
				? rng_below(&rng, 61) : rng_below(&rng, 256));
		bytes[0] = rng_percent(&rng, 50) ? 0x60 : 0x45;
		parse(bytes, n, &p);
		assert_true(!p.has_ports || n >= 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_families_have_ends_and_ports),
		cmocka_unit_test(options_stand_before_ports),
		cmocka_unit_test(other_protocols_have_no_ports),
		cmocka_unit_test(later_fragments_have_no_ports),
		cmocka_unit_test(extension_headers_are_passed_over),
		cmocka_unit_test(extension_headers_are_not_followed_for_ever),
		cmocka_unit_test(packets_may_be_cut_anywhere),
		cmocka_unit_test(what_is_no_ip_packet_is_refused),
		cmocka_unit_test(any_bytes_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
