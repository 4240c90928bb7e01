/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ccd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static char said[8192];		/* what the last ccd() said */
static int result;

/*
 * A file as "10.8.0.2 fd00::2 iroute 192.168.1.0/24 disable", and a "?" for
 * each warning, "!" for each error.
 */
static const char *ccd_at(const char *workdir, const char *text, size_t size)
{
	static char out[4096];
	char buf[ADDR_TEXT], *o = out, *talk;
	struct sources set = { 0 };
	struct ccd_net *net;
	struct diag d = { 0 };
	struct ccd ccd;
	size_t n;

	d.out = open_memstream(&talk, &n);
	result = ccd_parse(source_text(&set, "alice", text, size), workdir,
			   &set, &ccd, &d);
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	*o = '\0';
	if (ccd.has_ip4)
		o += sprintf(o, " %s", prefix_format(&ccd.ip4.net, buf));
	if (ccd.has_ip6)
		o += sprintf(o, " %s", prefix_format(&ccd.ip6.net, buf));
	vec_each(net, &ccd.iroutes)
		o += sprintf(o, " iroute %s", prefix_format(&net->net, buf));
	if (ccd.disable)
		o += sprintf(o, " disable");
	for (n = 0; n < d.warnings; n++)
		o += sprintf(o, " ?");
	for (n = 0; n < d.errors; n++)
		o += sprintf(o, " !");
	ccd_fini(&ccd);
	sources_fini(&set);
	return out[0] ? out + 1 : out;
}

#define ccd(text) ccd_at(".", text, sizeof(text) - 1)

#define P "ifconfig-push "
#define M " 255.255.255.0\n"

static void push_gives_its_first_address(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "10.8.0.50" M), "10.8.0.50");
	assert_string_equal(ccd(P "10.8.0.6 10.8.0.5\n"), "10.8.0.6");
	/* C is what the client is told; the server routes A (p11) */
	assert_string_equal(ccd(P "10.8.0.6 10.8.0.5 10.9.0.1"), "10.8.0.6");
	assert_string_equal(ccd(P "10.8.0.6 10.8.0.5 nonsense!"), "10.8.0.6");
	assert_string_equal(ccd(""), "");
}

static void comments_and_quotes_are_openvpns(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "10.8.0.5 255.255.255.0 # c\n"), "10.8.0.5");
	assert_string_equal(ccd(P "10.8.0.5 255.255.255.0 ; c\n"), "10.8.0.5");
	/* p4: one word with the comment, so the pool serves the client */
	assert_string_equal(ccd(P "10.8.0.5 255.255.255.0#c\n"), "?");
	assert_string_equal(ccd(P "\"10.8.0.5\" '255.255.255.0'\n"),
			    "10.8.0.5");
	assert_string_equal(ccd("\"ifconfig-push\"\"10.8.0.5\"\"10.8.0.6\""),
			    "10.8.0.5");
	assert_string_equal(ccd("--" P "10.8.0.5" M), "10.8.0.5");
	assert_string_equal(ccd("\xef\xbb\xbf" P "10.8.0.5" M), "10.8.0.5");
	assert_string_equal(ccd(P "10.8.0.5 255.255.255.0\r\n"), "10.8.0.5");
	assert_string_equal(ccd(P "10.8.0.5 255.255.255.0\\\n" P "10.8.0.6" M),
			    "10.8.0.6 ?");
	assert_string_equal(ccd(P "\"10.8.0.5" M P "10.8.0.6" M),
			    "10.8.0.6 ?");
	assert_string_equal(ccd(P "10.8.0.5\0" M), "?");
}

static void last_push_wins(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "10.8.0.5" M P "10.8.0.6" M), "10.8.0.6");
	/* a line that OpenVPN skips leaves the one before it */
	assert_string_equal(ccd(P "10.8.0.5" M P "10.8.0.300" M),
			    "10.8.0.5 ?");
}

static void push_reads_numbers_as_getaddrinfo(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "168296487" M), "10.8.0.39 ?");
	assert_non_null(strstr(said, "alice:1:15: warning: OpenVPN reads \"168296487\" as 10.8.0.39\n"));
	assert_string_equal(ccd(P "10.8.40" M), "10.8.0.40 ?");
	assert_string_equal(ccd(P "010.8.0.041" M), "8.8.0.33 ?");
	assert_string_equal(ccd(P "0x0a.8.0.5" M), "10.8.0.5 ?");
	assert_string_equal(ccd(P "10.8.0.17/24" M), "10.8.0.17 ?");
}

static void push_takes_addresses_outside_the_tunnel(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "10.99.0.5" M), "10.99.0.5");
	assert_string_equal(ccd(P "127.0.0.1" M), "127.0.0.1");
}

static void push_that_openvpn_skips_is_a_pool_client(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "10.8.0.300" M), "?");
	assert_non_null(strstr(said, "alice:1:15: warning: OpenVPN skips this line: \"10.8.0.300\" is not a valid address; the client gets an address of the pool\n"));
	assert_string_equal(ccd(P "10.8.0.17/33" M), "?");
	assert_string_equal(ccd(P "0.0.0.0" M), "?");
	assert_string_equal(ccd(P "10.8.0.5 0.0.0.0"), "?");
	assert_string_equal(ccd(P "10.8.0.5 255.255.255.256"), "?");
	assert_string_equal(ccd(P "10.8.0.5\n"), "?");
	assert_string_equal(ccd(P "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4"), "?");
	assert_string_equal(ccd(P "'' ''"), "?");
}

static void host_name_makes_the_address_unknown(void **state)
{
	(void)state;
	assert_string_equal(ccd(P "localhost" M), "?");
	assert_non_null(strstr(said, "vpnpf does not look up host names"));
	assert_string_equal(ccd(P "10.8.0.5" M P "localhost" M), "?");
	assert_string_equal(ccd(P "10.8.0.5 peer.example\n"), "?");
	assert_string_equal(ccd(P "localhost" M P "10.8.0.5" M),
			    "10.8.0.5 ?");
	/* with a mask that is none, the line does nothing at all */
	assert_string_equal(ccd(P "10.8.0.5" M P "localhost 0"),
			    "10.8.0.5 ? ?");
}

static void ipv6_push_gives_its_address(void **state)
{
	(void)state;
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::50/64 fd00:8::1"),
			    "fd00:8::50");
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::50/64"),
			    "fd00:8::50");
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::50"),
			    "fd00:8::50");
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::5/200"), "?");
	assert_string_equal(ccd("ifconfig-ipv6-push 10.8.0.5"), "?");
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::5 nonsense!"),
			    "?");
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::5\n"
				"ifconfig-ipv6-push host.example\n"), "?");
	assert_string_equal(ccd("ifconfig-ipv6-push fd00:8::5\n"
				"ifconfig-ipv6-push fd00:8::6\n"),
			    "fd00:8::6");
}

static void iroute_without_mask_is_a_host(void **state)
{
	(void)state;
	assert_string_equal(ccd("iroute 192.168.33.0 255.255.255.0\n"),
			    "iroute 192.168.33.0/24");
	assert_string_equal(ccd("iroute 192.168.33.5\n"),
			    "iroute 192.168.33.5");
	assert_string_equal(ccd("iroute 192.168.33.5 255.255.255.255\n"),
			    "iroute 192.168.33.5");
	assert_string_equal(ccd("iroute 0.0.0.0 0.0.0.0\n"),
			    "iroute 0.0.0.0/0");
	assert_string_equal(ccd("iroute 10.0.0.0/8\n"), "iroute 10.0.0.0 ?");
}

static void iroute_with_host_bits_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(ccd("iroute 192.168.33.5 255.255.255.0\n"), "?");
	assert_non_null(strstr(said, "alice:1:8: warning: OpenVPN never matches 192.168.33.5/24, because it is not the network's first address: vpnpf leaves this line out; 192.168.33.0/24 is meant\n"));
}

static void iroute_with_a_bad_operand_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(ccd("iroute 192.168.33.0 255.0.255.0\n"), "?");
	assert_string_equal(ccd("iroute 192.168.33.0 0.0.0.255\n"), "?");
	/* OpenVPN makes 0.0.0.0 of these, even 0.0.0.0/0 of the last */
	assert_string_equal(ccd("iroute office 255.255.255.0\n"), "?");
	assert_string_equal(ccd("iroute 192.168.33.0 none\n"), "?");
	assert_string_equal(ccd("iroute office none\n"), "?");
	assert_string_equal(ccd("iroute\niroute 1.1.1.1 2.2.2.2 3\n"), "? ?");
}

static void iroute_ipv6_is_masked(void **state)
{
	(void)state;
	assert_string_equal(ccd("iroute-ipv6 fd00:33::5/64\n"),
			    "iroute fd00:33::/64");
	assert_string_equal(ccd("iroute-ipv6 fd00:33::\n"),
			    "iroute fd00:33::/64");
	assert_string_equal(ccd("iroute-ipv6 fd00:33::5/128\n"),
			    "iroute fd00:33::5");
	assert_string_equal(ccd("iroute-ipv6 fd00:33::/129\n"), "?");
	assert_string_equal(ccd("iroute-ipv6 fd00:33::/64 x\n"), "?");
}

static void disable_is_seen(void **state)
{
	(void)state;
	assert_string_equal(ccd("disable\n"), "disable");
	assert_string_equal(ccd("disable now\n"), "?");
	assert_string_equal(ccd("disable # for now\n"), "disable");
}

static void other_options_are_passed_over(void **state)
{
	(void)state;
	assert_string_equal(ccd("push-reset\npush \"route 1.2.3.4\"\nnonsense\n"
				P "10.8.0.5" M), "10.8.0.5");
	assert_string_equal(ccd("<ca>\n" P "10.8.0.6" M "</ca>\n"), "");
	assert_string_equal(ccd("<ca>\n" P "10.8.0.6" M), "?");
}

static void capital_letters_are_another_option(void **state)
{
	(void)state;
	assert_string_equal(ccd("Ifconfig-Push 10.8.0.5" M), "?");
	assert_string_equal(ccd("DISABLE\n"), "?");
}

static void setenv_opt_is_executed(void **state)
{
	(void)state;
	assert_string_equal(ccd("setenv opt " P "10.8.0.5" M), "10.8.0.5");
	assert_string_equal(ccd("setenv opt disable\n"), "disable");
}

static void long_line_goes_on_as_a_new_line(void **state)
{
	char text[400];

	(void)state;
	/* p35: the comment's rest is an option */
	memset(text, '.', sizeof(text));
	text[0] = '#';
	strcpy(text + 256, P "10.8.0.5" M);
	assert_string_equal(ccd_at(".", text, strlen(text)),
			    "10.8.0.5 ?");
	/* p36: what stands in the first piece counts too */
	memset(text, ' ', sizeof(text));
	memcpy(text, P "10.8.0.5 255.255.255.0", 36);
	strcpy(text + 256, "disable\n");
	assert_string_equal(ccd_at(".", text, strlen(text)),
			    "10.8.0.5 disable ?");
}

static void place_is_the_line(void **state)
{
	struct sources set = { 0 };
	struct diag d = { 0 };
	struct ccd ccd;
	static const char text[] = "#\n  " P "10.8.0.5" M "iroute 1.2.3.4\n";
	char buf[64];

	(void)state;
	ccd_parse(source_text(&set, "alice", text, sizeof(text) - 1),
		  ".", &set, &ccd, &d);
	loc_format(ccd.ip4.at, buf, sizeof(buf));
	assert_string_equal(buf, "alice:2:1");
	loc_format(ccd.iroutes.v[0].at, buf, sizeof(buf));
	assert_string_equal(buf, "alice:3:1");
	ccd_fini(&ccd);
	sources_fini(&set);
}

/* A folder of its own, with the file "more" in it. */
static char folder[] = "/tmp/test_ccd.XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/more", folder);
	unlink(path);
	return rmdir(folder);
}

static void write_more(const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/more", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define in_folder(text) ccd_at(folder, text, sizeof(text) - 1)

static void include_is_read_where_it_stands(void **state)
{
	(void)state;
	write_more(P "10.8.0.9" M "disable\n");
	assert_string_equal(in_folder("config more\n"),
			    "10.8.0.9 disable");
	assert_string_equal(in_folder(P "10.8.0.5" M "config more\n"),
			    "10.8.0.9 disable");
	assert_string_equal(in_folder("config more\n" P "10.8.0.5" M),
			    "10.8.0.5 disable");
}

static void missing_include_is_an_error(void **state)
{
	(void)state;
	write_more("");
	assert_string_equal(in_folder("config none\n" P "10.8.0.5" M),
			    "10.8.0.5 !");
	assert_int_equal(result, -ENOENT);
	assert_non_null(strstr(said, "alice:1:8: error: cannot read \"none\" from the server's working directory: No such file or directory\n"));
	assert_string_equal(in_folder("config .\n"), "!");
	assert_int_equal(result, -EISDIR);
}

static void includes_have_a_limit(void **state)
{
	(void)state;
	write_more("disable\nconfig more\n");
	assert_string_equal(in_folder("config more\n"), "disable ?");
	assert_int_equal(result, 0);
	write_more("config more\nconfig more\nconfig more\n");
	in_folder("config more\n");
	assert_int_equal(result, -E2BIG);
}

static void rubbish_does_no_harm(void **state)
{
	char text[70000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7919 >> 3);
	ccd_at(".", text, sizeof(text));
	memset(text, 'x', sizeof(text));
	assert_non_null(strstr(ccd_at(".", text, sizeof(text)), "? ? ?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(push_gives_its_first_address),
		cmocka_unit_test(comments_and_quotes_are_openvpns),
		cmocka_unit_test(last_push_wins),
		cmocka_unit_test(push_reads_numbers_as_getaddrinfo),
		cmocka_unit_test(push_takes_addresses_outside_the_tunnel),
		cmocka_unit_test(push_that_openvpn_skips_is_a_pool_client),
		cmocka_unit_test(host_name_makes_the_address_unknown),
		cmocka_unit_test(ipv6_push_gives_its_address),
		cmocka_unit_test(iroute_without_mask_is_a_host),
		cmocka_unit_test(iroute_with_host_bits_is_left_out),
		cmocka_unit_test(iroute_with_a_bad_operand_is_left_out),
		cmocka_unit_test(iroute_ipv6_is_masked),
		cmocka_unit_test(disable_is_seen),
		cmocka_unit_test(other_options_are_passed_over),
		cmocka_unit_test(capital_letters_are_another_option),
		cmocka_unit_test(setenv_opt_is_executed),
		cmocka_unit_test(long_line_goes_on_as_a_new_line),
		cmocka_unit_test(place_is_the_line),
		cmocka_unit_test(include_is_read_where_it_stands),
		cmocka_unit_test(missing_include_is_an_error),
		cmocka_unit_test(includes_have_a_limit),
		cmocka_unit_test(rubbish_does_no_harm),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
