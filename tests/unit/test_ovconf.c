/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovconf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/openvpn/ovline.h"

static char folder[] = "/tmp/test_ovconf.XXXXXX";
static char said[16384];
static struct sources set;

static char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(in_folder(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && !mkdir(in_folder("sub"), 0700) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const files[] = {
		"s.conf", "a.conf", "sub/a.conf", "fifo",
	};
	unsigned int i;

	(void)state;
	sources_fini(&set);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(in_folder(files[i]));
	rmdir(in_folder("sub"));
	return rmdir(folder);
}

/* End OUT with ovconf_fini. */
static int load(const char *name, struct ovconf *out)
{
	struct diag d = { 0 };
	char *talk;
	size_t n;
	int err;

	d.out = open_memstream(&talk, &n);
	err = ovconf_load(in_folder(name), LOC_NONE, &set, out, &d);
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	if (err)
		assert_true(d.errors);
	return err;
}

static int conf(const char *text, struct ovconf *out)
{
	write_file("s.conf", text);
	return load("s.conf", out);
}

static const char *pool_of(const char *text)
{
	static char out[2 * ADDR_TEXT];
	char a[ADDR_TEXT], b[ADDR_TEXT];
	struct ovconf c;

	if (conf(text, &c))
		snprintf(out, sizeof(out), "error");
	else if (!c.has_pool)
		snprintf(out, sizeof(out), "none");
	else
		snprintf(out, sizeof(out), "%s %s",
			 addr_format(FAMILY_IP4, &c.pool_first, a),
			 addr_format(FAMILY_IP4, &c.pool_last, b));
	ovconf_fini(&c);
	return out;
}

static const char *pool6_of(const char *text)
{
	static char out[2 * ADDR_TEXT];
	char a[ADDR_TEXT], b[ADDR_TEXT];
	struct ovconf c;

	assert_int_equal(conf(text, &c), 0);
	snprintf(out, sizeof(out), "none");
	if (c.has_pool6)
		snprintf(out, sizeof(out), "%s %s",
			 addr_format(FAMILY_IP6, &c.pool6_first, a),
			 addr_format(FAMILY_IP6, &c.pool6_last, b));
	ovconf_fini(&c);
	return out;
}

/* "10.8.0.0/24 fd00:8::/64"; "-" for one that is not known. */
static const char *nets_of(const char *text)
{
	static char out[2 * ADDR_TEXT];
	char a[ADDR_TEXT], b[ADDR_TEXT];
	struct ovconf c;

	assert_int_equal(conf(text, &c), 0);
	snprintf(out, sizeof(out), "%s %s",
		 c.has_net4 ? prefix_format(&c.net4, a) : "-",
		 c.has_net6 ? prefix_format(&c.net6, b) : "-");
	ovconf_fini(&c);
	return out;
}

static void the_servers_networks_are_known(void **state)
{
	(void)state;
	assert_string_equal(nets_of("server 10.8.0.0 255.255.255.0\n"
				    "server-ipv6 fd00:8::/64\n"),
			    "10.8.0.0/24 fd00:8::/64");
	assert_string_equal(nets_of("server 10.8.0.0 255.255.255.0 nopool\n"
				    "ifconfig-pool 10.8.0.5 10.8.0.9\n"
				    "ifconfig-ipv6 fd00:8::1/64 fd00:8::2\n"),
			    "10.8.0.0/24 fd00:8::/64");
	assert_string_equal(nets_of("ifconfig 10.8.1.5 255.255.255.0\n"
				    "topology subnet\n"), "10.8.1.0/24 -");
	assert_string_equal(nets_of("dev tap\n"
				    "ifconfig 10.8.1.5 255.255.255.0\n"),
			    "10.8.1.0/24 -");
	/* the other end, or no mask at all */
	assert_string_equal(nets_of("ifconfig 10.8.1.1 10.8.1.2\n"), "- -");
	assert_string_equal(nets_of("topology subnet\n"
				    "ifconfig 10.8.1.1 0.0.0.0\n"), "- -");
	assert_string_equal(nets_of("dev tap\nserver-bridge 10.8.0.4 255.255.255.0 10.8.0.128 10.8.0.254\n"),
			    "10.8.0.0/24 -");
	assert_string_equal(nets_of("server-bridge\n"), "- -");
}

/* tests/openvpn/asked.sh asks the program for more. */
static void ip6_pool_is_openvpns(void **state)
{
	(void)state;
	assert_string_equal(pool6_of("server-ipv6 fd00:8::/64\n"),
			    "fd00:8::1000 fd00:8::1:fff");
	assert_string_equal(pool6_of("server-ipv6 fd00:8::/112\n"),
			    "fd00:8::2 fd00:8::ffff");
	assert_string_equal(pool6_of("topology subnet\n"
				     "server 10.8.0.0 255.255.255.0\n"
				     "server-ipv6 fd00:8::/120\n"),
			    "fd00:8::2 fd00:8::fe");
	assert_string_equal(pool6_of("ifconfig-ipv6-pool fd00:8::50/120\n"),
			    "fd00:8::50 fd00:8::ff");
	assert_string_equal(pool6_of("server-ipv6 vpn.example/64\n"), "none");
	assert_string_equal(pool6_of("server 10.8.0.0 255.255.255.0\n"),
			    "none");
}

static void servers_own_address_is_known(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("server 10.8.0.0 255.255.255.0\n", &c), 0);
	assert_true(c.has_local && addr_ip4(&c.local) == 0x0a080001);
	ovconf_fini(&c);
	assert_int_equal(conf("ifconfig 10.8.1.5 255.255.255.0\n", &c), 0);
	assert_true(c.has_local && addr_ip4(&c.local) == 0x0a080105);
	ovconf_fini(&c);
	assert_int_equal(conf("ifconfig gateway.example 10.8.1.1\n", &c), 0);
	assert_false(c.has_local);
	assert_false(c.has_local6);
	ovconf_fini(&c);
	assert_int_equal(conf("ifconfig-ipv6 fd00:8::5/64 fd00:8::6\n", &c), 0);
	assert_true(c.has_local6 && c.local6.b[15] == 5);
	ovconf_fini(&c);
	assert_int_equal(conf("server-ipv6 fd00:8::/64\n", &c), 0);
	assert_true(c.has_local6 && c.local6.b[15] == 1);
	ovconf_fini(&c);
}

static bool fails(const char *text)
{
	struct ovconf c;
	int err = conf(text, &c);

	ovconf_fini(&c);
	return err == -EINVAL;
}

static void options_of_interest_are_taken(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("port 1194\n--dev tun0\ntopology subnet\n"
			      "client-config-dir \"c c d\"\n"
			      "ifconfig-pool-persist ipp.txt 10\n"
			      "status st.log 30\nstatus-version 3\n"
			      "management 127.0.0.1 7505 pw.txt\n"
			      "ccd-exclusive\nduplicate-cn\n", &c), 0);
	assert_string_equal(said, "");
	assert_string_equal(c.cd, folder);
	assert_string_equal(c.dev, "tun0");
	assert_string_equal(c.ccd, "c c d");
	assert_string_equal(c.ipp, "ipp.txt");
	assert_string_equal(c.status, "st.log");
	assert_string_equal(c.management, "127.0.0.1");
	assert_string_equal(c.management_port, "7505");
	assert_string_equal(c.management_pw, "pw.txt");
	assert_int_equal(c.topology, TOPOLOGY_SUBNET);
	assert_int_equal(c.status_version, 3);
	assert_false(c.client_to_client || c.tap || c.has_pool);
	assert_non_null(c.dev_at.src);
	assert_null(c.client_to_client_at.src);
	ovconf_fini(&c);
}

static void silence_has_openvpns_defaults(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("", &c), 0);
	assert_int_equal(c.topology, TOPOLOGY_NET30);
	assert_int_equal(c.status_version, 1);
	assert_null(c.dev);
	assert_null(c.ccd);
	ovconf_fini(&c);
}

static void last_of_a_repeated_option_wins(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("client-config-dir a\nclient-config-dir b\n"
			      "topology p2p\ntopology subnet\n"
			      "dev tap\ndev tun\n", &c), 0);
	assert_string_equal(c.ccd, "b");
	assert_string_equal(c.dev, "tun");
	assert_false(c.tap);
	assert_int_equal(c.topology, TOPOLOGY_SUBNET);
	ovconf_fini(&c);
}

static void client_to_client_is_kept_with_its_place(void **state)
{
	char buf[64];
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("dev tun\n setenv opt client-to-client\n", &c),
			 0);
	assert_true(c.client_to_client);
	loc_format(c.client_to_client_at, buf, sizeof(buf));
	assert_string_equal(strrchr(buf, '/'), "/s.conf:2:13");
	ovconf_fini(&c);
}

static void the_data_channel_is_kept_in_user_space(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("dev tun\n# disable-dco\n", &c), 0);
	assert_false(c.no_dco);
	ovconf_fini(&c);
	assert_int_equal(conf("dev tun\ndisable-dco\n", &c), 0);
	assert_true(c.no_dco);
	ovconf_fini(&c);
}

static void blocks_and_comments_are_no_options(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("<ca>\nclient-to-client\n</ca>\n"
			      "# client-to-client\n;client-to-client\n"
			      "push client-to-client\nCLIENT-TO-CLIENT\n",
			      &c), 0);
	assert_false(c.client_to_client);
	ovconf_fini(&c);
}

static void tap_goes_by_type_then_by_name(void **state)
{
	struct ovconf c;

	(void)state;
	conf("dev tap3\ntopology net30\n", &c);
	assert_true(c.tap);
	assert_int_equal(c.topology, TOPOLOGY_SUBNET);
	ovconf_fini(&c);
	conf("dev-type tap\ndev vpn0\n", &c);
	assert_true(c.tap);
	ovconf_fini(&c);
	conf("dev tapas\ndev-type tun\n", &c);
	assert_false(c.tap);
	ovconf_fini(&c);
}

static void server_makes_the_pool(void **state)
{
	(void)state;
	assert_string_equal(pool_of("server 10.8.0.0 255.255.255.0\n"),
			    "10.8.0.4 10.8.0.251");
	assert_string_equal(pool_of("server 10.8.0.0 255.255.255.0\n"
				    "topology p2p\n"), "10.8.0.4 10.8.0.251");
	assert_string_equal(pool_of("topology subnet\n"
				    "server 10.8.0.0 255.255.255.0\n"),
			    "10.8.0.2 10.8.0.254");
	assert_string_equal(pool_of("dev tap\nserver 10.8.0.0 255.255.0.0\n"),
			    "10.8.0.2 10.8.255.254");
	assert_string_equal(pool_of("server 10.8.0.0 255.255.255.248\n"),
			    "10.8.0.4 10.8.0.7");
	assert_string_equal(pool_of("server 10.8.0.0 255.255.255.0 nopool\n"),
			    "none");
}

static void pool_lines_make_the_pool(void **state)
{
	(void)state;
	assert_string_equal(pool_of("topology subnet\nserver 10.8.0.0 255.255.255.0 nopool\nifconfig-pool 10.8.0.5 10.8.0.99 255.255.255.0\n"),
			    "10.8.0.5 10.8.0.99");
	assert_string_equal(pool_of("ifconfig-pool 10.8.0.5 10.8.0.97\n"),
			    "10.8.0.4 10.8.0.99");
	assert_string_equal(pool_of("dev tap\nserver-bridge 10.8.0.4 255.255.255.0 10.8.0.128 10.8.0.254\n"),
			    "10.8.0.128 10.8.0.254");
	assert_string_equal(pool_of("server-bridge\nserver-bridge nogw\n"),
			    "none");
}

static void lines_that_openvpn_refuses_are_errors(void **state)
{
	(void)state;
	assert_true(fails("server 10.8.0.0/24\n"));
	assert_non_null(strstr(said, "/s.conf:1:1: error: wrong number of words: OpenVPN does not start with this line\n"));
	assert_true(fails("server 10.8.0.5 255.255.255.0\n"));
	assert_true(fails("server 10.8.0.0 255.0.255.0\n"));
	assert_true(fails("server 10.8.0.0 255.255.255.0 nopoll\n"));
	assert_true(fails("server vpn 255.255.255.0\n"));
	assert_true(fails("ifconfig-pool 10.8.0.9 10.8.0.5\n"));
	assert_true(fails("topology subnet;\n"));
	assert_true(fails("topology star\n"));
	assert_true(fails("status-version 4\n"));
	assert_true(fails("server-bridge gw\n"));
	assert_true(fails("dev\n"));
	assert_true(fails("dev \"tun\n"));
	assert_true(fails("<ca>\n"));
	assert_true(fails("client-to-client yes\n"));
}

static void errors_behind_setenv_opt_are_warnings(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("topology subnet\nsetenv opt topology star\n"
			      "setenv opt server 1 x\nsetenv opt dev\n", &c),
			 0);
	assert_int_equal(c.topology, TOPOLOGY_SUBNET);
	assert_non_null(strstr(said, "OpenVPN skips this line"));
	ovconf_fini(&c);
}

static void include_is_read_where_it_stands(void **state)
{
	struct ovconf c;

	(void)state;
	write_file("a.conf", "client-config-dir inner\ntopology subnet\n");
	assert_int_equal(conf("client-config-dir before\nconfig a.conf\n"
			      "topology p2p\n", &c), 0);
	assert_string_equal(c.ccd, "inner");
	assert_int_equal(c.topology, TOPOLOGY_P2P);
	ovconf_fini(&c);
}

static void add_first_word(void *arg, const struct ovline *line)
{
	strcat(arg, line->word[0].text);
	strcat(arg, line->n > 1 ? "+ " : " ");
}

static void all_lines_are_told_in_order(void **state)
{
	struct ovconf c;
	char text[256] = "";

	(void)state;
	write_file("a.conf", "user nobody\n\"bad\n--plugin x\n");
	conf("float\nconfig a.conf\n# no\n<ca>\nin\n</ca>\n"
	     "setenv opt topology nonsense\n", &c);
	ovconf_fini(&c);
	ovconf_lines(in_folder("s.conf"), &set, add_first_word, text);
	assert_string_equal(text, "float config+ user+ plugin+ topology+ ");
}

static void cd_moves_what_follows(void **state)
{
	struct ovconf c;
	char text[256];

	(void)state;
	write_file("a.conf", "client-config-dir outer\n");
	write_file("sub/a.conf", "client-config-dir inner\n");
	assert_int_equal(conf("config a.conf\ncd sub\n", &c), 0);
	assert_string_equal(c.ccd, "outer");
	assert_string_equal(c.cd, in_folder("sub"));
	ovconf_fini(&c);
	assert_int_equal(conf("cd sub\nconfig a.conf\n", &c), 0);
	assert_string_equal(c.ccd, "inner");
	ovconf_fini(&c);
	snprintf(text, sizeof(text), "cd %s\nconfig a.conf\n",
		 in_folder("sub"));
	assert_int_equal(conf(text, &c), 0);
	assert_string_equal(c.ccd, "inner");
	ovconf_fini(&c);
}

static void missing_include_is_an_error(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("dev tun\nconfig none.conf\ndev tap\n", &c),
			 -ENOENT);
	assert_non_null(strstr(said, "/s.conf:2:8: error: cannot read \""));
	assert_true(c.tap);
	ovconf_fini(&c);
}

static void includes_have_a_limit(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(conf("config s.conf\n", &c), -EINVAL);
	assert_non_null(strstr(said, "more than 10 deep"));
	ovconf_fini(&c);
	write_file("a.conf", "");
	/* 9 below the first are fine */
	assert_int_equal(conf("config a.conf\nconfig a.conf\n", &c), 0);
	ovconf_fini(&c);
	assert_int_not_equal(conf("config s.conf\nconfig s.conf\n", &c), 0);
	ovconf_fini(&c);
}

static void what_is_no_file_is_an_error(void **state)
{
	struct ovconf c;

	(void)state;
	assert_int_equal(load("none", &c), -ENOENT);
	assert_non_null(strstr(said, "vpnpf: error: cannot read \""));
	ovconf_fini(&c);
	assert_int_equal(load("sub", &c), -EISDIR);
	ovconf_fini(&c);
	mkfifo(in_folder("fifo"), 0600);
	assert_int_equal(load("fifo", &c), -EINVAL);
	ovconf_fini(&c);
}

static void errors_stop_at_twenty(void **state)
{
	char text[400 * 4 + 1] = "";
	struct ovconf c;
	const char *p;
	int n = 0, i;

	(void)state;
	for (i = 0; i < 400; i++)
		strcat(text, "dev\n");
	assert_int_equal(conf(text, &c), -EINVAL);
	ovconf_fini(&c);
	for (p = said; (p = strstr(p, ": error: ")); p++)
		n++;
	assert_int_equal(n, DIAG_BUDGET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_servers_networks_are_known),
		cmocka_unit_test(ip6_pool_is_openvpns),
		cmocka_unit_test(options_of_interest_are_taken),
		cmocka_unit_test(servers_own_address_is_known),
		cmocka_unit_test(silence_has_openvpns_defaults),
		cmocka_unit_test(last_of_a_repeated_option_wins),
		cmocka_unit_test(client_to_client_is_kept_with_its_place),
		cmocka_unit_test(the_data_channel_is_kept_in_user_space),
		cmocka_unit_test(blocks_and_comments_are_no_options),
		cmocka_unit_test(tap_goes_by_type_then_by_name),
		cmocka_unit_test(server_makes_the_pool),
		cmocka_unit_test(pool_lines_make_the_pool),
		cmocka_unit_test(lines_that_openvpn_refuses_are_errors),
		cmocka_unit_test(errors_behind_setenv_opt_are_warnings),
		cmocka_unit_test(include_is_read_where_it_stands),
		cmocka_unit_test(cd_moves_what_follows),
		cmocka_unit_test(missing_include_is_an_error),
		cmocka_unit_test(includes_have_a_limit),
		cmocka_unit_test(all_lines_are_told_in_order),
		cmocka_unit_test(what_is_no_file_is_an_error),
		cmocka_unit_test(errors_stop_at_twenty),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
