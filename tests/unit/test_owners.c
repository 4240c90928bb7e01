/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The owners that are read from rules are those that the rules were made of.
 */
#include "config.h"

#include "compiler/plan/owners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_ipt.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_nft_name.h"
#include "compiler/model/ownership.h"
#include "tests/unit/lib/small_policy.h"
#include "tests/unit/lib/world_random.h"

#define WORLDS 400

static void read_nft(struct policy *p, struct owners *out)
{
	struct kernel_ruleset rules;
	struct ruleset rs;

	lower_nft(p, &rs);
	kernel_ruleset_of(&rs, &rules);
	owners_read_nft(&rules, out);
	kernel_ruleset_fini(&rules);
	ruleset_fini(&rs);
}

static void read_ipt(struct policy *p, struct owners *out)
{
	struct kernel_ruleset rules;
	struct ruleset rs;

	lower_ipt(p, &rs);
	kernel_ruleset_of(&rs, &rules);
	owners_read_ipt(&rules, out);
	kernel_ruleset_fini(&rules);
	ruleset_fini(&rs);
}

static int cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* Is all of O in the list, as NAME's?  The list may have it in parts; the
 * number of them is added to N. */
static void assert_owned(const struct owners *got, const struct owned_range *o,
			 struct str name, size_t *n)
{
	size_t i = owners_from(got, o->family, &o->first);
	struct addr at = o->first;
	const struct owner *x;

	for (;; i++, addr_next(o->family, &at)) {
		assert_true(i < got->list.n);
		x = &got->list.v[i];
		assert_true(str_equal(x->name, name));
		assert_int_equal(x->family, o->family);
		assert_int_equal(x->reqid, o->reqid);
		assert_int_equal(cmp(&x->first, &at), 0);
		assert_true(cmp(&x->last, &o->last) <= 0);
		++*n;
		at = x->last;
		if (!cmp(&at, &o->last))
			return;
	}
}

/* iptables has no rules for a tunnel of the other family, or without inner
 * networks. */
static bool is_nowhere(const struct policy *p, const struct owned_range *o)
{
	const struct ipsec *ipsec = p->vpns.v[o->vpn].ipsec;

	return ipsec && !ipsec_has_family(ipsec, o->family);
}

/* The open clients' ranges, and nothing else. */
static void assert_owners(const struct policy *p, const struct owners *got,
			  bool ipt)
{
	const struct owned_range *o;
	const struct client *c;
	struct ownership owned;
	size_t n = 0;

	ownership_make(p, &owned);
	vec_each(o, &owned.list) {
		c = &p->clients.v[o->client];
		if (c->state == CLIENT_OPEN && !(ipt && is_nowhere(p, o)))
			assert_owned(got, o, c->name, &n);
	}
	assert_int_equal(got->list.n, n);
	ownership_fini(&owned);
}

static bool has_mac(const struct owners *got, const struct mac_binding *m,
		    struct str name)
{
	const struct owner_mac *x;

	vec_each(x, &got->macs)
		if (!memcmp(x->mac, m->mac, sizeof(m->mac)) &&
		    str_equal(x->name, name))
			return true;
	return false;
}

/* A hardware address that is read is one that was bound. */
static void assert_macs(const struct policy *p, const struct owners *got)
{
	const struct owner_mac *x;
	const struct mac_binding *m;
	bool found;

	vec_each(x, &got->macs) {
		found = false;
		vec_each(m, &p->macs)
			found |= !memcmp(x->mac, m->mac, sizeof(m->mac)) &&
				 str_equal(x->name,
					   p->clients.v[m->client].name);
		assert_true(found);
	}
}

/* In nftables the rules tell the server, too. */
static void assert_servers(const struct policy *p, const struct owners *got)
{
	const struct binding *b;
	const struct owner *o;

	vec_each(o, &got->list) {
		b = policy_owner(p, o->family, &o->first);
		assert_non_null(b);
		assert_true(str_equal(o->server, b->instance));
	}
}

static void what_was_lowered_is_read_again(void **state)
{
	struct rng rng = { 5 };
	struct owners owners;
	unsigned int i;
	struct world w;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		world_make(&w, &rng);
		owners = (struct owners){ 0 };
		read_nft(&w.policy, &owners);
		assert_owners(&w.policy, &owners, false);
		assert_servers(&w.policy, &owners);
		assert_macs(&w.policy, &owners);
		owners_fini(&owners);
		read_ipt(&w.policy, &owners);
		assert_owners(&w.policy, &owners, true);
		assert_macs(&w.policy, &owners);
		owners_fini(&owners);
		world_fini(&w);
	}
}

static void hardware_addresses_are_read(void **state)
{
	static const char file[] =
		"[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n";
	const struct mac_binding mac = {
		.mac = { 2, 0, 0, 0, 0, 9 }, .client = 0,
		.instance = STR("tap0"),
	};
	void (*const reads[])(struct policy *, struct owners *) = {
		read_nft, read_ipt,
	};
	struct owners owners = { 0 };
	struct small s = { 0 };
	size_t i;

	(void)state;
	small_client(&s, "a b", file);
	policy_sort(&s.policy);
	small_vpn(&s, "tap0", true);
	small_address(&s, "a b", "10.9.0.2");
	vec_push(&s.policy.macs, mac);
	small_resolve(&s);
	for (i = 0; i < 2; i++) {
		reads[i](&s.policy, &owners);
		assert_int_equal(owners.list.n, 1);
		assert_int_equal(owners.macs.n, 1);
		assert_true(has_mac(&owners, &mac, STR("a b")));
		owners_fini(&owners);
	}
	small_end(&s);
}

/* What others have put there names nobody, and two owners are one. */
static void odd_elements_are_passed_over(void **state)
{
	static const uint8_t keys[][4] = {
		{ 10, 0, 0, 1 }, { 10, 0, 0, 2 }, { 10, 0, 0, 3 },
		{ 10, 0, 0, 3 }, { 10, 0, 0, 4 },
	};
	const char *const targets[] = { "c/a/2", "c/", "c/bob", "c/max", NULL };
	struct owners owners = { 0 };
	struct kernel_ruleset rules = { 0 };
	struct set *set = vec_add(&rules.sets);
	struct elem *e;
	size_t i;

	(void)state;
	*set = (struct set){ .name = "client_chain4", .map = true };
	for (i = 0; i < 5; i++) {
		e = set_add_elem(set);
		memcpy(e->key, keys[i], 4);
		e->target = targets[i];
	}
	owners_read_nft(&rules, &owners);
	assert_int_equal(owners.list.n, 1);
	assert_int_equal(owners.list.v[0].first.b[3], 3);
	owners_fini(&owners);
	kernel_ruleset_fini(&rules);
}

static void names_are_those_of_the_comments(void **state)
{
	const char *const comments[] = { "a\"b", "c \xc3\xa4/", ".", "", NULL };
	struct owners owners = { 0 };
	struct kernel_ruleset rules = { 0 };
	struct set *set = vec_add(&rules.sets);
	struct elem *e;
	size_t i;

	(void)state;
	*set = (struct set){ .name = "from4/a/20b", .counter = true };
	for (i = 0; i < 5; i++) {
		e = set_add_elem(set);
		e->key[0] = (uint8_t)i;
		e->comment = comments[i];
	}
	set->elems.v[0].comment = lower_nft_comment(STR("a\"b"));
	owners_read_nft(&rules, &owners);
	assert_int_equal(owners.list.n, 3);
	assert_true(str_equal(owners.list.v[0].name, STR("a\"b")));
	assert_true(str_equal(owners.list.v[0].server, STR("a b")));
	assert_true(str_equal(owners.list.v[1].name, STR("c \xc3\xa4/")));
	free((char *)set->elems.v[0].comment);
	owners_fini(&owners);
	kernel_ruleset_fini(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_lowered_is_read_again),
		cmocka_unit_test(hardware_addresses_are_read),
		cmocka_unit_test(odd_elements_are_passed_over),
		cmocka_unit_test(names_are_those_of_the_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
