/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/ownership.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/bind_text.h"
#include "tests/unit/lib/rng.h"
#include "tests/unit/lib/world_random.h"

/* Clients "a", "b", ... of a policy */
static void add_clients(struct policy *p, unsigned int n)
{
	static const char letters[] = "abcdefgh";
	unsigned int i;

	for (i = 0; i < n; i++)
		policy_add_client(p, (struct str){ letters + i, 1 });
	policy_sort(p);
}

static void bind(struct policy *p, unsigned int client, const char *addr)
{
	assert_int_equal(bind_text(p, addr, client, BINDING_CCD,
				   STR("office")), 0);
}

/* "a: 10.0.0.1-10.0.0.1 net 10.0.0.2-10.0.0.3; b: " */
static char *owned_text(const struct policy *p, const struct ownership *l)
{
	char first[ADDR_TEXT], last[ADDR_TEXT], *text = NULL;
	const struct owned_range *o;
	unsigned int i;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < p->clients.n; i++) {
		fprintf(out, "%s%.*s:", i ? "; " : "",
			STR_ARG(p->clients.v[i].name));
		for (o = ownership_begin(l, i); o < ownership_end(l, i); o++)
			fprintf(out, " %s%s-%s", o->net ? "net " : "",
				addr_format(o->family, &o->first, first),
				addr_format(o->family, &o->last, last));
	}
	fclose(out);
	return text;
}

static void assert_owned(struct policy *p, const char *wanted)
{
	struct diag silent = { 0 };
	struct ownership owned;
	char *text;

	policy_resolve(p, &silent);
	ownership_make(p, &owned);
	text = owned_text(p, &owned);
	assert_string_equal(text, wanted);
	free(text);
	ownership_fini(&owned);
	policy_fini(p);
}

static void nobody_owns_nothing(void **state)
{
	struct policy p = { 0 };

	(void)state;
	assert_owned(&p, "");
	p = (struct policy){ 0 };
	add_clients(&p, 2);
	assert_owned(&p, "a:; b:");
}

static void a_network_has_holes(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p, 4);
	bind(&p, 2, "10.0.0.0/24");
	bind(&p, 0, "10.0.0.0");
	bind(&p, 3, "10.0.0.128/25");
	bind(&p, 0, "10.0.0.255");
	assert_owned(&p, "a: 10.0.0.0-10.0.0.0 10.0.0.255-10.0.0.255; b:; "
			 "c: net 10.0.0.1-10.0.0.127; "
			 "d: net 10.0.0.128-10.0.0.254");
}

static void what_is_doubtful_is_a_hole(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p, 3);
	bind(&p, 2, "10.0.0.0/29");
	bind(&p, 0, "10.0.0.2/31");
	bind(&p, 1, "10.0.0.2/31");
	bind(&p, 0, "10.0.0.3");
	bind(&p, 0, "10.0.0.6");
	bind(&p, 1, "10.0.0.6");
	bind(&p, 2, "10.0.0.6");
	assert_owned(&p, "a: 10.0.0.3-10.0.0.3; b:; "
			 "c: net 10.0.0.0-10.0.0.1 net 10.0.0.4-10.0.0.5 "
			 "net 10.0.0.7-10.0.0.7");
}

static void a_full_network_is_not_there(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p, 2);
	bind(&p, 0, "10.0.0.2/31");
	bind(&p, 1, "10.0.0.2");
	bind(&p, 1, "10.0.0.3");
	assert_owned(&p, "a:; b: 10.0.0.2-10.0.0.2 10.0.0.3-10.0.0.3");
}

static void what_a_hole_leaves_is_still_of_a_network(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p, 2);
	bind(&p, 0, "10.0.0.2/31");
	bind(&p, 1, "10.0.0.2");
	assert_owned(&p, "a: net 10.0.0.3-10.0.0.3; b: 10.0.0.2-10.0.0.2");
}

static void all_addresses_can_be_owned(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p, 2);
	bind(&p, 1, "0.0.0.0/0");
	bind(&p, 1, "::/0");
	bind(&p, 0, "255.255.255.255");
	bind(&p, 0, "::");
	assert_owned(&p, "a: 255.255.255.255-255.255.255.255 ::-::; "
			 "b: net 0.0.0.0-255.255.255.254 net ::1-"
			 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

/* What the list says of an address, each in it once at most. */
static const struct owned_range *find_owned(const struct ownership *l,
					    const struct prefix *host)
{
	const struct owned_range *o, *found = NULL;

	vec_each(o, &l->list) {
		if (o->family != host->family ||
		    memcmp(o->first.b, host->addr.b, 16) > 0 ||
		    memcmp(o->last.b, host->addr.b, 16) < 0)
			continue;
		assert_null(found);
		found = o;
	}
	return found;
}

static void chance_agrees_with_policy_owner(void **state)
{
	const struct binding *b;
	struct ownership owned;
	const struct prefix *host;
	const struct owned_range *o;
	struct world w;
	unsigned int seed;

	(void)state;
	for (seed = 0; seed < 100; seed++) {
		struct rng rng = { seed };

		world_make(&w, &rng);
		ownership_make(&w.policy, &owned);
		vec_each(host, &w.owned) {
			b = policy_owner(&w.policy, host->family,
					 &host->addr);
			o = find_owned(&owned, host);
			assert_int_equal(!b, !o);
			if (!b)
				continue;
			assert_int_equal(b->client, o->client);
			assert_int_equal(prefix_is_host(&b->net), !o->net);
		}
		ownership_fini(&owned);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_owns_nothing),
		cmocka_unit_test(a_network_has_holes),
		cmocka_unit_test(what_is_doubtful_is_a_hole),
		cmocka_unit_test(a_full_network_is_not_there),
		cmocka_unit_test(what_a_hole_leaves_is_still_of_a_network),
		cmocka_unit_test(all_addresses_can_be_owned),
		cmocka_unit_test(chance_agrees_with_policy_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
