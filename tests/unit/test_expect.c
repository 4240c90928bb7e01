/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of expectations, and the services that they may name. */
#include "config.h"

#include "compiler/model/expect.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "compiler/model/service.h"

struct reading {
	struct sources set;
	struct expect expect;
	char *means;		/* "john>nick tcp 22 ACCEPT;..." */
	char *said;
	int ret;
};

static void put_service(FILE *out, const struct service_key *key)
{
	static const char *const names[] = {
		[PF_PROTO_ANY] = "other", [PF_PROTO_TCP] = "tcp",
		[PF_PROTO_UDP] = "udp", [PF_PROTO_SCTP] = "sctp",
		[PF_PROTO_ICMP] = "icmp",
	};

	assert_false(key->has_client_port);
	if (!key->known)
		return;
	fprintf(out, " %s", names[key->proto]);
	if (key->has_port)
		fprintf(out, " %u", key->port);
}

static void reading_init(struct reading *r, const char *text, size_t size)
{
	const struct expectation *e;
	struct diag d = { 0 };
	size_t n;
	FILE *out;

	*r = (struct reading){ 0 };
	d.out = open_memstream(&r->said, &n);
	r->ret = expect_parse(source_text(&r->set, "rules.test", text, size),
			      &r->expect, &d);
	fclose(d.out);
	assert_int_equal(r->ret, d.errors ? -EINVAL : 0);
	out = open_memstream(&r->means, &n);
	vec_each(e, &r->expect.list) {
		fprintf(out, "%.*s>%.*s", STR_ARG(e->src.text),
			STR_ARG(e->dst.text));
		put_service(out, &e->service);
		fputs(e->accept ? " ACCEPT;" : " DROP;", out);
	}
	fclose(out);
}

static void reading_fini(struct reading *r)
{
	expect_fini(&r->expect);
	sources_fini(&r->set);
	free(r->means);
	free(r->said);
}

static void check_means(const char *text, const char *means)
{
	struct reading r;

	reading_init(&r, text, strlen(text));
	assert_string_equal(r.said, "");
	assert_string_equal(r.means, means);
	reading_fini(&r);
}

/* One error, at this place, with this text. */
static void check_error(const char *text, const char *said)
{
	struct reading r;
	char *line;

	reading_init(&r, text, strlen(text));
	line = strchr(r.said, '\n');
	assert_non_null(line);
	*line = '\0';
	assert_string_equal(r.said, said);
	assert_null(strstr(line + 1, "error:"));
	assert_string_equal(r.means, "");
	reading_fini(&r);
}

static void a_line_is_an_expectation(void **state)
{
	(void)state;
	check_means("john -> nick accept\n10.8.0.2 -> fd00::1 drop\n",
		    "john>nick ACCEPT;10.8.0.2>fd00::1 DROP;");
	check_means("\tjohn\t->  nick   drop\t\r\nmax -> bob accept",
		    "john>nick DROP;max>bob ACCEPT;");
	check_means("", "");
}

static void a_verdict_may_be_in_capitals(void **state)
{
	(void)state;
	check_means("a -> b ACCEPT\na -> b Drop\n", "a>b ACCEPT;a>b DROP;");
}

static void comments_and_empty_lines_say_nothing(void **state)
{
	(void)state;
	check_means("# a -> b drop\n\n  # x\n \t\na -> b drop # why\n"
		    "a -> c drop #\n", "a>b DROP;a>c DROP;");
}

static void a_service_is_a_protocol_and_a_port(void **state)
{
	(void)state;
	check_means("a -> b tcp/22 drop\na -> b UDP/0 accept\n"
		    "a -> b sctp/65535 drop\na -> b icmp drop\n"
		    "a -> b other drop\na -> b tcp drop\n",
		    "a>b tcp 22 DROP;a>b udp 0 ACCEPT;a>b sctp 65535 DROP;"
		    "a>b icmp DROP;a>b other DROP;a>b tcp DROP;");
}

static void a_service_that_is_none_is_an_error(void **state)
{
	(void)state;
	check_error("a -> b any drop", "rules.test:1:8: error: protocol "
		    "\"any\" is none of tcp, udp, sctp, icmp, other");
	check_error("a -> b tcp/ drop", "rules.test:1:8: error: \"\" is no "
		    "port of tcp");
	check_error("a -> b tcp/65536 drop", "rules.test:1:8: error: "
		    "\"65536\" is no port of tcp");
	check_error("a -> b icmp/8 drop", "rules.test:1:8: error: \"8\" is no "
		    "port of icmp");
	check_error("a -> b tcp/22/x drop", "rules.test:1:8: error: \"22/x\" "
		    "is no port of tcp");
}

static void services_are_read_without_a_file(void **state)
{
	struct service_key key;
	char *wrong;

	(void)state;
	wrong = service_parse(STR("tcp/80"), &key);
	assert_null(wrong);
	assert_true(key.known && key.has_port && !key.has_client_port);
	assert_int_equal(key.port, 80);
	wrong = service_parse(STR(""), &key);
	assert_non_null(wrong);
	free(wrong);
}

static void names_can_be_quoted(void **state)
{
	(void)state;
	check_means("\"John Smith\" -> \"q\\\"uo\\\\te\" drop\n"
		    "\"->\" -> \"#1\" drop\n\"a->b\" -> J\xc3\xbcrgen drop\n"
		    "\"accept\" -> \"tcp/22\" icmp drop\n",
		    "John Smith>q\"uo\\te DROP;->>#1 DROP;"
		    "a->b>J\xc3\xbcrgen DROP;accept>tcp/22 icmp DROP;");
	check_means("a:b -> @c drop\n", "a:b>@c DROP;");
}

static void quotes_must_be_right(void **state)
{
	(void)state;
	check_error("a -> \"b drop", "rules.test:1:6: error: the quotes are "
		    "not closed");
	check_error("a -> \"b\\n\" drop", "rules.test:1:8: error: in quotes, "
		    "a backslash stands before \" or another only");
	check_error("a -> b\"c drop", "rules.test:1:6: error: this must stand "
		    "in double quotes: \"b\"c\"");
	check_error("a -> b drop#x", "rules.test:1:8: error: this must stand "
		    "in double quotes: \"drop#x\"");
	check_error("a -> b \"drop\"", "rules.test:1:9: error: accept or drop "
		    "must stand here, not \"drop\"");
	check_error("a \"->\" b drop", "rules.test:1:4: error: \"->\" must "
		    "stand here, not \"->\"");
}

static void what_is_missing_is_told_where(void **state)
{
	(void)state;
	check_error("a", "rules.test:1:2: error: \"->\" must follow");
	check_error("a b drop", "rules.test:1:3: error: \"->\" must stand "
		    "here, not \"b\"");
	check_error("a ->  # x", "rules.test:1:5: error: a client or an "
		    "address must follow");
	check_error("-> b drop", "rules.test:1:1: error: a client or an "
		    "address must stand here, not \"->\"");
	check_error("a -> -> drop", "rules.test:1:6: error: a client or an "
		    "address must stand here, not \"->\"");
	check_error("a -> b", "rules.test:1:7: error: accept or drop must "
		    "follow");
	check_error("a -> \"b\" tcp", "rules.test:1:13: error: accept or drop "
		    "must follow");
	check_error("a -> \"b\"", "rules.test:1:9: error: accept or drop must "
		    "follow");
	check_error("a -> b acept", "rules.test:1:8: error: accept or drop "
		    "must stand here, not \"acept\"");
	check_error("a -> b tcp acept", "rules.test:1:12: error: accept or "
		    "drop must stand here, not \"acept\"");
}

static void nothing_may_follow_a_verdict(void **state)
{
	(void)state;
	check_error("a -> b drop drop", "rules.test:1:13: error: nothing may "
		    "stand here, after accept or drop");
	check_error("a -> b tcp drop x y z", "rules.test:1:17: error: nothing "
		    "may stand here, after accept or drop");
}

static void names_that_nobody_can_have_are_errors(void **state)
{
	(void)state;
	check_error("\"\" -> b drop", "rules.test:1:2: error: no client can "
		    "have the name \"\"");
	check_error("a -> b\x7f drop", "rules.test:1:6: error: no client can "
		    "have the name \"b\\x7f\"");
}

static void good_lines_are_read_beside_bad_ones(void **state)
{
	static const char text[] = "a -> b drop\nx\nc -> d drop\n"
				   "e -> f\0 drop\ng -> h drop\n";
	struct reading r;

	(void)state;
	reading_init(&r, text, sizeof(text) - 1);
	assert_string_equal(r.means, "a>b DROP;c>d DROP;g>h DROP;");
	assert_non_null(strstr(r.said, "rules.test:2:2: error:"));
	assert_non_null(strstr(r.said, "rules.test:4:7: error: a NUL byte"));
	reading_fini(&r);
}

static void errors_have_a_budget(void **state)
{
	char text[64];
	struct reading r;
	const char *p;
	int n;

	(void)state;
	memset(text, '\n', sizeof(text));
	for (n = 0; n < 30; n++)
		text[2 * n] = 'x';
	reading_init(&r, text, sizeof(text));
	for (n = 0, p = r.said; (p = strstr(p, "error: \"->\"")); p++)
		n++;
	assert_int_equal(n, DIAG_BUDGET);
	assert_non_null(strstr(r.said, "rules.test:21:2: error: too many"));
	reading_fini(&r);
}

static void places_are_those_of_the_file(void **state)
{
	const char *text = "# x\n  \"a b\" -> c tcp/22 drop # y\n";
	const struct expectation *e;
	struct reading r;

	(void)state;
	reading_init(&r, text, strlen(text));
	assert_int_equal(r.expect.list.n, 1);
	e = r.expect.list.v;
	assert_int_equal(e->at.off, 6);
	assert_int_equal(e->at.len, strlen("\"a b\" -> c tcp/22 drop"));
	assert_int_equal(e->src.at.off, 7);
	assert_int_equal(e->dst.at.off, 15);
	assert_true(str_equal(e->service_text, STR("tcp/22")));
	reading_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_an_expectation),
		cmocka_unit_test(a_verdict_may_be_in_capitals),
		cmocka_unit_test(comments_and_empty_lines_say_nothing),
		cmocka_unit_test(a_service_is_a_protocol_and_a_port),
		cmocka_unit_test(a_service_that_is_none_is_an_error),
		cmocka_unit_test(services_are_read_without_a_file),
		cmocka_unit_test(names_can_be_quoted),
		cmocka_unit_test(quotes_must_be_right),
		cmocka_unit_test(what_is_missing_is_told_where),
		cmocka_unit_test(nothing_may_follow_a_verdict),
		cmocka_unit_test(names_that_nobody_can_have_are_errors),
		cmocka_unit_test(good_lines_are_read_beside_bad_ones),
		cmocka_unit_test(errors_have_a_budget),
		cmocka_unit_test(places_are_those_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
