/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf.h"

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

/* End OUT with conf_fini. */
static int load(const struct conf_options *opt, struct conf *out)
{
	struct diag d = { 0 };
	char *talk;
	size_t n;
	int err;

	d.out = open_memstream(&talk, &n);
	err = conf_load(opt, &set, out, &d);
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

static void silence_has_defaults(void **state)
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
	assert_int_equal(file(POLICY "openvpn a { config = s.conf }\n"
		"openvpn b { config = s.conf dev = tun7 ccd = x topology = p2p}",
		&c), 0);
	in = &c.instances.v[0];
	assert_string_equal(in->config, in_folder("s.conf"));
	assert_string_equal(in->dev, "tun*");
	assert_string_equal(in->ccd, in_folder("sub/ccd"));
	assert_string_equal(in->ipp, "/ipp");
	assert_null(in->status);
	assert_string_equal(in->workdir, in_folder("sub"));
	assert_int_equal(in->topology, TOPOLOGY_SUBNET);
	assert_true(in->has_pool && in->ccd_exclusive);
	assert_int_equal(in->pool_first.b[3], 2);
	assert_non_null(in->client_to_client_at.src);
	in++;
	assert_string_equal(in->dev, "tun7");
	assert_string_equal(in->ccd, in_folder("x"));
	assert_int_equal(in->topology, TOPOLOGY_P2P);
	conf_fini(&c);
}

static void chroot_holds_the_ccd(void **state)
{
	struct conf c;

	(void)state;
	write_file("s.conf", "dev tap0\nclient-config-dir /ccd\n"
		   "chroot jail\nstatus st\n");
	assert_int_equal(file(POLICY "openvpn a { config = s.conf }", &c), 0);
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
	assert_non_null(strstr(said, "/v.conf:4:1: error: no such option 'colour'\n"));
	assert_int_equal(fails(POLICY "\nopenvpn a {\n dev = \"tun 0\"\n}\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:4:1: error: no interface can be called \"tun 0\"\n"));
	assert_int_equal(fails(POLICY "openvpn b { dev = tun1 }\n\nopenvpn a {\n}\n"),
			 -EINVAL);
	assert_non_null(strstr(said, "/v.conf:4:1: error: no interface: give dev or config in this section\n"));
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
	assert_int_equal(fails(POLICY "openvpn a { config = none }"), -ENOENT);
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
	assert_true(option_error(&opt, "\"a b\" is no name of a server"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_read),
		cmocka_unit_test(silence_has_defaults),
		cmocka_unit_test(server_conf_fills_the_gaps),
		cmocka_unit_test(chroot_holds_the_ccd),
		cmocka_unit_test(errors_name_their_line),
		cmocka_unit_test(wrong_files_are_errors),
		cmocka_unit_test(nothing_is_included_or_run),
		cmocka_unit_test(interface_names_are_the_kernels),
		cmocka_unit_test(options_make_one_instance),
		cmocka_unit_test(options_go_before_server_conf),
		cmocka_unit_test(missing_options_are_asked_for),
		cmocka_unit_test(topology_of_tap_needs_no_word),
		cmocka_unit_test(hook_picks_its_instance),
		cmocka_unit_test(what_is_no_text_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
