/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Two clients; john lists nick and nobody, and has an address of his ccd. */
struct world {
	struct sources sources;
	struct policy p;
	struct conf conf;
	struct diag d;
	char *said;
	size_t said_size;
};

static void add_client(struct world *w, const char *name, const char *text)
{
	struct client *c = policy_add_client(&w->p, str_of(name));
	struct pffile_options opt = { 0 };

	c->file = source_text(&w->sources, name, text, strlen(text));
	assert_int_equal(pffile_parse(c->file, &opt, &c->pf, &w->d), 0);
	c->state = CLIENT_OPEN;
}

static void bind(struct world *w, unsigned int client, uint32_t addr,
		 enum binding_source source)
{
	policy_bind(&w->p, &(struct binding){
		.net = prefix_ip4(addr, 32), .client = client,
		.source = source, .instance = STR("office"),
	});
}

static int new_world(void **state)
{
	struct world *w = mem_zalloc(1, sizeof(*w));

	w->d.out = open_memstream(&w->said, &w->said_size);
	add_client(w, "john", "[CLIENTS DROP]\n+nick\n+nobody\n[END]\n");
	add_client(w, "nick", "[CLIENTS DROP]\n+nobody\n[END]\n");
	policy_sort(&w->p);
	bind(w, 0, 0x0a080002, BINDING_CCD);
	bind(w, 1, 0x0a080003, BINDING_LIVE);
	policy_resolve(&w->p, &w->d);
	*vec_add(&w->conf.instances) = (struct instance){
		.name = mem_dup("office", 6), .dev = mem_dup("tun0", 4),
	};
	*state = w;
	return 0;
}

static int end_world(void **state)
{
	struct world *w = *state;

	policy_fini(&w->p);
	conf_fini(&w->conf);
	sources_fini(&w->sources);
	fclose(w->d.out);
	free(w->said);
	free(w);
	return 0;
}

static const char *check(struct world *w)
{
	check_client_to_client(&w->conf, &w->d);
	check_policy(&w->conf, &w->p, &w->d);
	fflush(w->d.out);
	return w->said;
}

static void what_is_in_order_says_nothing(void **state)
{
	assert_string_equal(check(*state), "");
}

static void client_to_client_is_an_error(void **state)
{
	static const char conf[] = "dev tun0\nclient-to-client\n";
	struct world *w = *state;
	const struct source *src;

	src = source_text(&w->sources, "server.conf", conf, sizeof(conf) - 1);
	w->conf.instances.v[0].client_to_client_at = (struct loc){ src, 9, 16 };
	assert_non_null(strstr(check(w), "server.conf:2:1: error: "));
	assert_int_equal(w->d.errors, 1);
}

static void a_shared_interface_is_told(void **state)
{
	struct world *w = *state;

	*vec_add(&w->conf.instances) = (struct instance){
		.name = mem_dup("lab", 3), .dev = mem_dup("tun1", 4),
	};
	assert_string_equal(check(w), "");
	w->conf.instances.v[1].dev[3] = '*';
	assert_non_null(strstr(check(w), "\"office\" and \"lab\" may take the same interface: dev tun0 and tun*"));
	assert_int_equal(w->d.warnings, 1);
	w->d.warnings = 0;
	w->conf.instances.v[1].dev[3] = '0';
	assert_non_null(strstr(check(w), "\"office\" and \"lab\" have the same"));
	assert_int_equal(w->d.warnings, 1);
}

static void sections_may_share_the_outside(void **state)
{
	struct world *w = *state;
	struct instance *in;

	*vec_add(&w->conf.instances) = (struct instance){
		.name = mem_dup("road", 4), .dev = mem_dup("tun0", 4),
	};
	vec_each(in, &w->conf.instances)
		in->ipsec = mem_zalloc(1, sizeof(*in->ipsec));
	assert_string_equal(check(w), "");
	/* but an outside that is a VPN's interface is a mistake */
	ipsec_free(w->conf.instances.v[0].ipsec);
	w->conf.instances.v[0].ipsec = NULL;
	assert_non_null(strstr(check(w), "the same interface, tun0"));
}

static void a_ccd_address_in_the_pool_is_told(void **state)
{
	struct instance *in;
	struct world *w = *state;

	in = &w->conf.instances.v[0];
	in->has_pool = true;
	in->pool_first = prefix_ip4(0x0a080003, 32).addr;
	in->pool_last = prefix_ip4(0x0a0800fd, 32).addr;
	assert_string_equal(check(w), "");
	in->pool_first = prefix_ip4(0x0a080002, 32).addr;
	assert_non_null(strstr(check(w), "10.8.0.2 lies in the pool"));
	assert_int_equal(w->d.warnings, 1);
}

static void the_owners_in_the_pool_are_one_warning(void **state)
{
	struct world *w = *state;
	struct instance *in = &w->conf.instances.v[0];
	struct binding b;

	in->has_pool6 = true;
	in->pool6_first.b[0] = in->pool6_last.b[0] = 0xfd;
	in->pool6_last.b[15] = 0xff;
	assert_string_equal(check(w), "");
	b = w->p.bindings.v[0];
	b.net = (struct prefix){ .family = FAMILY_IP6, .len = 128 };
	b.net.addr.b[0] = 0xfd;
	b.net.addr.b[15] = 2;
	vec_push(&w->p.bindings, b);
	assert_non_null(strstr(check(w), "fd00::2 lies in the pool"));
	assert_null(strstr(check(w), "the same"));
	b.client = 1;
	b.net.addr.b[15] = 3;
	vec_push(&w->p.bindings, b);
	w->d.warnings = 0;
	assert_non_null(strstr(check(w), "note: the same: \"nick\"\n"));
	assert_int_equal(w->d.warnings, 1);
}

static void v_names_who_is_unknown_once(void **state)
{
	struct world *w = *state;
	const char *text, *first;

	w->d.verbose = true;
	text = check(w);
	first = strstr(text, "john:3:2: info: there is no client \"nobody\"");
	assert_non_null(first);
	assert_null(strstr(strchr(first, '\n'), "no client"));
	assert_int_equal(w->d.errors + w->d.warnings, 0);
}

static void v_names_who_has_no_address(void **state)
{
	struct world *w = *state;

	w->d.verbose = true;
	assert_null(strstr(check(w), "no address"));
	w->p.bindings.n = 1;
	assert_non_null(strstr(check(w), "\"nick\" has no address"));
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, new_world, end_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_is_in_order_says_nothing),
		test(client_to_client_is_an_error),
		test(a_shared_interface_is_told),
		test(sections_may_share_the_outside),
		test(a_ccd_address_in_the_pool_is_told),
		test(the_owners_in_the_pool_are_one_warning),
		test(v_names_who_is_unknown_once),
		test(v_names_who_has_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
