/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/shut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/lib/bind_text.h"

static void bind(struct policy *p, const char *name, const char *addr,
		 const char *server)
{
	assert_int_equal(bind_text(p, addr,
				   (unsigned int)policy_index(p, str_of(name)),
				   BINDING_CCD, str_of(server)), 0);
}

/* The clients of both servers; "lab" is shut. */
static void begin(struct policy *p)
{
	struct diag silent = { 0 };

	*p = (struct policy){ 0 };
	policy_add_client(p, STR("anna"));
	policy_add_client(p, STR("both"));
	policy_add_client(p, STR("carl"));
	policy_add_client(p, STR("none"));
	policy_sort(p);
	policy_add_vpn(p, STR("office"), STR("tun0"), false, NULL);
	policy_add_vpn(p, STR("lab"), STR("tun1"), false, NULL)->shut = true;
	vec_push(&p->shut, ((struct shut){ .name = STR("lab") }));
	bind(p, "anna", "10.8.0.2", "office");
	bind(p, "both", "10.8.0.3", "office");
	bind(p, "both", "10.9.0.3", "lab");
	bind(p, "carl", "10.9.0.2", "lab");
	bind(p, "carl", "10.9.1.0/24", "lab");
	policy_resolve(p, &silent);
}

static bool is_marked(const struct policy *p, const char *name)
{
	return policy_find(p, str_of(name))->shut;
}

static const char *owner_at_shut(const struct policy *p, const char *addr)
{
	const struct binding *b;
	struct prefix host;

	assert_int_equal(prefix_parse(str_of(addr), &host), 0);
	b = shut_owner(p, &host);
	return b ? p->clients.v[b->client].name.p : "";
}

static void who_is_only_at_a_shut_server_is_marked(void **state)
{
	struct policy p;

	(void)state;
	begin(&p);
	shut_mark(&p, NULL);
	assert_false(is_marked(&p, "anna"));
	assert_false(is_marked(&p, "both"));
	assert_true(is_marked(&p, "carl"));
	assert_false(is_marked(&p, "none"));
	assert_false(p.all_shut);
	policy_fini(&p);
}

static void without_an_open_server_all_are_marked(void **state)
{
	struct policy p;

	(void)state;
	begin(&p);
	p.vpns.v[0].shut = true;
	shut_mark(&p, NULL);
	assert_true(p.all_shut);
	assert_true(is_marked(&p, "none"));
	assert_true(is_marked(&p, "carl"));
	policy_fini(&p);
}

/* Of sections that were removed. */
static void who_is_at_no_server_is_marked(void **state)
{
	struct policy p = { 0 };
	char *said;
	size_t size;
	struct diag d = { .out = open_memstream(&said, &size) };
	unsigned int i;

	(void)state;
	policy_add_client(&p, STR("anna"));
	policy_add_client(&p, STR("carl"));
	policy_add_client(&p, STR("dora"));
	policy_sort(&p);
	policy_add_vpn(&p, STR("office"), STR("tun0"), false, NULL);
	policy_add_vpn(&p, STR("lab"), STR("tun1"), false, NULL);
	bind(&p, "anna", "10.8.0.2", "office");
	bind(&p, "carl", "10.8.0.3", "gone");
	bind(&p, "carl", "10.8.0.4", "gone");
	bind(&p, "dora", "10.8.0.5", "away");
	for (i = 0; i < 2; i++) {
		policy_resolve(&p, &d);
		shut_mark(&p, NULL);
		assert_int_equal(p.bindings.n, 1);
		assert_string_equal(owner_at_shut(&p, "10.8.0.3"), "carl");
		assert_false(is_marked(&p, "anna"));
		assert_true(is_marked(&p, "carl"));
		assert_true(is_marked(&p, "dora"));
		assert_false(p.all_shut);
	}
	fclose(d.out);
	assert_int_equal(d.warnings, 2);
	assert_non_null(strstr(said, "no section is called \"gone\""));
	free(said);
	policy_fini(&p);
}

/* Whatever the state says. */
static void hardware_addresses_are_of_tap_servers(void **state)
{
	struct diag silent = { 0 };
	struct policy p = { 0 };

	(void)state;
	policy_add_client(&p, STR("anna"));
	policy_sort(&p);
	policy_add_vpn(&p, STR("office"), STR("tun0"), false, NULL);
	policy_add_vpn(&p, STR("lab"), STR("tap0"), true, NULL);
	bind(&p, "anna", "02:00:00:00:00:01", "office");
	bind(&p, "anna", "02:00:00:00:00:02", "lab");
	policy_resolve(&p, &silent);
	assert_int_equal(p.macs.n, 1);
	assert_int_equal(p.macs.v[0].mac[5], 2);
	assert_int_equal(p.gone_macs.n, 1);
	policy_fini(&p);
}

static void files_tell_where_clients_are(void **state)
{
	struct policy p, files;

	(void)state;
	begin(&p);
	p.gone.n = 0;
	begin(&files);
	shut_mark(&p, &files);
	assert_true(is_marked(&p, "carl"));
	assert_false(is_marked(&p, "both"));
	assert_false(is_marked(&p, "none"));
	policy_fini(&files);
	policy_fini(&p);
}

static void addresses_of_a_shut_server_are_found(void **state)
{
	struct policy p;
	struct prefix host;

	(void)state;
	begin(&p);
	assert_string_equal(owner_at_shut(&p, "10.9.0.2"), "carl");
	assert_string_equal(owner_at_shut(&p, "10.9.0.3"), "both");
	assert_string_equal(owner_at_shut(&p, "10.9.1.77"), "carl");
	assert_string_equal(owner_at_shut(&p, "10.8.0.2"), "");
	prefix_parse(STR("10.9.0.2"), &host);
	assert_null(policy_owner(&p, host.family, &host.addr));
	policy_fini(&p);
}

static void the_text_has_the_place_if_it_is_known(void **state)
{
	struct shut s = { .name = STR("lab") };
	struct sources set = { 0 };
	char *text = shut_text(&s);

	(void)state;
	assert_string_equal(text,
			    "server lab is shut: its configuration is bad");
	free(text);
	s.at = (struct loc){ source_text(&set, "lab.conf", "a\nb\n", 4), 2, 1 };
	text = shut_text(&s);
	assert_string_equal(text,
			    "server lab is shut: its configuration is bad: lab.conf:2:1");
	free(text);
	s.unknown = true;
	text = shut_text(&s);
	assert_string_equal(text, "no section is called \"lab\"");
	free(text);
	s.name = STR("-");
	text = shut_text(&s);
	assert_non_null(strstr(text, "not known at which server"));
	free(text);
	sources_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_only_at_a_shut_server_is_marked),
		cmocka_unit_test(without_an_open_server_all_are_marked),
		cmocka_unit_test(who_is_at_no_server_is_marked),
		cmocka_unit_test(hardware_addresses_are_of_tap_servers),
		cmocka_unit_test(files_tell_where_clients_are),
		cmocka_unit_test(addresses_of_a_shut_server_are_found),
		cmocka_unit_test(the_text_has_the_place_if_it_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
