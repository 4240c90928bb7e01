/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/conf_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define IPSEC "ipsec road {\n dev = eth0\n local = \"192.0.2.1\"\n" \
	" networks = { \"10.0.2.0/24\", \"fd00:2::/64\" }\n"

static void ipsec_section_is_read(void **state)
{
	const struct instance *in;
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY IPSEC " ike = yes\n addresses = road.txt\n}\n"
		"openvpn lab { dev = tun0 }\n", &c), 0);
	assert_string_equal(said, "");
	assert_int_equal(c.instances.n, 2);
	assert_null(c.instances.v[0].ipsec);
	in = &c.instances.v[1];
	assert_string_equal(in->name, "road");
	assert_string_equal(in->dev, "eth0");
	assert_string_equal(in->ipp, in_folder("road.txt"));
	assert_int_equal(in->topology, TOPOLOGY_SUBNET);
	assert_true(in->ipsec->ike);
	assert_int_equal(addr_ip4(&in->ipsec->ends.v[0].addr), 0xc0000201);
	assert_int_equal(in->ipsec->clients.n, 2);
	assert_int_equal(in->ipsec->clients.v[0].len, 24);
	assert_int_equal(in->ipsec->clients.v[1].family, FAMILY_IP6);
	conf_fini(&c);
	/* alone, and with as little as possible */
	assert_int_equal(file(POLICY "ipsec a { dev = 'eth*' local = '::1'"
			      " networks = 10.0.2.1 }", &c), 0);
	assert_false(c.instances.v[0].ipsec->ike);
	assert_null(c.instances.v[0].ipp);
	assert_true(prefix_is_host(&c.instances.v[0].ipsec->clients.v[0]));
	conf_fini(&c);
}

#define ROAD(values) POLICY "ipsec road {\n" values "\n}\n"

static void ipsec_values_are_numbers(void **state)
{
	(void)state;
	expect_said(ROAD("dev=eth0 local = vpn.example.org networks = 10.0.2.1"),
		    "/v.conf:3:18: error: \"vpn.example.org\" is no address; host names are not looked up");
	expect_said(ROAD("local = '192.0.2.0/24'"),
		    ":3:10: error: \"192.0.2.0/24\" is not the address of one host");
	expect_said(ROAD("local = '0.0.0.0'"), ":3:10: error: \"0.0.0.0\" is");
	expect_said(ROAD("local = '::'"), ":3:10: error: \"::\" is not the address");
	expect_said(ROAD("networks = { '10.0.2.0/24',\n'road' }"),
		    ":4:2: error: \"road\" is no network");
	expect_said(ROAD("networks = { '10.0.2.0/24', '10.0.2.0/33' }"),
		    ":3:30: error: \"10.0.2.0/33\" is no network");
	expect_said(ROAD("networks = { '10.0.2.1/24' }"),
		    ":3:15: error: \"10.0.2.1/24\" is no network: host bits are set; give 10.0.2.0/24");
	expect_said(ROAD("networks = { '::/0' }"), "\"::/0\" is every address");
	expect_said(ROAD("networks = { '' }"), "\"networks\" is empty");
	expect_said(ROAD("dev = 'eth 0'"), "no interface can be called");
	expect_said(ROAD("topology = subnet"), "no such option 'topology'");
	expect_said(ROAD("ike = perhaps"), "error: ");
}

static void ipsec_sections_are_whole(void **state)
{
	(void)state;
	expect_said(ROAD("dev = eth0 networks = '10.0.2.0/24'"),
		    "/v.conf:2:1: error: no address of the tunnel endpoint");
	expect_said(ROAD("dev = eth0 local = '192.0.2.1'"),
		    "/v.conf:2:1: error: no networks of the clients");
	expect_said(ROAD("dev = eth0 local = '192.0.2.1' networks = {}"),
		    "/v.conf:2:1: error: no networks of the clients");
	expect_said(POLICY "ipsec a { dev = eth0 ", "");
	expect_said(POLICY "ipsec 'a b' { dev = eth0 }", "no name of a");
	expect_said(POLICY IPSEC "}\n" IPSEC "}\n", "road");
	expect_said(POLICY "openvpn road { dev = tun0 }\n" IPSEC "}\n",
		    "/v.conf:3:1: error: there are two sections \"road\"");
	assert_non_null(strstr(said, "/v.conf:2:1: note: the other one"));
}

#define LAB(nets) "ipsec lab { dev = eth1 local = '192.0.2.2'\nnetworks = {" \
	nets "} }\n"

/* A file of before has one of each, and none of the new settings. */
static void ipsec_settings_may_be_several(void **state)
{
	const struct ipsec *ipsec;
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY "ipsec road {\n"
		"local = { '192.0.2.1', '198.51.100.1', '2001:db8::1' }\n"
		"dev = { eth0, 'ppp*' } inside = { eth1, 'wlan*' }\n"
		"site-to-site = yes networks = '10.0.2.0/24' }\n", &c), 0);
	ipsec = c.instances.v[0].ipsec;
	assert_int_equal(ipsec->ends.n, 3);
	assert_int_equal(ipsec->ends.v[2].family, FAMILY_IP6);
	assert_int_equal(ipsec->devs.n, 2);
	assert_string_equal(ipsec->devs.v[1], "ppp*");
	assert_int_equal(ipsec->inside.n, 2);
	assert_string_equal(ipsec->inside.v[0], "eth1");
	assert_true(ipsec->site_to_site);
	assert_string_equal(c.instances.v[0].dev, "eth0");
	conf_fini(&c);
	assert_int_equal(file(ROAD("local = '192.0.2.1' networks = 10.0.2.1"),
			      &c), 0);
	ipsec = c.instances.v[0].ipsec;
	assert_int_equal(ipsec->devs.n + ipsec->inside.n, 0);
	assert_false(ipsec->site_to_site);
	assert_null(c.instances.v[0].dev);
	conf_fini(&c);
	expect_said(ROAD("inside = '*'"), ":3:11: error: no interface can be");
	expect_said(ROAD("dev = { eth0, 'a b' }"), ":3:16: error: no interface");
}

static void networks_do_not_overlap(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY IPSEC "}\n" LAB("'10.0.3.0/24'"), &c), 0);
	conf_fini(&c);
	expect_said(POLICY IPSEC "}\n" LAB("'10.0.3.0/24', '10.0.2.128/25'"),
		    "/v.conf:8:29: error: 10.0.2.128/25 of \"lab\" and 10.0.2.0/24 of \"road\" overlap");
	assert_non_null(strstr(said, "/v.conf:5:16: note: the other one"));
	expect_said(POLICY IPSEC "}\n" LAB("'fd00::/16'"),
		    ":8:14: error: fd00::/16 of \"lab\" and fd00:2::/64");
	assert_non_null(strstr(said, "/v.conf:5:31: note: the other one"));
	expect_said(POLICY LAB("'10.0.0.0/16', '10.0.0.0/16'"),
		    ":3:29: error: 10.0.0.0/16 of \"lab\" and 10.0.0.0/16 of");
	assert_non_null(strstr(said, ":3:14: note: the other one"));
	write_file("s.conf", "dev tun0\nserver 10.0.2.0 255.255.255.0\n");
	expect_said(POLICY "openvpn a { server-conf = s.conf }\n" IPSEC "}\n",
		    "/v.conf:6:16: error: 10.0.2.0/24 of \"road\" and the pool of \"a\" overlap");
	assert_non_null(strstr(said, "/v.conf:2:1: note: the pool's server"));
	assert_int_equal(file(POLICY "openvpn a { server-conf = s.conf }\n"
			      LAB("'10.0.1.0/24', '10.0.3.0/24'"), &c), 0);
	conf_fini(&c);
}

static const char *refusal(const char *text, const char *backend)
{
	struct diag d = { 0 };
	struct conf c;
	size_t n;
	char *talk;
	int r;

	assert_int_equal(file(text, &c), 0);
	d.out = open_memstream(&talk, &n);
	r = conf_check_backend(&c, backend, &d);
	assert_int_equal(r, d.errors ? -EINVAL : 0);
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	conf_fini(&c);
	return said;
}

static void iptables_wants_one_family(void **state)
{
	(void)state;
	assert_string_equal(refusal(POLICY IPSEC "}\n", "nftables"), "");
	refusal(POLICY IPSEC "}\n", "iptables-legacy");
	assert_non_null(strstr(said, "/v.conf:4:11: error: iptables cannot match packets of a tunnel to 192.0.2.1"));
	assert_non_null(strstr(said, "/v.conf:5:31: note: this network"));
	assert_string_equal(refusal(POLICY LAB("'10.0.2.0/24'"),
				    "iptables-legacy"), "");
	assert_string_equal(refusal(POLICY "openvpn a { dev = tun0 }",
				    "iptables-legacy"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipsec_section_is_read),
		cmocka_unit_test(ipsec_values_are_numbers),
		cmocka_unit_test(ipsec_sections_are_whole),
		cmocka_unit_test(ipsec_settings_may_be_several),
		cmocka_unit_test(networks_do_not_overlap),
		cmocka_unit_test(iptables_wants_one_family),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
