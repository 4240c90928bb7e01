/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/conf_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void nat_is_one_of_three_words(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(file(POLICY SERVER, &c), 0);
	assert_null(c.nat);
	conf_fini(&c);
	assert_int_equal(file(POLICY "nat = yes\n" SERVER, &c), 0);
	assert_string_equal(c.nat, "yes");
	conf_fini(&c);
	assert_int_equal(fails(POLICY "nat = maybe\n" SERVER), -EINVAL);
	assert_non_null(strstr(said, "/v.conf:2:7: error: not \"maybe\": auto, yes or no\n"));
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

static void a_star_matches_a_number(void **state)
{
	(void)state;
	assert_true(conf_dev_matches("tun0", "tun0"));
	assert_false(conf_dev_matches("tun0", "tun01"));
	assert_false(conf_dev_matches("tun", "tun0"));
	assert_true(conf_dev_matches("tun*", "tun0"));
	assert_true(conf_dev_matches("tun*", "tun255"));
	assert_false(conf_dev_matches("tun*", "tun256"));
	assert_false(conf_dev_matches("tun*", "tunl0"));
	assert_true(conf_dev_matches("vpn*", "vpnx"));
	assert_false(conf_dev_matches("tun*", "tap0"));
	assert_false(conf_dev_matches("t*n", "tun"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_read),
		cmocka_unit_test(what_is_not_said_has_defaults),
		cmocka_unit_test(tests_are_files_beside_the_configuration),
		cmocka_unit_test(ignored_findings_keep_their_places),
		cmocka_unit_test(nothing_is_logged_unless_a_group_is_named),
		cmocka_unit_test(numbers_of_logging_have_bounds),
		cmocka_unit_test(grace_is_a_number_of_seconds),
		cmocka_unit_test(nat_is_one_of_three_words),
		cmocka_unit_test(interface_names_are_the_kernels),
		cmocka_unit_test(a_star_matches_a_number),
		cmocka_unit_test(options_make_one_instance),
		cmocka_unit_test(missing_options_are_asked_for),
		cmocka_unit_test(hook_picks_its_instance),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
