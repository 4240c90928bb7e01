/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/conf_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* "ADDRESS PORT PASSWORD" */
static const char *management_of(const struct instance *in)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s %s %s",
		 in->management ? in->management : "-",
		 in->management_port ? in->management_port : "-",
		 in->management_pw ? in->management_pw : "-");
	return text;
}

static void management_is_where_either_file_says(void **state)
{
	static const char *const wrong[] = {
		"manage", "127.0.0.1", "localhost 7505", "127.0.0.1 0",
		"127.0.0.1 65536", "127.0.0.1 7505 x", "127.0.0.1/8 1", " 1",
		"127.0.0.1  7505", "",
	};
	char text[512], wanted[512];
	struct conf c;
	size_t i;

	(void)state;
	assert_int_equal(file("policy = p\nopenvpn a { dev = tun0\n"
			      "management = \"127.0.0.1 7505\"\n"
			      "management-password = pw }\n"
			      "openvpn b { dev = tun1 management = './m' }\n"
			      "openvpn c { dev = tun2 }", &c), 0);
	snprintf(wanted, sizeof(wanted), "127.0.0.1 7505 %s", in_folder("pw"));
	assert_string_equal(management_of(&c.instances.v[0]), wanted);
	snprintf(wanted, sizeof(wanted), "%s unix -", in_folder("./m"));
	assert_string_equal(management_of(&c.instances.v[1]), wanted);
	assert_string_equal(management_of(&c.instances.v[2]), "- - -");
	conf_fini(&c);
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), "policy = p\nopenvpn a { dev = "
			 "tun0 management = \"%s\" }", wrong[i]);
		assert_int_equal(fails(text), -EINVAL);
		assert_non_null(strstr(said, "v.conf:2:"));
	}

	write_file("s.conf", "dev tun0\nmanagement m unix pw\nstatus st 7\n");
	snprintf(text, sizeof(text), "policy = p\nopenvpn a { server-conf = "
		 "'s.conf' }\nopenvpn b { server-conf = 's.conf'\n"
		 "management = '::1 7505' status = st }");
	assert_int_equal(file(text, &c), 0);
	snprintf(wanted, sizeof(wanted), "%s unix %s", in_folder("m"),
		 in_folder("pw"));
	assert_string_equal(management_of(&c.instances.v[0]), wanted);
	assert_int_equal(c.instances.v[0].status_seconds, 7);
	assert_string_equal(management_of(&c.instances.v[1]), "::1 7505 -");
	assert_int_equal(c.instances.v[1].status_seconds, 60);
	conf_fini(&c);
	write_file("s.conf", "dev tun0\nmanagement 127.0.0.1 7505 stdin\n");
	assert_int_equal(file("policy = p\nopenvpn a { server-conf = s.conf }", &c),
			 0);
	assert_string_equal(management_of(&c.instances.v[0]),
			    "127.0.0.1 7505 -");
	conf_fini(&c);
}

/* "subnet 10.8.0.2, said at 2:1" */
static const char *topology_of(const char *server, const char *ipp,
			       const char *more)
{
	static char out[128];
	char text[512], addr[ADDR_TEXT], at[512] = "";
	const struct instance *in;
	struct conf c;

	write_file("s.conf", server);
	write_file("i", ipp);
	snprintf(text, sizeof(text), "policy = p\nopenvpn a { server-conf = "
		 "'s.conf' %s }", more);
	assert_int_equal(file(text, &c), 0);
	in = &c.instances.v[0];
	if (in->no_topology_at.src)
		loc_format(in->no_topology_at, at, sizeof(at));
	snprintf(out, sizeof(out), "%s %s%s%s", topology_name(in->topology),
		 addr_format(FAMILY_IP4, &in->pool_first, addr),
		 *at ? ", said at " : "",
		 *at ? strstr(at, "s.conf:") + strlen("s.conf:") : "");
	conf_fini(&c);
	return out;
}

#define TUN_SERVER "dev tun0\nserver 10.8.0.0 255.255.255.0\n"
#define WITH_IPP TUN_SERVER "ifconfig-pool-persist i\n"

static void no_topology_is_what_ipp_shows(void **state)
{
	static const char subnet[] = "john,10.8.0.4,\n# x\nnick,10.8.0.5,\n";
	static const char net30[] = "john,10.8.0.4,\n;b,10.8.0.5\nx,,fd00::5\n";

	(void)state;
	assert_string_equal(topology_of(WITH_IPP, subnet, ""),
			    "subnet 10.8.0.2, said at 2:1");
	assert_string_equal(topology_of(WITH_IPP, "a,10.8.0.2", ""),
			    "subnet 10.8.0.2, said at 2:1");
	assert_string_equal(topology_of(WITH_IPP, net30, ""),
			    "net30 10.8.0.4, said at 2:1");
	assert_string_equal(topology_of(WITH_IPP, "", ""),
			    "net30 10.8.0.4, said at 2:1");
	assert_string_equal(topology_of(TUN_SERVER, subnet, ""),
			    "net30 10.8.0.4, said at 2:1");
	assert_string_equal(topology_of(TUN_SERVER, subnet, "ipp = i"),
			    "subnet 10.8.0.2, said at 2:1");
	assert_string_equal(topology_of(WITH_IPP "topology net30\n", subnet,
					""), "net30 10.8.0.4");
	assert_string_equal(topology_of(WITH_IPP "topology subnet\n", net30,
					""), "subnet 10.8.0.2");
	assert_string_equal(topology_of("dev tun0\nifconfig-pool 10.8.0.5 "
					"10.8.0.9\nifconfig-pool-persist i\n",
					subnet, ""),
			    "subnet 10.8.0.5, said at 2:1");
	assert_string_equal(topology_of("dev tap0\nserver 10.8.0.0 "
					"255.255.255.0\n", subnet, ""),
			    "subnet 10.8.0.2");
	assert_string_equal(topology_of(WITH_IPP, net30, "topology = subnet"),
			    "subnet 10.8.0.2");
}

static void server_conf_fills_the_gaps(void **state)
{
	struct instance *in;
	struct conf c;

	(void)state;
	write_file("s.conf", "dev tun\ntopology subnet\nclient-to-client\n"
		   "server 10.8.0.0 255.255.255.0\nclient-config-dir ccd\n"
		   "ifconfig-pool-persist /ipp\nccd-exclusive\ncd sub\n");
	assert_int_equal(file(POLICY "openvpn a { server-conf = s.conf }\n"
		"openvpn b { server-conf = s.conf dev = tun7 ccd = x topology = p2p}",
		&c), 0);
	in = &c.instances.v[0];
	assert_string_equal(in->config, in_folder("s.conf"));
	assert_string_equal(in->dev, "tun*");
	assert_string_equal(in->ccd, in_folder("sub/ccd"));
	assert_string_equal(in->ipp, "/ipp");
	assert_null(in->status);
	assert_string_equal(in->workdir, in_folder("sub"));
	assert_int_equal(in->topology, TOPOLOGY_SUBNET);
	assert_true(in->has_pool);
	assert_int_equal(in->pool_first.b[3], 2);
	assert_non_null(in->client_to_client_at.src);
	in++;
	assert_string_equal(in->dev, "tun7");
	assert_string_equal(in->ccd, in_folder("x"));
	assert_int_equal(in->topology, TOPOLOGY_P2P);
	conf_fini(&c);
}

/* OpenVPN listens on its own address in the tunnel. */
static void management_in_the_tunnel_has_an_address(void **state)
{
	static const char *const servers[][2] = {
		{ "server 10.8.0.0 255.255.255.0", "10.8.0.1 7505 -" },
		{ "ifconfig 10.8.1.9 255.255.255.0", "10.8.1.9 7505 -" },
		{ "server 10.8.0.0 255.255.255.0 nopool", "10.8.0.1 7505 -" },
		{ "ifconfig gateway.example 10.8.0.2", "tunnel 7505 -" },
		{ "server-bridge", "tunnel 7505 -" },
		{ "server 10.8.0.0 255.255.255.0 nopool\n"
		  "ifconfig-pool 10.8.0.9 10.8.0.20", "10.8.0.1 7505 -" },
	};
	char text[256];
	struct conf c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		snprintf(text, sizeof(text),
			 "dev tun0\nmanagement tunnel 7505\n%s\n",
			 servers[i][0]);
		write_file("s.conf", text);
		assert_int_equal(file(POLICY "openvpn a { server-conf = s.conf }",
				      &c), 0);
		assert_string_equal(management_of(&c.instances.v[0]),
				    servers[i][1]);
		conf_fini(&c);
	}
	write_file("s.conf", "dev tun0\nserver 10.8.0.0 255.255.255.0\n"
		   "management tunnel unix\n");
	assert_int_equal(file(POLICY "openvpn a { server-conf = s.conf }", &c),
			 0);
	snprintf(text, sizeof(text), "%s unix -", in_folder("tunnel"));
	assert_string_equal(management_of(&c.instances.v[0]), text);
	conf_fini(&c);
}

static void a_server_conf_that_is_gone_is_named_in_its_section(void **state)
{
	(void)state;
	assert_int_equal(fails(POLICY "openvpn a { dev = tun0 }\n"
			       "openvpn b { server-conf = none }"), -EINVAL);
	assert_non_null(strstr(said, "v.conf:3:1: error: cannot read \""));
}

static void chroot_holds_the_ccd(void **state)
{
	struct conf c;

	(void)state;
	write_file("s.conf", "dev tap0\nclient-config-dir /ccd\n"
		   "chroot jail\nstatus st\n");
	assert_int_equal(file(POLICY "openvpn a { server-conf = s.conf }", &c), 0);
	assert_string_equal(c.instances.v[0].ccd, in_folder("jail//ccd"));
	assert_string_equal(c.instances.v[0].workdir, in_folder("jail"));
	assert_string_equal(c.instances.v[0].status, in_folder("st"));
	assert_true(c.instances.v[0].tap);
	assert_int_equal(c.instances.v[0].topology, TOPOLOGY_SUBNET);
	conf_fini(&c);
}

static void options_go_before_server_conf(void **state)
{
	struct conf_options opt = {
		.policy = "p", .openvpn = in_folder("s.conf"), .ccd = "mine",
	};
	struct conf c;

	(void)state;
	write_file("s.conf", "dev tap\nclient-config-dir ccd\n"
		   "ifconfig-pool-persist ipp.txt\n");
	assert_int_equal(load(&opt, &c), 0);
	assert_string_equal(c.instances.v[0].ccd, "mine");
	assert_string_equal(c.instances.v[0].dev, "tap*");
	assert_string_equal(c.instances.v[0].ipp, in_folder("ipp.txt"));
	assert_int_equal(c.instances.v[0].topology, TOPOLOGY_SUBNET);
	conf_fini(&c);
}

static void topology_of_tap_needs_no_word(void **state)
{
	struct conf_options opt = {
		.policy = "p", .ipp = "i", .dev = "tap0",
	};
	struct conf c;

	(void)state;
	assert_int_equal(load(&opt, &c), 0);
	assert_int_equal(c.instances.v[0].topology, TOPOLOGY_SUBNET);
	conf_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_topology_is_what_ipp_shows),
		cmocka_unit_test(management_in_the_tunnel_has_an_address),
		cmocka_unit_test(management_is_where_either_file_says),
		cmocka_unit_test(server_conf_fills_the_gaps),
		cmocka_unit_test(a_server_conf_that_is_gone_is_named_in_its_section),
		cmocka_unit_test(chroot_holds_the_ccd),
		cmocka_unit_test(options_go_before_server_conf),
		cmocka_unit_test(topology_of_tap_needs_no_word),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
