/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_conf.XXXXXX";
static char said[16384];
static struct sources set;

/* In turns, so that a few can be compared with each other. */
static char *in_folder(const char *name)
{
	static char path[4][128];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static void write_bytes(const char *name, const char *text, size_t size)
{
	FILE *f = fopen(in_folder(name), "w");

	assert_non_null(f);
	fwrite(text, 1, size, f);
	fclose(f);
}

static void write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && !mkdir(in_folder("sub"), 0700) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	sources_fini(&set);
	unlink(in_folder("v.conf"));
	unlink(in_folder("s.conf"));
	unlink(in_folder("fifo"));
	rmdir(in_folder("sub"));
	return rmdir(folder);
}

/* -EINVAL also if an instance is bad.  End OUT with conf_fini. */
static int load(const struct conf_options *opt, struct conf *out)
{
	struct diag d = { 0 };
	char *talk;
	size_t n;
	int err;

	d.out = open_memstream(&talk, &n);
	err = conf_load(opt, &set, out, &d);
	if (!err && conf_next_bad(out, NULL))
		err = -EINVAL;
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	assert_int_equal(!err, !d.errors);
	return err;
}

static int file(const char *text, struct conf *out)
{
	struct conf_options opt = { .file = in_folder("v.conf") };

	write_file("v.conf", text);
	return load(&opt, out);
}

static int fails(const char *text)
{
	struct conf c;
	int err = file(text, &c);

	conf_fini(&c);
	return err;
}

static bool option_error(const struct conf_options *opt, const char *text)
{
	struct conf c;
	int err = load(opt, &c);

	conf_fini(&c);
	return err == -EINVAL && strstr(said, text);
}

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

static void file_is_read(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file("# c\npolicy = \"/etc/vpnpf/policy\"\n"
		"groups = \"groups\"\ndefault-policy = yes\n"
		"state-dir = /run/x\nopenvpn lab {\n dev = \"tun1\"\n"
		" ccd = \"/c c d\" ipp = ipp.txt topology = net30\n"
		" status = \"/st\"\n}\n", &c), 0);
	assert_string_equal(said, "");
	assert_string_equal(c.policy, "/etc/vpnpf/policy");
	assert_string_equal(c.groups, in_folder("groups"));
	assert_string_equal(c.state_dir, "/run/x");
	assert_true(c.default_policy);
	assert_int_equal(c.instances.n, 1);
	assert_string_equal(c.instances.v[0].name, "lab");
	assert_string_equal(c.instances.v[0].dev, "tun1");
	assert_string_equal(c.instances.v[0].ccd, "/c c d");
	assert_string_equal(c.instances.v[0].ipp, in_folder("ipp.txt"));
	assert_string_equal(c.instances.v[0].status, "/st");
	assert_int_equal(c.instances.v[0].topology, TOPOLOGY_NET30);
	assert_null(c.instances.v[0].config);
	conf_fini(&c);
}

#define POLICY "policy = p\n"

static void tests_are_files_beside_the_configuration(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY "tests = { a.test, '/b/c d.test' }\n"
			      "openvpn a { dev = 'tun*' }", &c), 0);
	assert_int_equal(c.tests.n, 2);
	assert_string_equal(c.tests.v[0], in_folder("a.test"));
	assert_string_equal(c.tests.v[1], "/b/c d.test");
	conf_fini(&c);
	assert_int_equal(file(POLICY "openvpn a { dev = 'tun*' }", &c), 0);
	assert_int_equal(c.tests.n, 0);
	conf_fini(&c);
	assert_int_equal(fails(POLICY "tests = { a.test, '' }\n"
			       "openvpn a { dev = 'tun*' }"), -EINVAL);
	assert_non_null(strstr(said, "/v.conf:2:20: error: \"tests\" is "
			       "empty"));
}

static void ignored_findings_keep_their_places(void **state)
{
	struct conf c;
	char at[256];

	(void)state;
	assert_int_equal(file(POLICY "doctor-ignore = { ip-forward,\n  'x y' }\n"
			      "openvpn a { dev = 'tun*' }", &c), 0);
	assert_int_equal(c.doctor_ignore.n, 2);
	assert_string_equal(c.doctor_ignore.v[0].name, "ip-forward");
	assert_string_equal(c.doctor_ignore.v[1].name, "x y");
	loc_format(c.doctor_ignore.v[1].at, at, sizeof(at));
	assert_non_null(strstr(at, "/v.conf:3:4"));
	conf_fini(&c);
	assert_int_equal(fails(POLICY "doctor-ignore = { '' }\n"
			       "openvpn a { dev = 'tun*' }"), -EINVAL);
}

static void what_is_not_said_has_defaults(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY "openvpn a { dev = 'tun*' }", &c), 0);
	assert_string_equal(c.state_dir, "/run/vpnpf");
	assert_null(c.groups);
	assert_false(c.default_policy);
	assert_null(c.instances.v[0].ccd);
	assert_false(c.instances.v[0].tap);
	assert_null(c.instances.v[0].client_to_client_at.src);
	conf_fini(&c);
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

static void errors_name_their_line(void **state)
{
	(void)state;
	assert_int_equal(fails(POLICY "openvpn a {\n dev = tun0\n colour = red\n}\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:4:2: error: no such option 'colour'\n"));
	assert_int_equal(fails(POLICY "\nopenvpn a {\n dev = \"tun 0\"\n}\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:4:9: error: no interface can be called \"tun 0\"\n"));
	assert_int_equal(fails(POLICY "openvpn b { dev = tun1 }\n\nopenvpn a {\n}\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:4:1: error: no interface: give dev or server-conf in this section\n"));
}

#define SERVER "openvpn a { dev = tun0 }\n"

static void nothing_is_logged_unless_a_group_is_named(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY "log-rate = 7\n" SERVER, &c), 0);
	assert_false(c.log.on);
	conf_fini(&c);
	assert_int_equal(file(POLICY "log-group = 0\n" SERVER, &c), 0);
	assert_true(c.log.on);
	assert_int_equal(c.log.group, 0);
	assert_int_equal(c.log.rate, LOG_RATE_DEFAULT);
	conf_fini(&c);
	assert_int_equal(file(POLICY "log-group = \"65535\"\nlog-rate = 1\n"
			      SERVER, &c), 0);
	assert_int_equal(c.log.group, 65535);
	assert_int_equal(c.log.rate, 1);
	conf_fini(&c);
}

static void numbers_of_logging_have_bounds(void **state)
{
	static const char *const wrong[] = {
		"65536", "-1", "0x10", "1e3", "\" 7\"", "99999999999999999999",
		"seven",
	};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		text = mem_printf(POLICY " log-group = %s\n" SERVER, wrong[i]);
		assert_int_equal(fails(text), -EINVAL);
		assert_non_null(strstr(said, "/v.conf:2:"));
		assert_non_null(strstr(said, "is no number from 0 to 65535\n"));
		free(text);
	}
	assert_int_equal(fails(POLICY "log-rate = 0\n" SERVER), -EINVAL);
	assert_non_null(strstr(said, "/v.conf:2:12: error: \"0\" is no number from 1 to 100\n"));
	assert_int_equal(fails(POLICY "log-rate = 101\n" SERVER), -EINVAL);
	assert_non_null(strstr(said, "/v.conf:2:12: error: \"101\" is no"));
}

static void grace_is_a_number_of_seconds(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY SERVER, &c), 0);
	assert_int_equal(c.grace, 60);
	conf_fini(&c);
	assert_int_equal(file(POLICY "grace = 0\n" SERVER, &c), 0);
	assert_int_equal(c.grace, 0);
	conf_fini(&c);
	assert_int_equal(file(POLICY "grace = 65535\n" SERVER, &c), 0);
	assert_int_equal(c.grace, 65535);
	conf_fini(&c);
	assert_int_equal(fails(POLICY "grace = 65536\n" SERVER), -EINVAL);
	assert_non_null(strstr(said, "/v.conf:2:9: error: \"65536\" is no number from 0 to 65535\n"));
	assert_int_equal(fails(POLICY "grace = 5m\n" SERVER), -EINVAL);
	assert_non_null(strstr(said, "/v.conf:2:9: error: \"5m\" is no"));
}

static void comments_do_not_count_as_lines(void **state)
{
	(void)state;
	assert_int_equal(fails("# one\n" POLICY "// \"two\n/* three\n# */ # 4\n"
			       "groups = \"# no comment\" # \"\n"
			       "openvpn a {\n dev = tun0 #x\n # openvpn b\n"
			       "}\nopenvpn b {\n\tdev = # y\n'tun 0'\n}\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:13:2: error: no interface can"));
	assert_int_equal(fails(POLICY "# openvpn a {\nopenvpn a { }\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:3:1: error: no interface"));
	assert_int_equal(fails(POLICY "openvpn a { dev = tun0 /* }\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "has no end"));
}

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
	assert_int_equal(addr_ip4(&in->ipsec->local.addr), 0xc0000201);
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

static void expect_said(const char *text, const char *wanted)
{
	assert_int_equal(fails(text), -EINVAL);
	if (!strstr(said, wanted))
		fail_msg("%s\nsaid: %s\nwanted: %s", text, said, wanted);
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

/* Each old key with its warning; the new one beside it is an error. */
static void old_keys_are_read_with_a_warning(void **state)
{
	static const struct {
		const char *text, *said, *both;
	} rows[] = {
		{ "silence = { a }\n" SERVER,
		  "/v.conf:2:1: warning: \"silence\" is called \"doctor-ignore\" now\n",
		  "doctor-ignore = { a }\n" },
		{ "iptables-accept = yes\n" SERVER,
		  "/v.conf:2:1: warning: \"iptables-accept\" is called \"iptables-final-accept\" now\n",
		  "iptables-final-accept = yes\n" },
		{ "openvpn a { config = s.conf }",
		  "/v.conf:2:13: warning: \"config\" is called \"server-conf\" now\n",
		  NULL },
		{ "ipsec a { dev = eth0 local = '::1' clients = '10.0.2.1' }",
		  "/v.conf:2:36: warning: \"clients\" is called \"networks\" now\n",
		  NULL },
		{ "ipsec a { dev = eth0 local = '::1' networks = '10.0.2.1' ipp = f }",
		  "/v.conf:2:58: warning: \"ipp\" is called \"addresses\" now\n",
		  NULL },
	};
	char *text, *wanted;
	struct conf c;
	size_t i;

	(void)state;
	write_file("s.conf", "dev tun0\n");
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text = mem_printf(POLICY "%s", rows[i].text);
		assert_int_equal(file(text, &c), 0);
		assert_non_null(strstr(said, rows[i].said));
		if (c.doctor_ignore.n)
			assert_string_equal(c.doctor_ignore.v[0].name, "a");
		if (i == 1)
			assert_true(c.ipt.accept);
		if (i == 2)
			assert_string_equal(c.instances.v[0].config,
					    in_folder("s.conf"));
		if (i == 3)
			assert_int_equal(c.instances.v[0].ipsec->clients.n, 1);
		if (i == 4)
			assert_string_equal(c.instances.v[0].ipp,
					    in_folder("f"));
		conf_fini(&c);
		free(text);
		if (!rows[i].both)
			continue;
		text = mem_printf(POLICY "%s%s", rows[i].both, rows[i].text);
		wanted = mem_printf("/v.conf:3:1: error: \"%.*s",
				    (int)strcspn(rows[i].text, " "),
				    rows[i].text);
		expect_said(text, wanted);
		expect_said(text, "/v.conf:2:1: note: the other one is here");
		free(text);
		free(wanted);
	}
}

static void of_a_key_that_stands_twice_the_last_counts(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY "groups = a\ngroups = /b\n" SERVER, &c),
			 0);
	assert_non_null(strstr(said, "/v.conf:3:1: warning: \"groups\" was given before: this one counts\n"));
	assert_string_equal(c.groups, "/b");
	conf_fini(&c);
}

static void every_wrong_value_is_said(void **state)
{
	(void)state;
	expect_said(POLICY "log-group = x\ncolour = { a, 'b' }\n"
		    "default-policy = perhaps\nopenvpn a { dev = { a, b } }\n",
		    "/v.conf:2:13: error: \"x\" is no number");
	assert_non_null(strstr(said, "/v.conf:3:1: error: no such option 'colour'"));
	assert_non_null(strstr(said, "/v.conf:4:18: error: \"perhaps\" is neither yes nor no"));
	assert_non_null(strstr(said, "/v.conf:5:13: error: \"dev\" has one value"));
}

static void what_is_not_closed_is_shown_where_it_begins(void **state)
{
	(void)state;
	expect_said(POLICY "openvpn a { dev = tun0\n",
		    "/v.conf:2:1: error: this section has no end");
	expect_said(POLICY SERVER "/* more\n",
		    "/v.conf:3:1: error: this comment has no end");
	expect_said(POLICY "groups = \"a\n",
		    "/v.conf:2:10: error: the quotes are not closed");
	expect_said(POLICY "tests = { a, b\n",
		    "/v.conf:3:1: error: \",\" or \"}\" is missing");
	expect_said(POLICY "groups \"a\"\n",
		    "/v.conf:2:8: error: \"=\" is missing after \"groups\"");
	expect_said(POLICY "openvpn a dev = tun0\n",
		    "/v.conf:2:11: error: \"{\" is missing after openvpn \"a\"");
	expect_said(POLICY "groups = \"a\\n\"\n" SERVER,
		    "/v.conf:2:12: error: in quotes, a backslash");
}

static void backslashes_are_bytes_in_single_quotes(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file("policy = '/a\\b'\ngroups = \"/q\\\"\\\\\"\n"
			      SERVER, &c), 0);
	assert_string_equal(c.policy, "/a\\b");
	assert_string_equal(c.groups, "/q\"\\");
	conf_fini(&c);
}

static void ipsec_sections_are_whole(void **state)
{
	(void)state;
	expect_said(ROAD("local = '192.0.2.1' networks = '10.0.2.0/24'"),
		    "/v.conf:2:1: error: no interface: give dev in this");
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

static void wrong_files_are_errors(void **state)
{
	(void)state;
	assert_int_equal(fails(""), -EINVAL);
	assert_non_null(strstr(said, "error: no policy"));
	assert_non_null(strstr(said, "error: no server"));
	assert_int_equal(fails(POLICY), -EINVAL);
	assert_int_equal(fails("openvpn a { dev = tun0 }"), -EINVAL);
	assert_int_equal(fails(POLICY "openvpn { dev = tun0 }"), -EINVAL);
	assert_int_equal(fails(POLICY "openvpn a { dev = tun0 "), -EINVAL);
	assert_int_equal(fails(POLICY "openvpn a { dev = \"tun0 }"), -EINVAL);
	assert_int_equal(fails(POLICY "/* openvpn a { dev = tun0 }"), -EINVAL);
	assert_int_equal(fails(POLICY "openvpn \"a b\" { dev = tun0 }"),
			 -EINVAL);
	assert_int_equal(fails(POLICY "openvpn \"\" { dev = tun0 }"), -EINVAL);
	assert_int_equal(fails(POLICY "openvpn a { dev = tun0 }\n"
			       "openvpn a { dev = tun1 }"), -EINVAL);
	assert_int_equal(fails("policy = \"\"\nopenvpn a { dev = tun0 }"),
			 -EINVAL);
	assert_int_equal(fails(POLICY "openvpn a { dev = t topology = star }"),
			 -EINVAL);
	assert_int_equal(fails(POLICY "default-policy = perhaps\n"), -EINVAL);
	assert_int_equal(fails(POLICY "openvpn a { server-conf = none }"),
			 -EINVAL);
}

/* "office lab!": the instances with their interfaces, "!" after a bad one. */
static const char *outcome(const char *text)
{
	static char out[512];
	const struct instance *in;
	struct conf_options opt = { .file = in_folder("v.conf") };
	struct diag silent = { 0 };
	struct conf c;
	int err;

	write_file("v.conf", text);
	err = conf_load(&opt, &set, &c, &silent);
	snprintf(out, sizeof(out), "%s", err ? "unusable:" : "");
	vec_each(in, &c.instances) {
		assert_true(!in->bad || err || in->bad_at.src);
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
			 "%s%s=%s%s", *out ? " " : "", in->name,
			 in->dev ? in->dev : "?", in->bad ? "!" : "");
	}
	conf_fini(&c);
	return out;
}

#define FIRST "openvpn office { dev = tun0 }\n"
#define BETWEEN(what) POLICY FIRST "openvpn lab {\n" what "\n}\n" \
	"openvpn home { dev = tun2 }\n"

static void a_slip_is_of_its_section(void **state)
{
	static const char others[] = "office=tun0 lab=tun1! home=tun2";
	static const char *const slips[] = {
		"dev = tun1 colour = red",
		"colour = red dev = tun1",
		"colour red\ndev = tun1",
		"dev = tun1 topology = star",
		"dev = tun1 management = here",
		"dev = tun1 ccd = \"\"",
		"dev = tun1 ccd = { a, b }",
		"dev = tun1 ccd = { a b }",
		"dev = tun1 ccd =",
		"dev = tun1 = ",
		"dev = tun1 ipp = x",
		"dev = tun1 \"stray\"",
		"dev = tun1 config = a server-conf = b",
		"dev = tun1 server-conf = none",
		"dev = tun1 ccd = \"\\x\"",
		"dev = tun1, ccd = x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
		char *text = mem_printf("%s%s%s%s%s", POLICY FIRST,
					"openvpn lab {\n", slips[i], "\n}\n",
					"openvpn home { dev = tun2 }\n");

		assert_string_equal(outcome(text), others);
		free(text);
	}
	assert_string_equal(outcome(BETWEEN("")),
			    "office=tun0 lab=?! home=tun2");
	assert_string_equal(outcome(BETWEEN("dev = a-name-that-is-too-long")),
			    "office=tun0 lab=?! home=tun2");
	assert_string_equal(outcome(BETWEEN("dev = tun1 } openvpn lab { dev = t")),
			    "office=tun0 lab=tun1! lab=t! home=tun2");
	assert_string_equal(outcome(POLICY FIRST "openvpn 'a b' { dev = t }"),
			    "office=tun0 a b=t!");
}

static void a_slip_that_may_hide_a_section_is_of_the_file(void **state)
{
	(void)state;
	assert_string_equal(outcome(POLICY FIRST "openvpn lab {\ndev = tun1\n"
				    "openvpn home { dev = tun2 }\n"),
			    "unusable: office=tun0 lab=tun1");
	assert_string_equal(outcome(BETWEEN("dev = \"tun1")),
			    "unusable: office=tun0 lab=?!");
	assert_string_equal(outcome(BETWEEN("dev = tun1 ccd = { a")),
			    "unusable: office=tun0 lab=tun1");
	assert_string_equal(outcome(BETWEEN("dev = tun1 }")),
			    "unusable: office=tun0 lab=tun1");
	assert_string_equal(outcome("colour = red\n" BETWEEN("dev = tun1")),
			    "unusable: office=tun0 lab=tun1 home=tun2");
	assert_string_equal(outcome(FIRST), "unusable: office=tun0");
	assert_string_equal(outcome(BETWEEN("dev = tun1") "log-rate = 0"),
			    "unusable: office=tun0 lab=tun1 home=tun2");
	assert_string_equal(outcome(BETWEEN("dev = tun1 /* x")),
			    "unusable: office=tun0 lab=tun1");
}

/* What the other lines of a bad server.conf say is used to shut it. */
static void a_slip_in_a_server_conf_is_of_its_server(void **state)
{
	static const struct {
		const char *text, *dev;
	} files[] = {
		{ "dev tun1\npush \"route 10.0.0.0\n", "tun1" },
		{ "topology star\ndev tun1\n", "tun1" },
		{ "dev tun1\nserver 10.9.0.1 255.255.255.0\n", "tun1" },
		{ "dev tun1\nmanagement here\n", "tun1" },
		{ "dev tun1\nconfig none\n", "tun1" },
		{ "dev this-name-is-too-long\n", "?" },
		{ "topology subnet\n", "?" },
	};
	char wanted[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		write_file("s.conf", files[i].text);
		snprintf(wanted, sizeof(wanted),
			 "office=tun0 lab=%s! home=tun2", files[i].dev);
		assert_string_equal(outcome(BETWEEN("server-conf = s.conf")),
				    wanted);
	}
}

static void nothing_is_included_or_run(void **state)
{
	(void)state;
	assert_int_equal(fails("include(\"/etc/passwd\")\n" POLICY), -EINVAL);
	assert_non_null(strstr(said, "no such option 'include'"));
}

static void interface_names_are_the_kernels(void **state)
{
	static const char *const good[] = {
		"tun0", "tun*", "a", "abcdefghijklmno", "abcdefghijklmno*",
		"vpn-1.2_x:y",
	};
	static const char *const bad[] = {
		"*", "abcdefghijklmnop", "tun 0", "tu*n", "tun\"0", "t/0",
		"tun**", "b\xc3\xbc",
	};
	struct conf_options opt = { .policy = "p" };
	struct conf c;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		opt.dev = good[i];
		assert_int_equal(load(&opt, &c), 0);
		conf_fini(&c);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		opt.dev = bad[i];
		assert_true(option_error(&opt, "no interface can be called"));
	}
	write_file("s.conf", "dev tun;drop\n");
	opt = (struct conf_options){
		.policy = "p", .openvpn = in_folder("s.conf"),
	};
	assert_true(option_error(&opt, "/s.conf:1:5: error: no interface"));
}

static void options_make_one_instance(void **state)
{
	struct conf_options opt = {
		.policy = "p", .ccd = "ccd", .ipp = "ipp", .dev = "tun0",
		.topology = "net30", .state_dir = "/st",
	};
	struct conf c;

	(void)state;
	assert_int_equal(load(&opt, &c), 0);
	assert_int_equal(c.instances.n, 1);
	assert_string_equal(c.instances.v[0].name, "openvpn");
	assert_string_equal(c.instances.v[0].ccd, "ccd");
	assert_string_equal(c.instances.v[0].ipp, "ipp");
	assert_int_equal(c.instances.v[0].topology, TOPOLOGY_NET30);
	assert_string_equal(c.policy, "p");
	assert_string_equal(c.state_dir, "/st");
	conf_fini(&c);
	opt.instance = "office";
	assert_int_equal(load(&opt, &c), 0);
	assert_string_equal(c.instances.v[0].name, "office");
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

static void missing_options_are_asked_for(void **state)
{
	struct conf_options opt = { .dev = "tun0" };

	(void)state;
	assert_true(option_error(&opt, "vpnpf: error: no policy: give --policy\n"));
	opt = (struct conf_options){ .policy = "p", .ccd = "c" };
	assert_true(option_error(&opt, "vpnpf: error: no interface: give --dev\n"));
	opt = (struct conf_options){ .policy = "p", .ipp = "i", .dev = "tun0" };
	assert_true(option_error(&opt, "give --topology net30, p2p or subnet\n"));
	opt.topology = "star";
	assert_true(option_error(&opt, "no topology \"star\""));
	opt.topology = "subnet";
	opt.instance = "a b";
	assert_true(option_error(&opt, "\"a b\" is no name of a section"));
	opt.file = "x";
	assert_true(option_error(&opt, "-c stands alone"));
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

static void hook_picks_its_instance(void **state)
{
	struct conf_options opt = { .instance = "b" };
	struct conf c;

	(void)state;
	write_file("v.conf", POLICY "openvpn a { dev = tun0 }\n"
		   "openvpn b { dev = tun1 }\n");
	opt.file = in_folder("v.conf");
	assert_int_equal(load(&opt, &c), 0);
	assert_int_equal(c.instances.n, 2);
	assert_int_equal(c.picked, 1);
	conf_fini(&c);
	opt.instance = "c";
	assert_true(option_error(&opt, "no server \"c\""));
}

static void what_is_no_text_file_is_an_error(void **state)
{
	struct conf_options opt = { .file = in_folder("sub") };
	char rubbish[70000];
	struct conf c;
	size_t i;

	(void)state;
	assert_int_equal(load(&opt, &c), -EISDIR);
	conf_fini(&c);
	opt.file = in_folder("none");
	assert_int_equal(load(&opt, &c), -ENOENT);
	assert_non_null(strstr(said, "none\": No such file or directory\n"));
	conf_fini(&c);
	mkfifo(in_folder("fifo"), 0600);
	opt.file = in_folder("fifo");
	assert_int_equal(load(&opt, &c), -EINVAL);
	conf_fini(&c);
	opt.file = in_folder("v.conf");
	write_bytes("v.conf", "policy = p\0\n", 12);
	assert_true(option_error(&opt, "v.conf:1:11: error: a NUL byte"));
	for (i = 0; i < sizeof(rubbish); i++)
		rubbish[i] = (char)(1 + (i * 7919 >> 3) % 255);
	write_bytes("v.conf", rubbish, sizeof(rubbish));
	assert_int_equal(load(&opt, &c), -EINVAL);
	conf_fini(&c);
	memset(rubbish, 'x', sizeof(rubbish));
	write_bytes("v.conf", rubbish, sizeof(rubbish));
	assert_int_equal(load(&opt, &c), -EINVAL);
	conf_fini(&c);
}

static void a_star_matches_what_begins_so(void **state)
{
	(void)state;
	assert_true(conf_dev_matches("tun0", "tun0"));
	assert_false(conf_dev_matches("tun0", "tun01"));
	assert_false(conf_dev_matches("tun", "tun0"));
	assert_true(conf_dev_matches("tun*", "tun0"));
	assert_true(conf_dev_matches("tun*", "tun"));
	assert_false(conf_dev_matches("tun*", "tap0"));
	assert_false(conf_dev_matches("t*n", "tun"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(management_in_the_tunnel_has_an_address),
		cmocka_unit_test(management_is_where_either_file_says),
		cmocka_unit_test(file_is_read),
		cmocka_unit_test(what_is_not_said_has_defaults),
		cmocka_unit_test(tests_are_files_beside_the_configuration),
		cmocka_unit_test(ignored_findings_keep_their_places),
		cmocka_unit_test(server_conf_fills_the_gaps),
		cmocka_unit_test(chroot_holds_the_ccd),
		cmocka_unit_test(errors_name_their_line),
		cmocka_unit_test(nothing_is_logged_unless_a_group_is_named),
		cmocka_unit_test(numbers_of_logging_have_bounds),
		cmocka_unit_test(grace_is_a_number_of_seconds),
		cmocka_unit_test(comments_do_not_count_as_lines),
		cmocka_unit_test(ipsec_section_is_read),
		cmocka_unit_test(ipsec_values_are_numbers),
		cmocka_unit_test(old_keys_are_read_with_a_warning),
		cmocka_unit_test(of_a_key_that_stands_twice_the_last_counts),
		cmocka_unit_test(every_wrong_value_is_said),
		cmocka_unit_test(what_is_not_closed_is_shown_where_it_begins),
		cmocka_unit_test(backslashes_are_bytes_in_single_quotes),
		cmocka_unit_test(ipsec_sections_are_whole),
		cmocka_unit_test(networks_do_not_overlap),
		cmocka_unit_test(iptables_wants_one_family),
		cmocka_unit_test(wrong_files_are_errors),
		cmocka_unit_test(a_slip_is_of_its_section),
		cmocka_unit_test(a_slip_that_may_hide_a_section_is_of_the_file),
		cmocka_unit_test(a_slip_in_a_server_conf_is_of_its_server),
		cmocka_unit_test(nothing_is_included_or_run),
		cmocka_unit_test(interface_names_are_the_kernels),
		cmocka_unit_test(a_star_matches_what_begins_so),
		cmocka_unit_test(options_make_one_instance),
		cmocka_unit_test(options_go_before_server_conf),
		cmocka_unit_test(missing_options_are_asked_for),
		cmocka_unit_test(topology_of_tap_needs_no_word),
		cmocka_unit_test(hook_picks_its_instance),
		cmocka_unit_test(what_is_no_text_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
