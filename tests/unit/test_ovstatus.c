/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovstatus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static char said[8192];
static char clients[4096];	/* "bob at 100.64.0.12:44829 #1 ..." */
static int result;
static long long updated;

static void list_clients(const struct ovstatus *st)
{
	const struct ovstatus_client *c;
	char *o = clients;

	*o = '\0';
	vec_each(c, &st->clients) {
		o += sprintf(o, "%s%.*s at %.*s", o == clients ? "" : "; ",
			     STR_ARG(c->name), STR_ARG(c->real));
		o += sprintf(o, " %llu/%llu", (unsigned long long)c->received,
			     (unsigned long long)c->sent);
		if (c->since >= 0)
			o += sprintf(o, " since %lld", c->since);
		if (c->has_id)
			o += sprintf(o, " #%u", c->id);
	}
}

/* "v1 bob=10.8.0.50 ... END", and a "?" for each warning. */
static const char *status_of(const char *text, size_t size)
{
	static char out[4096];
	char buf[ADDR_TEXT], *o = out, *talk;
	struct sources set = { 0 };
	struct ovstatus_route *e;
	struct ovstatus_client *c;
	struct diag d = { 0 };
	struct ovstatus st;
	size_t n;

	d.out = open_memstream(&talk, &n);
	result = ovstatus_parse(source_text(&set, "st", text, size), &st, &d);
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	updated = st.updated;
	o += sprintf(o, "v%u", st.version);
	vec_each(e, &st.routes) {
		o += sprintf(o, " %.*s=%s", STR_ARG(e->name),
			     endpoint_format(&e->addr, buf));
	}
	list_clients(&st);
	vec_each(c, &st.clients)
		if (c->addr4.n || c->addr6.n)
			o += sprintf(o, " %.*s@%.*s@%.*s", STR_ARG(c->name),
				     STR_ARG(c->addr4), STR_ARG(c->addr6));
	if (st.dco)
		o += sprintf(o, " dco");
	if (st.complete)
		o += sprintf(o, " END");
	for (n = 0; n < d.warnings; n++)
		o += sprintf(o, " ?");
	ovstatus_fini(&st);
	sources_fini(&set);
	return out;
}

#define status(text) status_of(text, sizeof(text) - 1)

static const char version_1[] =
	"OpenVPN CLIENT LIST\n"
	"Updated,2026-11-21 05:35:18\n"
	"Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since\n"
	"bob,100.64.0.12:44829,2433,2450,2026-11-21 05:35:13\n"
	"we,ird \"na me'x,100.64.0.13:33920,2072,2108,2026-11-21 05:35:13\n"
	"Updated,100.64.0.14:33920,2072,2108,2026-11-21 05:35:13\n"
	"ROUTING TABLE\n"
	"Virtual Address,Common Name,Real Address,Last Ref\n"
	"10.8.0.50,bob,100.64.0.12:44829,2026-11-21 05:35:16\n"
	"192.168.50.0/24,bob,100.64.0.12:44829,2026-11-21 05:35:13\n"
	"fd00:8::50,bob,100.64.0.12:44829,2026-11-21 05:35:13\n"
	"192.168.50.7C,bob,100.64.0.12:44829,2026-11-21 05:35:16\n"
	"10.8.0.2,alice,100.64.0.11:40526,2026-11-21 05:35:13\n"
	"fd00:8::1001,we,ird \"na me'x,100.64.0.13:33920,2026-11-21 05:35:13\n"
	"fd00:50::/64,bob,100.64.0.12:44829,2026-11-21 05:35:13\n"
	"fd00:50::7C,bob,100.64.0.12:44829,2026-11-21 05:35:16\n"
	"fd00:50::7c,bob,100.64.0.12:44829,2026-11-21 05:35:16\n"
	"GLOBAL STATS\n"
	"Max bcast/mcast queue length,3\n"
	"END\n";

static void version_1_is_split_from_both_ends(void **state)
{
	struct tm tm = {
		.tm_year = 126, .tm_mon = 10, .tm_mday = 21, .tm_hour = 5,
		.tm_min = 35, .tm_sec = 18, .tm_isdst = -1,
	};

	(void)state;
	assert_string_equal(status(version_1),
		"v1 bob=10.8.0.50 bob=192.168.50.0/24 bob=fd00:8::50 "
		"alice=10.8.0.2 we,ird \"na me'x=fd00:8::1001 "
		"bob=fd00:50::/64 bob=fd00:50::7c END");
	assert_true(updated == mktime(&tm));
}

/* Lines of version 3, and of version 2 when its tabs are made commas. */
static const char version_3[] =
	"TITLE\tOpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]\n"
	"TIME\t2026-11-21 05:35:19\t1795239319\n"
	"HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\t"
	"Virtual IPv6 Address\tBytes Received\tBytes Sent\tConnected Since\t"
	"Connected Since (time_t)\tUsername\tClient ID\tPeer ID\t"
	"Data Channel Cipher\n"
	"CLIENT_LIST\tbob\t100.64.0.12:44829\t10.8.0.50\tfd00:8::50\t2433\t"
	"2450\t2026-11-21 05:35:13\t1795239313\tUNDEF\t1\t1\tAES-256-GCM\n"
	"CLIENT_LIST\tUNDEF\t100.64.0.19:1\t\t\t0\t0\t2026-11-21 05:35:13\t"
	"1795239313\tUNDEF\t2\t2\tBF-CBC\n"
	"HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\t"
	"Last Ref\tLast Ref (time_t)\n"
	"ROUTING_TABLE\t192.168.50.0/24\tbob\t100.64.0.12:44829\t"
	"2026-11-21 05:35:13\t1795239313\n"
	"ROUTING_TABLE\t192.168.50.7C\tbob\t100.64.0.12:44829\t"
	"2026-11-21 05:35:16\t1795239316\n"
	"ROUTING_TABLE\t10.8.0.3\twe,ird \"na me'x\t100.64.0.13:33920\t"
	"2026-11-21 05:35:13\t1795239313\n"
	"GLOBAL_STATS\tMax bcast/mcast queue length\t3\n"
	"GLOBAL_STATS\tdco_enabled\t0\n"
	"END\n";

static void versions_2_and_3_say_the_same(void **state)
{
	char text[sizeof(version_3)], *p;

	(void)state;
	assert_string_equal(status(version_3),
		"v3 bob=192.168.50.0/24 we,ird \"na me'x=10.8.0.3 "
		"bob@10.8.0.50@fd00:8::50 END");
	assert_int_equal(updated, 1795239319);
	strcpy(text, version_3);
	while ((p = strchr(text, '\t')))
		*p = ',';
	assert_string_equal(status(text),
		"v2 bob=192.168.50.0/24 we,ird \"na me'x=10.8.0.3 "
		"bob@10.8.0.50@fd00:8::50 END");
	assert_int_equal(updated, 1795239319);
	*strstr(text, "enabled,0") = 'E';
	assert_null(strstr(status(text), "dco"));
	*strstr(text, "Enabled,0") = 'e';
	strstr(text, "enabled,0")[8] = '1';
	assert_non_null(strstr(status(text), " dco END"));
}

#define T2 "TITLE,OpenVPN 2.4.12\n"

static void clients_are_read_of_all_versions(void **state)
{
	char text[sizeof(version_3)], *p;

	(void)state;
	status(version_1);
	assert_int_equal(strncmp(clients, "bob at 100.64.0.12:44829 2433/2450 "
				 "since 17", 43), 0);
	assert_non_null(strstr(clients,
		"; we,ird \"na me'x at 100.64.0.13:33920 2072/2108 since "));
	assert_non_null(strstr(clients, "; Updated at 100.64.0.14:33920 "));
	status(version_3);
	assert_string_equal(clients,
		"bob at 100.64.0.12:44829 2433/2450 since 1795239313 #1; "
		"UNDEF at 100.64.0.19:1 0/0 since 1795239313 #2");
	strcpy(text, version_3);
	while ((p = strchr(text, '\t')))
		*p = ',';
	status(text);
	assert_string_equal(clients,
		"bob at 100.64.0.12:44829 2433/2450 since 1795239313 #1; "
		"UNDEF at 100.64.0.19:1 0/0 since 1795239313 #2");
	/* 2.4 has no cipher; a name with commas, as long as the user's has none */
	status(T2 "HEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address,"
		  "Virtual IPv6 Address,Bytes Received,Bytes Sent,"
		  "Connected Since,Connected Since (time_t),Username,Client ID,"
		  "Peer ID\n"
		  "CLIENT_LIST,a,b,c,1.2.3.4:5,10.8.0.2,,7,8,x,9,UNDEF,3,0\n");
	assert_string_equal(clients, "a,b,c at 1.2.3.4:5 7/8 since 9 #3");
}

/* Who is called like a heading is a client all the same. */
static void no_name_is_a_heading(void **state)
{
	(void)state;
	status("OpenVPN CLIENT LIST\nUpdated,x\n"
	       "Common Name,Real Address,Bytes Received,Bytes Sent,"
	       "Connected Since\n"
	       "Common Name,Real Address,x,1.2.3.4:5,7,8,y\n"
	       "bob,1.2.3.4:6,7,8,y\nROUTING TABLE\n");
	assert_string_equal(clients, "Common Name,Real Address,x at 1.2.3.4:5 "
				     "7/8; bob at 1.2.3.4:6 7/8");
	status("TITLE\tx\nHEADER\tCLIENT_LIST\tCommon Name\tReal Address\n"
	       "CLIENT_LIST\tROUTING_TABLE\t1.2.3.4:5\n"
	       "CLIENT_LIST\t\t1.2.3.4:5\n");
	assert_string_equal(clients, "ROUTING_TABLE at 1.2.3.4:5 0/0");
}

static void old_times_are_read(void **state)
{
	(void)state;
	assert_string_equal(status("OpenVPN CLIENT LIST\n"
		"Updated,Sat Nov 21 06:09:53 2026\nROUTING TABLE\n"
		"Virtual Address,Common Name,Real Address,Last Ref\n"
		"10.8.0.6,al,1.2.3.4:5,Sat Nov 21 06:09:53 2026\n"),
		"v1 al=10.8.0.6");
	assert_true(updated > 1700000000);
	status("OpenVPN CLIENT LIST\nUpdated,yesterday\n");
	assert_int_equal(updated, -1);
	status(T2 "TIME,x,12a\n");
	assert_int_equal(updated, -1);
	status(T2);
	assert_int_equal(updated, -1);
}

static void heading_names_the_columns(void **state)
{
	(void)state;
	assert_string_equal(status(T2 "HEADER,ROUTING_TABLE,New,Common Name,"
		"Virtual Address,Last Ref\n"
		"ROUTING_TABLE,x,a,b,10.8.0.2,1\n"), "v2 a,b=10.8.0.2");
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.2,a,r,l,1\n"),
			    "v2 a=10.8.0.2");
	/* a heading that names neither changes nothing */
	assert_string_equal(status(T2 "HEADER,ROUTING_TABLE,x\n"
		"ROUTING_TABLE,10.8.0.2,a,r,l,1\n"), "v2 a=10.8.0.2");
}

static void tap_has_hardware_addresses(void **state)
{
	(void)state;
	assert_string_equal(status(T2
		"ROUTING_TABLE,6e:eb:a3:8d:66:69@0,bob,r,l,1\n"
		"ROUTING_TABLE,6e:eb:a3:8d:66:70,bob,r,l,1\n"
		"ROUTING_TABLE,6e:eb:a3:8d:66:7,bob,r,l,1\n"
		"ROUTING_TABLE,6e:eb:a3:8d:66:70:80,bob,r,l,1\n"),
		"v2 bob=6e:eb:a3:8d:66:69 bob=6e:eb:a3:8d:66:70 ? ?");
}

static void session_without_certificate_is_undef(void **state)
{
	(void)state;
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.2,UNDEF,r,l,1\n"),
			    "v2 UNDEF=10.8.0.2");
}

static void line_that_cannot_be_read_is_skipped(void **state)
{
	(void)state;
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.2,a,r,1\n"
				      "ROUTING_TABLE,10.8.0.3,a,r,l,1\n"),
			    "v2 a=10.8.0.3 ?");
	assert_string_equal(
		said,
		"st:2:15: warning: wrong number of columns: line skipped\n    2 | ROUTING_TABLE,10.8.0.2,a,r,1\n      |               ^\n");
	assert_string_equal(status(T2 "ROUTING_TABLE,,a,r,l,1\n"), "v2 ?");
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.2,,r,l,1\n"),
			    "v2 ?");
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.2,a\0,r,l,1\n"),
			    "v2 ?");
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.x,a,r,l,1\n"),
			    "v2 ?");
	assert_string_equal(status("TITLE\tx\n"
		"ROUTING_TABLE\t10.8.0.2\ta\tb\tr\tl\t1\n"), "v3 ?");
}

static void network_with_host_bits_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(status(T2
		"ROUTING_TABLE,192.168.33.5/24,a,r,l,1\n"), "v2");
}

static void file_without_its_end_is_torn(void **state)
{
	size_t n;

	(void)state;
	assert_string_equal(status(T2 "ROUTING_TABLE,10.8.0.2,a,r,l,1\nEN"),
			    "v2 a=10.8.0.2");
	/* what an earlier, longer content left behind is not read */
	assert_string_equal(status(T2 "END\nROUTING_TABLE,10.8.0.2,a,r,l,1\n"),
			    "v2 END");
	assert_string_equal(status(T2 "END"), "v2 END");
	for (n = 0; n < sizeof(version_3); n++)
		status_of(version_3, n);
	for (n = 0; n < sizeof(version_1); n++)
		status_of(version_1, n);
}

static void management_ends_lines_with_cr(void **state)
{
	(void)state;
	assert_string_equal(status("TITLE\tx\r\n"
		"ROUTING_TABLE\t10.8.0.2\ta\tr\tl\t1\r\nEND\r\n"),
		"v3 a=10.8.0.2 END");
}

static void file_not_written_yet_is_empty(void **state)
{
	(void)state;
	assert_string_equal(status(""), "v0");
	assert_int_equal(result, 0);
}

static void other_files_are_an_error(void **state)
{
	(void)state;
	status("dev tun\n");
	assert_int_equal(result, -EINVAL);
	assert_non_null(strstr(
		said, "st:1:1: error: this is no status file of OpenVPN\n"));
	status("\n");
	assert_int_equal(result, -EINVAL);
	status("TITLE");
	assert_int_equal(result, -EINVAL);
	status("\0\0\0");
	assert_int_equal(result, -EINVAL);
}

static void endless_lines_end(void **state)
{
	size_t n = 1 << 21;
	char *text = malloc(n);

	(void)state;
	memset(text, ',', n);
	memcpy(text, T2 "HEADER,ROUTING_TABLE", sizeof(T2) - 1 + 20);
	assert_string_equal(status_of(text, n), "v2");
	memcpy(text, T2 "ROUTING_TABLE,,,,,,,", sizeof(T2) - 1 + 20);
	assert_string_equal(status_of(text, n), "v2 ?");
	free(text);
}

static bool host_is(const char *real, const char *wanted)
{
	return str_equal(ovstatus_host(str_of(real)), str_of(wanted));
}

static void host_has_no_protocol(void **state)
{
	(void)state;
	assert_true(host_is("100.64.0.2:7", "100.64.0.2:7"));
	assert_true(host_is("udp4:100.64.0.2:7", "100.64.0.2:7"));
	assert_true(host_is("tcp4-server:203.0.113.9:40422",
			    "203.0.113.9:40422"));
	assert_true(host_is("udp6:[2001:db8::1]:7", "[2001:db8::1]:7"));
	assert_true(host_is("2001:db8::1", "2001:db8::1"));
	assert_true(host_is("udp", "udp"));
	assert_true(host_is("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_1_is_split_from_both_ends),
		cmocka_unit_test(versions_2_and_3_say_the_same),
		cmocka_unit_test(clients_are_read_of_all_versions),
		cmocka_unit_test(no_name_is_a_heading),
		cmocka_unit_test(old_times_are_read),
		cmocka_unit_test(heading_names_the_columns),
		cmocka_unit_test(tap_has_hardware_addresses),
		cmocka_unit_test(session_without_certificate_is_undef),
		cmocka_unit_test(line_that_cannot_be_read_is_skipped),
		cmocka_unit_test(network_with_host_bits_is_left_out),
		cmocka_unit_test(file_without_its_end_is_torn),
		cmocka_unit_test(management_ends_lines_with_cr),
		cmocka_unit_test(file_not_written_yet_is_empty),
		cmocka_unit_test(other_files_are_an_error),
		cmocka_unit_test(endless_lines_end),
		cmocka_unit_test(host_has_no_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
