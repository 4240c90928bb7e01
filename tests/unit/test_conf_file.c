/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/conf_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

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

static size_t count(const char *what)
{
	const char *at = said;
	size_t n = 0;

	for (; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Also if they name it in other ways, or only share an include. */
static void sections_of_one_server_conf_say_its_errors_once(void **state)
{
	static const char *const others[] = {
		"s.conf", "./s.conf", "sub/../s.conf", "sub/link", "sub/other",
	};
	char text[256];
	size_t i;

	(void)state;
	write_file("s.conf", "dev tun1\ntopology star\nstatus\n");
	snprintf(text, sizeof(text), "config %s\n",
		 in_folder("s.conf"));
	write_file("sub/other", text);
	assert_int_equal(symlink("../s.conf", in_folder("sub/link")), 0);
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(text, sizeof(text), POLICY
			 "openvpn a { server-conf = s.conf }\n"
			 "openvpn b { server-conf = '%s' }\n"
			 "openvpn c { dev = tun9 topology = star }\n",
			 others[i]);
		assert_string_equal(outcome(text),
				    "a=tun1! b=tun1! c=tun9!");
		assert_int_equal(fails(text), -EINVAL);
		assert_int_equal(count("s.conf:2:10: error: ") +
				 count("link:2:10: error: "), 1);
		assert_int_equal(count("wrong number of words"), 1);
		assert_int_equal(count("error: "), 3);
	}
	/* two errors of one line, or of one text, are two */
	write_file("s.conf", "dev tun1\nstatus\nstatus\n");
	assert_int_equal(fails(POLICY "openvpn a { server-conf = s.conf }"),
			 -EINVAL);
	assert_int_equal(count("wrong number of words"), 2);
	unlink(in_folder("sub/link"));
	unlink(in_folder("sub/other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_name_their_line),
		cmocka_unit_test(comments_do_not_count_as_lines),
		cmocka_unit_test(old_keys_are_read_with_a_warning),
		cmocka_unit_test(of_a_key_that_stands_twice_the_last_counts),
		cmocka_unit_test(every_wrong_value_is_said),
		cmocka_unit_test(what_is_not_closed_is_shown_where_it_begins),
		cmocka_unit_test(backslashes_are_bytes_in_single_quotes),
		cmocka_unit_test(wrong_files_are_errors),
		cmocka_unit_test(a_slip_is_of_its_section),
		cmocka_unit_test(sections_of_one_server_conf_say_its_errors_once),
		cmocka_unit_test(a_slip_that_may_hide_a_section_is_of_the_file),
		cmocka_unit_test(a_slip_in_a_server_conf_is_of_its_server),
		cmocka_unit_test(nothing_is_included_or_run),
		cmocka_unit_test(what_is_no_text_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
