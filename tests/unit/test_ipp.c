/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ipp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char said[8192];

/* "alice=10.8.0.4 ..." and a "?" for each warning. */
static const char *ipp_of(enum topology topology, const char *text, size_t size)
{
	static char out[4096];
	char buf[ADDR_TEXT], *o = out, *talk;
	struct sources set = { 0 };
	struct ipp_entry *e;
	struct diag d = { 0 };
	struct ipp ipp;
	size_t n;

	d.out = open_memstream(&talk, &n);
	ipp_parse(source_text(&set, "ipp.txt", text, size), topology, &ipp,
		  &d);
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	*o = '\0';
	vec_each(e, &ipp.list)
		o += sprintf(o, " %.*s=%s", STR_ARG(e->name),
			     prefix_format(&e->net, buf));
	for (n = 0; n < d.warnings; n++)
		o += sprintf(o, " ?");
	assert_int_equal(d.errors, 0);
	ipp_fini(&ipp);
	sources_fini(&set);
	return out[0] ? out + 1 : out;
}

#define subnet(text) ipp_of(TOPOLOGY_SUBNET, text, sizeof(text) - 1)
#define net30(text) ipp_of(TOPOLOGY_NET30, text, sizeof(text) - 1)

static void each_version_is_read(void **state)
{
	(void)state;
	assert_string_equal(subnet("alice,10.8.0.4\n"), "alice=10.8.0.4");
	assert_string_equal(subnet("alice,10.8.0.4,\n"), "alice=10.8.0.4");
	assert_string_equal(subnet("alice,10.8.0.2,fd00:8::1000\n"),
			    "alice=10.8.0.2 alice=fd00:8::1000");
	assert_string_equal(subnet("x,,fd00:8::1000\n"), "x=fd00:8::1000");
	assert_string_equal(subnet("a,10.8.0.2,\nb,10.8.0.3,\n"),
			    "a=10.8.0.2 b=10.8.0.3");
}

static void net30_gives_base_and_two(void **state)
{
	(void)state;
	assert_string_equal(net30("alice,10.8.0.4,\ncarl,10.8.0.8,\n"),
			    "alice=10.8.0.6 carl=10.8.0.10");
	assert_string_equal(net30("a,10.8.0.7,\nb,10.8.0.9,\n"),
			    "a=10.8.0.6 b=10.8.0.10");
	assert_string_equal(net30("a,10.8.0.4,fd00::1000\n"),
			    "a=10.8.0.6 a=fd00::1000");
	assert_string_equal(ipp_of(TOPOLOGY_P2P, "a,10.8.0.4,\n", 12),
			    "a=10.8.0.4");
}

static void names_may_hold_anything(void **state)
{
	(void)state;
	assert_string_equal(subnet("we,ird \"na me'x,10.8.0.3,fd00:8::1001\n"),
			    "we,ird \"na me'x=10.8.0.3 we,ird \"na me'x=fd00:8::1001");
	assert_string_equal(subnet("we,ird,10.8.0.3,\n"), "we,ird=10.8.0.3");
	assert_string_equal(subnet("we,ird,10.8.0.3\n"), "we,ird=10.8.0.3");
	assert_string_equal(subnet("a,,,fd00::3\n"), "a,=fd00::3");
	assert_string_equal(subnet(" lead,10.8.0.3,\n"), " lead=10.8.0.3");
	assert_string_equal(subnet("b\xc3\xbc,10.8.0.3,\n"),
			    "b\xc3\xbc=10.8.0.3");
	assert_string_equal(subnet("a#b;c,10.8.0.3,\n"), "a#b;c=10.8.0.3");
}

static void addresses_are_getaddrinfos(void **state)
{
	(void)state;
	assert_string_equal(subnet("a,168296470,\nb,10.8.0.030,\n"),
			    "a=10.8.0.22 b=10.8.0.24");
	assert_string_equal(subnet("faye, 10.8.0.16\n"), "?");
	assert_string_equal(subnet("faye,10.8.0.16 ,\n"), "?");
	assert_string_equal(subnet("faye,10.8.0.16, \n"), "?");
	assert_string_equal(subnet("faye,0.0.0.0,\n"), "?");
}

static void carriage_returns_are_dropped(void **state)
{
	(void)state;
	assert_string_equal(subnet("a,10.8.0.3,\r\n\r\nb,10.8\r.0.4\r\n"),
			    "a=10.8.0.3 b=10.8.0.4");
	assert_string_equal(subnet("a,\r,fd00::1\r\r\n"), "a=fd00::1");
}

static void comments_and_empty_lines_say_nothing(void **state)
{
	(void)state;
	assert_string_equal(subnet("# x\n;a,10.8.0.3,\n#b,10.8.0.4,\n\n"), "");
	assert_string_equal(subnet(""), "");
}

static void last_line_without_newline_counts(void **state)
{
	(void)state;
	assert_string_equal(subnet("a,10.8.0.3,\nb,10.8.0.4,"),
			    "a=10.8.0.3 b=10.8.0.4");
}

static void last_line_of_an_address_counts(void **state)
{
	(void)state;
	assert_string_equal(subnet("a,10.8.0.3,\nb,10.8.0.4,\nc,10.8.0.3,\n"),
			    "b=10.8.0.4 c=10.8.0.3 ?");
	assert_non_null(strstr(said, "ipp.txt:3:1: warning: 10.8.0.3 stands here again: this line counts\n"));
	assert_non_null(strstr(said, "ipp.txt:1:1: note: "));
	assert_string_equal(net30("a,10.8.0.4,\nb,10.8.0.5,\n"),
			    "b=10.8.0.6 ?");
	/* the slot is gone, and its IPv6 address with it */
	assert_string_equal(subnet("a,10.8.0.3,fd00::3\nb,10.8.0.3,\n"),
			    "b=10.8.0.3 ?");
	assert_string_equal(subnet("a,1.1.1.1,\nb,1.1.1.1,\nc,1.1.1.1,\n"),
			    "c=1.1.1.1 ? ?");
}

static void one_name_may_have_two_lines(void **state)
{
	(void)state;
	assert_string_equal(subnet("a,10.8.0.3,\na,10.8.0.4,\n"),
			    "a=10.8.0.3 a=10.8.0.4");
}

static void bad_lines_are_warned_of(void **state)
{
	(void)state;
	assert_string_equal(subnet("alice\nb,10.8.0.4,\n"), "b=10.8.0.4 ?");
	assert_string_equal(said, "ipp.txt:1:1: warning: no comma: line skipped\n    1 | alice\n      | ^\n");
	assert_string_equal(subnet("a,\n"), "?");
	assert_string_equal(subnet("a,,\n"), "?");
	assert_string_equal(subnet("a,fd00::1\n"), "?");
	assert_string_equal(subnet("a,x,fd00::1\n"), "?");
	assert_string_equal(subnet("a,x,\n"), "?");
	assert_string_equal(subnet("a,10.8.0.4,x\n"), "?");
	assert_string_equal(subnet(",10.8.0.21\n"), "?");
	assert_string_equal(subnet("a\tb,10.8.0.21\n"), "?");
	assert_string_equal(subnet("a\rb,10.8.0.21\n"), "?");
	assert_string_equal(subnet("a\0b,10.8.0.21\n"), "?");
	assert_string_equal(subnet("a,10.8\0.0.21\n"), "?");
}

static void name_has_64_bytes_at_most(void **state)
{
	char text[128];

	(void)state;
	memset(text, 'x', sizeof(text));
	strcpy(text + 64, ",10.8.0.4,\n");
	assert_int_equal(strlen(ipp_of(TOPOLOGY_SUBNET, text, strlen(text))),
			 64 + 9);
	memset(text, 'x', sizeof(text));
	strcpy(text + 65, ",10.8.0.4,\n");
	assert_string_equal(ipp_of(TOPOLOGY_SUBNET, text, strlen(text)), "?");
}

static void torn_file_does_no_harm(void **state)
{
	static const char text[] = "alice,10.8.0.2,fd00:8::1000\nb,10.8.0.3,\n";
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(text); n++) {
		ipp_of(TOPOLOGY_SUBNET, text, n);
		ipp_of(TOPOLOGY_NET30, text + n, sizeof(text) - 1 - n);
	}
}

static void endless_rubbish_is_not_endless_talk(void **state)
{
	size_t n = 1 << 20;
	char *text = malloc(n);
	const char *p;
	int lines = 0;

	(void)state;
	memset(text, '\n', n);
	for (size_t i = 0; i < n; i += 2)
		text[i] = 'x';
	ipp_of(TOPOLOGY_SUBNET, text, n);
	for (p = said; (p = strstr(p, "warning")); p++)
		lines++;
	assert_int_equal(lines, DIAG_BUDGET);
	memset(text, ',', n);
	assert_string_equal(ipp_of(TOPOLOGY_SUBNET, text, n), "?");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_is_read),
		cmocka_unit_test(net30_gives_base_and_two),
		cmocka_unit_test(names_may_hold_anything),
		cmocka_unit_test(addresses_are_getaddrinfos),
		cmocka_unit_test(carriage_returns_are_dropped),
		cmocka_unit_test(comments_and_empty_lines_say_nothing),
		cmocka_unit_test(last_line_without_newline_counts),
		cmocka_unit_test(last_line_of_an_address_counts),
		cmocka_unit_test(one_name_may_have_two_lines),
		cmocka_unit_test(bad_lines_are_warned_of),
		cmocka_unit_test(name_has_64_bytes_at_most),
		cmocka_unit_test(torn_file_does_no_harm),
		cmocka_unit_test(endless_rubbish_is_not_endless_talk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
