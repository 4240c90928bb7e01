/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/tundev.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct tundev_facts facts;

static struct prefix host(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(str_of(text), &p), 0);
	return p;
}

/* OWN: NULL, or an address */
static void server(const char *name, const char *dev, const char *own)
{
	struct tundev_server *s = vec_add(&facts.servers);

	*s = (struct tundev_server){ .name = str_of(name), .dev = dev };
	if (own)
		vec_push(&s->own, host(own));
}

static void exists(const char *name, const char *first, const char *second)
{
	struct tundev_seen *s = vec_add(&facts.seen);

	*s = (struct tundev_seen){ .name = str_of(name) };
	if (first)
		vec_push(&s->addresses, host(first));
	if (second)
		vec_push(&s->addresses, host(second));
}

static void claim(const char *name, const char *by)
{
	vec_push(&facts.claims, ((struct tundev_claim){
		str_of(name), str_of(by) }));
}

static void again(void)
{
	tundev_fini(&facts);
	facts = (struct tundev_facts){ 0 };
}

/* "other", "foreign", "unclaimed", or the name of the server */
static const char *judge(const char *name)
{
	static char text[32];
	struct tundev t = tundev_judge(&facts, str_of(name));

	switch (t.kind) {
	case TUNDEV_OTHER:
		return "other";
	case TUNDEV_FOREIGN:
		return "foreign";
	case TUNDEV_UNCLAIMED:
		return "unclaimed";
	case TUNDEV_SERVER:
		break;
	}
	snprintf(text, sizeof(text), "%.*s",
		 STR_ARG(facts.servers.v[t.server].name));
	return text;
}

static void tun_has_a_number(void **state)
{
	static const char *const good[] = { "tun0", "tun9", "tun10", "tun255" };
	static const char *const bad[] = {
		"tun", "tunl0", "tun256", "tun07", "tun00", "tun-1", "tun1a",
		"tap0", "tu", "", "tun1 ", "xtun1", "tun0.5", "tun4294967296",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(tundev_means("tun*", str_of(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(tundev_means("tun*", str_of(bad[i])));
	assert_true(tundev_means("tap*", STR("tap12")));
	assert_true(tundev_means("ppp*", STR("pppx")));
	assert_true(tundev_means("vpn0", STR("vpn0")));
	assert_false(tundev_means("vpn0", STR("vpn01")));
}

static void patterns_overlap_if_one_name_fits_both(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} rows[] = {
		{ "tun*", "tun*", true }, { "tun*", "tun1", true },
		{ "tun*", "tunl0", false }, { "tun*", "tap*", false },
		{ "tun1", "tun1", true }, { "tun1", "tun10", false },
		{ "tun*", "tun1*", true }, { "tun*", "tunl*", false },
		{ "t*", "tun*", true }, { "tu*", "tunl*", true },
		{ "ppp*", "p*", true }, { "ppp*", "pptp*", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (tundev_overlap(rows[i].a, rows[i].b) != rows[i].overlap ||
		    tundev_overlap(rows[i].b, rows[i].a) != rows[i].overlap)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static void the_address_tells(void **state)
{
	(void)state;
	server("office", "tun*", "10.8.0.1");
	exists("tun0", "10.8.0.1", "fe80::1");
	exists("tun1", "10.64.0.7", NULL);
	exists("tun2", NULL, NULL);
	exists("tunl0", "10.8.0.1", NULL);
	assert_string_equal(judge("tun0"), "office");
	assert_string_equal(judge("tun1"), "foreign");
	assert_string_equal(judge("tun2"), "unclaimed");	/* being made */
	assert_string_equal(judge("tun3"), "unclaimed");	/* may be made */
	assert_string_equal(judge("tunl0"), "other");
	assert_string_equal(judge("eth0"), "other");
	again();
}

static void a_claim_stays(void **state)
{
	(void)state;
	server("office", "tun*", "10.8.0.1");
	exists("tun1", "10.64.0.7", NULL);
	claim("tun1", "office");
	claim("tun7", "office");
	claim("tun9", "gone");
	claim("tunl0", "office");
	assert_string_equal(judge("tun1"), "office");
	assert_string_equal(judge("tun7"), "office");	/* it restarts */
	assert_string_equal(judge("tun9"), "unclaimed");
	assert_string_equal(judge("tunl0"), "other");
	again();
}

static void two_servers_of_one_pattern(void **state)
{
	(void)state;
	server("office", "tun*", "10.8.0.1");
	server("lab", "tun*", "10.9.0.1");
	server("road", "tun4", "10.7.0.1");
	exists("tun0", "10.9.0.1", NULL);
	exists("tun1", "10.8.0.1", NULL);
	exists("tun2", "10.8.0.1", "10.9.0.1");
	exists("tun4", "10.9.0.1", NULL);
	claim("tun1", "lab");
	claim("tun5", "lab");
	claim("tun5", "office");
	assert_string_equal(judge("tun0"), "lab");
	assert_string_equal(judge("tun1"), "lab");	/* a hook knows */
	assert_string_equal(judge("tun2"), "unclaimed");
	assert_string_equal(judge("tun4"), "road");	/* by its name */
	assert_string_equal(judge("tun5"), "unclaimed");
	assert_string_equal(judge("tun6"), "unclaimed");
	again();
}

/* A section without a server.conf. */
static void nothing_is_foreign_if_no_address_is_known(void **state)
{
	(void)state;
	server("office", "tun*", NULL);
	server("lab", "tun*", "10.9.0.1");
	exists("tun0", "10.64.0.7", NULL);
	exists("tun1", "10.9.0.1", NULL);
	claim("tun3", "office");
	assert_string_equal(judge("tun0"), "unclaimed");
	assert_string_equal(judge("tun1"), "lab");
	assert_string_equal(judge("tun3"), "office");
	again();
}

/* "office: tun0 tun7; tun3": what each vpn has, and others */
static const char *assigned(struct policy *p)
{
	static char text[128];
	const struct vpn_dev *dev;
	const struct vpn *vpn;
	char *const *other;
	size_t n = 0;

	tundev_assign(&facts, p);
	vec_each(vpn, &p->vpns) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s:",
				      vpn->server);
		vec_each(dev, &vpn->devs)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      " %s", dev->name);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "; ");
	}
	vec_each(other, &p->others)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ",
				      *other);
	return text;
}

static void a_policy_gets_the_names(void **state)
{
	struct policy p = { 0 };
	size_t i = 0;

	(void)state;
	server("office", "tun*", "10.8.0.1");
	server("lab", "tun1", NULL);
	policy_add_vpn(&p, STR("office"), STR("tun*"), false, NULL);
	policy_add_vpn(&p, STR("lab"), STR("tun1"), false, NULL);
	assert_string_equal(assigned(&p), "office:; lab: tun1; ");
	assert_null(policy_next_vrf(&p, &i));
	exists("tun1", "10.9.0.1", NULL);
	vec_end(&facts.seen)[-1].vrf = "blue";
	exists("tun7", "10.8.0.1", NULL);
	vec_end(&facts.seen)[-1].vrf = "red";
	exists("tun8", "10.8.0.1", NULL);
	vec_end(&facts.seen)[-1].vrf = "blue";
	exists("tun5", "10.77.0.1", NULL);
	exists("tun256", "10.77.0.2", NULL);
	exists("tunl0", "10.77.0.3", NULL);
	exists("eth0", "10.77.0.4", NULL);
	exists("tun4", NULL, NULL);
	exists("tun6\"", "10.77.0.5", NULL);
	claim("tun2", "office");
	claim("tun1", "office");
	/* twice, as before */
	assigned(&p);
	assert_string_equal(assigned(&p),
			    "office: tun2 tun7 tun8; lab: tun1; tun256 tun5 ");
	assert_string_equal(policy_next_vrf(&p, (i = 0, &i)), "red");
	assert_string_equal(policy_next_vrf(&p, &i), "blue");
	assert_null(policy_next_vrf(&p, &i));
	/* what a server had that facts do not have is left to nobody */
	policy_add_vpn(&p, STR("old"), STR("tun*"), false, NULL)->shut = true;
	again();
	exists("tun9", "10.9.0.1", NULL);
	assert_string_equal(assigned(&p), "office:; lab: tun1; old:; ");
	policy_fini(&p);
	again();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tun_has_a_number),
		cmocka_unit_test(patterns_overlap_if_one_name_fits_both),
		cmocka_unit_test(the_address_tells),
		cmocka_unit_test(a_claim_stays),
		cmocka_unit_test(two_servers_of_one_pattern),
		cmocka_unit_test(nothing_is_foreign_if_no_address_is_known),
		cmocka_unit_test(a_policy_gets_the_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
