/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes back out of the policy table, and what of it a hook loads.
 */
#include "config.h"

#include "compiler/state/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/state_dir.h"
#include "tests/unit/lib/world_random.h"

static void clients_come_back_as_they_were(void **state)
{
	static const enum client_state states[] = {
		CLIENT_OPEN, CLIENT_OPEN, CLIENT_OPEN, CLIENT_NO_FILE,
		CLIENT_BAD_FILE, CLIENT_KILL,
	};
	struct state_dir *f = *state;
	struct state s;
	size_t i;

	state_dir_leave_six(f);
	state_dir_read(f, &s);
	for (i = 0; i < 6; i++) {
		struct client c = { .name = f->policy.clients.v[i].name };

		assert_true(state_client(&s, &c, &f->silent));
		assert_int_equal(c.state, states[i]);
		assert_int_equal(c.pf.peers.n,
				 f->policy.clients.v[i].pf.peers.n);
		assert_int_equal(c.pf.subnets.n,
				 f->policy.clients.v[i].pf.subnets.n);
		pffile_fini(&c.pf);
	}
	state_close(&s);
}

static void a_name_has_to_be_exactly_the_clients(void **state)
{
	static const struct str others[] = {
		STR(""), STR("A"), STR("aa"), STR("a "), STR("a\topen"),
		STR("\n"), STR("/61"), STR("g"),
	};
	struct state_dir *f = *state;
	struct state s;
	size_t i;

	state_dir_leave_six(f);
	state_dir_read(f, &s);
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct client c = { .name = others[i] };

		assert_false(state_client(&s, &c, &f->silent));
		pffile_fini(&c.pf);
	}
	state_close(&s);
}

/* POLICY of the same chains after it was left and read again? */
static void assert_round_trip(struct state_dir *f)
{
	struct ruleset again;
	struct policy p = { 0 };
	struct client *c;
	struct state s;

	state_dir_read(f, &s);
	state_load_frame(&s, &p);
	vec_each(c, &f->policy.clients)
		policy_add_client(&p, c->name);
	policy_sort(&p);
	vec_each(c, &p.clients)
		assert_true(state_client(&s, c, &f->silent));
	lower_nft(&p, &again);
	vec_each(c, &p.clients) {
		const struct client *was = policy_find(&f->policy, c->name);

		assert_int_equal(c->state, was->state);
		if (c->state == CLIENT_OPEN)
			assert_string_equal(c->policy_chain,
					    was->policy_chain);
	}
	ruleset_fini(&again);
	policy_fini(&p);
	state_close(&s);
}

static void odd_files_come_back_with_the_same_chains(void **state)
{
	struct state_dir *f = *state;

	state_dir_add(f, "a\" \\$b", "[clients accept]\r\n+ lead\r\n+-x\r\n"
		   "+J\303\274rgen # c\n[subnets drop]\n+unknown\n"
		   "+0.0.0.0/1\n-255.255.255.255\n+10.1.2.3/0x8\n"
		   "-010.0.0.0 255.0.0.0\n[end]\nrubbish");
	state_dir_add(f, "=+@", "[END]");
	state_dir_add(f, "-", "[SUBNETS ACCEPT]\n[SERVICES]\n"
		   "+10.0.0.0/8 tcp 90,80-85,86,22\n-::/0 any\n"
		   "+0.0.0.0/0 icmp\n+10.0.1.1 udp 53 from 1024-65535\n"
		   "-10.0.1.1 sctp from 7\n[SUBNETS DROP]\n+::/0\n-fd00::1\n"
		   "[CLIENTS ACCEPT]\n[END]\n");
	/* no client has these names, and they are not in the text */
	state_dir_add(f, "#", "[CLIENTS ACCEPT]\n+\001\n-a\tb\n"
		   "-0123456789012345678901234567890123456789"
		   "0123456789012345678901234567890123456789\n[END]\n");
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun0", false);
	state_dir_add_vpn(f, "tap*", true);
	state_dir_leave(f);
	assert_round_trip(f);
}

/* A line of 255 bytes, the longest there is. */
static void long_lists_of_ports_come_back_as_one_service(void **state)
{
	struct state_dir *f = *state;
	char text[600], *p = text;
	unsigned int port = 10001;

	p += sprintf(p, "[SERVICES]\n+::/0 tcp %u", port);
	while (p - text < (int)strlen("[SERVICES]\n") + 250)
		p += sprintf(p, ",%u", port += 2);
	sprintf(p, "\n[SUBNETS DROP]\n[END]\n");
	state_dir_add(f, "a", text);
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun0", false);
	state_dir_leave(f);
	assert_round_trip(f);
}

static void policies_by_chance_come_back_with_the_same_chains(void **state)
{
	struct state_dir *f = *state;
	struct policy empty = f->policy;
	struct world w;
	unsigned int seed;

	for (seed = 0; seed < 40; seed++) {
		struct rng rng = { 1000 + seed };

		world_make(&w, &rng);
		f->policy = w.policy;
		state_dir_leave(f);
		assert_round_trip(f);
		ruleset_fini(&f->rs);
		w.policy = f->policy;
		world_fini(&w);
	}
	f->policy = empty;
}

static bool is_same(struct state_dir *f, const char *name, const char *text)
{
	const struct pffile_options opt = { 0 };
	struct client c = { .name = str_of(name) };
	struct state s;
	bool same;

	if (text) {
		c.file = source_text(&f->sources, "x", text, strlen(text));
		assert_int_equal(pffile_parse(c.file, &opt, &c.pf, &f->silent),
				 0);
		c.state = CLIENT_OPEN;
	} else {
		c.state = CLIENT_NO_FILE;
	}
	state_dir_read(f, &s);
	same = state_client_same(&s, &c);
	state_close(&s);
	pffile_fini(&c.pf);
	return same;
}

static void only_what_a_file_says_makes_it_another(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	assert_true(is_same(f, "a", STATE_PLACE_FILE));
	assert_true(is_same(f, "a", "# comment\n[clients drop]\r\n+b\n"
			    "[SUBNETS DROP]\n[END]\nmore"));
	assert_false(is_same(f, "a", "[CLIENTS DROP]\n-b\n[SUBNETS DROP]\n"
			     "[END]\n"));
	assert_false(is_same(f, "a", "[CLIENTS DROP]\n[SUBNETS DROP]\n"
			     "[END]\n"));
	assert_false(is_same(f, "b", STATE_PLACE_FILE));
	assert_true(is_same(f, "c", STATE_PLACE_FILE));
	assert_false(is_same(f, "d", STATE_PLACE_FILE));
	assert_true(is_same(f, "d", NULL));
	assert_false(is_same(f, "a", NULL));
	assert_false(is_same(f, "new", STATE_PLACE_FILE));
	assert_false(is_same(f, "new", NULL));
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(str_of(text), &p), 0);
	return p;
}

static void all_static_owners_of_an_address_are_known(void **state)
{
	struct state_dir *f = *state;
	struct state s;
	const struct endpoint addr = { .net = prefix("10.8.0.2") };
	const struct endpoint other = { .net = prefix("10.8.0.0/24") };
	struct str first, second;
	size_t pos = 0;

	state_dir_leave_six(f);
	state_dir_read(f, &s);
	first = state_static_owner(&s, &addr, &pos);
	second = state_static_owner(&s, &addr, &pos);
	assert_true(str_equal(first, STR("a")));
	assert_true(str_equal(second, STR("c")));
	assert_null(state_static_owner(&s, &addr, &pos).p);
	pos = 0;
	assert_null(state_static_owner(&s, &other, &pos).p);
	state_close(&s);
}

static void the_frame_comes_back_in_its_order(void **state)
{
	struct state_dir *f = *state;
	struct policy p = { 0 };
	struct state s;

	state_dir_add(f, "a", STATE_PLACE_FILE);
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun9", false);
	state_dir_add_vpn(f, "tap*", true);
	state_dir_add_vpn(f, "tun0", false);
	policy_add_dev(&f->policy.vpns.v[1], STR("tap3"));
	policy_add_dev(&f->policy.vpns.v[1], STR("tap7"));
	f->policy.vpns.v[1].devs.v[0].vrf = mem_copy("blue");
	f->policy.vpns.v[2].devs.v[0].vrf = mem_copy("red");
	vec_push(&f->policy.others, mem_copy("tap0"));
	state_dir_bind(f, "a", "fd00::/64", BINDING_CCD);
	state_dir_leave(f);
	state_dir_read(f, &s);
	state_load_frame(&s, &p);
	assert_true(policy_same_devs(&f->policy, &p));
	assert_true(policy_has_dev(&p.vpns.v[1], "tap7"));
	assert_true(policy_has_dev_in(&p.vpns.v[2], "tun0", "red"));
	assert_false(policy_has_dev_in(&p.vpns.v[2], "tun0", NULL));
	assert_string_equal(p.others.v[0], "tap0");
	assert_int_equal(p.vpns.n, 3);
	assert_string_equal(p.vpns.v[0].dev, "tun9");
	assert_string_equal(p.vpns.v[0].server, "office");
	assert_string_equal(p.vpns.v[1].dev, "tap*");
	assert_true(p.vpns.v[1].tap);
	assert_false(p.vpns.v[2].tap);
	assert_true(p.layout.ip6);
	assert_false(p.layout.net4);
	assert_true(p.layout.net6);
	policy_fini(&p);
	state_close(&s);
}

static void the_frame_of_ipsec_comes_back(void **state)
{
	struct state_dir *f = *state;
	struct ipsec *road = mem_zalloc(1, sizeof(*road));
	struct ipsec *lab = mem_zalloc(1, sizeof(*lab));
	struct policy p = { 0 };
	const struct vpn *vpn;
	struct state s;

	road->ike = true;
	vec_push(&road->ends, prefix("192.0.2.1"));
	vec_push(&road->ends, prefix("198.51.100.1"));
	vec_push(&road->clients, prefix("10.0.2.0/24"));
	vec_push(&road->clients, prefix("fd00:2::/64"));
	vec_push(&road->devs, mem_copy("eth0"));
	vec_push(&road->inside, mem_copy("eth1"));
	vec_push(&road->inside, mem_copy("wlan*"));
	lab->site_to_site = true;
	vec_push(&lab->xfrm, mem_copy("ipsec0"));
	vec_push(&lab->ends, prefix("2001:db8::1"));
	vec_push(&lab->clients, prefix("10.0.3.1"));
	state_dir_add_vpn(f, "tun0", false);
	policy_add_vpn(&f->policy, STR("road"), STR("-"), false, road);
	policy_add_vpn(&f->policy, STR("lab"), STR("-"), false, lab)->shut =
		true;
	state_dir_leave(f);
	state_dir_read(f, &s);
	state_load_frame(&s, &p);
	assert_int_equal(p.vpns.n, 3);
	assert_null(p.vpns.v[0].ipsec);
	vpn = &p.vpns.v[1];
	assert_string_equal(vpn->server, "road");
	assert_true(vpn->ipsec->ike && !vpn->ipsec->site_to_site);
	assert_false(vpn->shut);
	assert_int_equal(vpn->ipsec->ends.n, 2);
	assert_true(ipsec_ends_at(vpn->ipsec, &road->ends.v[0]));
	assert_true(ipsec_ends_at(vpn->ipsec, &road->ends.v[1]));
	assert_int_equal(vpn->ipsec->clients.n, 2);
	assert_int_equal(prefix_cmp(&vpn->ipsec->clients.v[0],
				    &road->clients.v[0]), 0);
	assert_int_equal(prefix_cmp(&vpn->ipsec->clients.v[1],
				    &road->clients.v[1]), 0);
	assert_int_equal(vpn->ipsec->devs.n, 1);
	assert_string_equal(vpn->ipsec->devs.v[0], "eth0");
	assert_int_equal(vpn->ipsec->inside.n, 2);
	assert_string_equal(vpn->ipsec->inside.v[0], "eth1");
	assert_string_equal(vpn->ipsec->inside.v[1], "wlan*");
	vpn++;
	assert_true(!vpn->ipsec->ike && vpn->ipsec->site_to_site);
	assert_true(vpn->shut);
	assert_int_equal(vpn->ipsec->xfrm.n, 1);
	assert_string_equal(vpn->ipsec->xfrm.v[0], "ipsec0");
	assert_true(ipsec_ends_at(vpn->ipsec, lab->ends.v));
	assert_int_equal(prefix_cmp(vpn->ipsec->clients.v, lab->clients.v), 0);
	policy_fini(&p);
	state_close(&s);
	ipsec_free(road);
	ipsec_free(lab);
}

/* NAME has TEXT from now on, as a hook does it. */
static void change(struct state_dir *f, const char *name, const char *text)
{
	const struct pffile_options opt = { 0 };
	struct client *c = policy_find(&f->policy, str_of(name));
	struct live_view v = { 0 };
	const struct client *const changed[] = { c };
	struct state_write w = { .changed = changed, .n_changed = 1 };
	struct state s;

	pffile_fini(&c->pf);
	c->file = source_text(&f->sources, name, text, strlen(text));
	assert_int_equal(pffile_parse(c->file, &opt, &c->pf, &f->silent), 0);
	c->state = CLIENT_OPEN;
	ruleset_fini(&f->rs);
	lower_nft(&f->policy, &f->rs);
	w.digest = ruleset_digest(&f->rs);
	state_dir_open(f, &s);
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	state_close(&s);
}

/* A changed table is what a new one would be, but for its id. */
static void assert_as_if_new(struct state_dir *f)
{
	char *changed = state_dir_text(f, "policy"), *anew;

	ruleset_fini(&f->rs);
	state_dir_leave(f);
	anew = state_dir_text(f, "policy");
	assert_string_equal(strchr(changed, '\n'), strchr(anew, '\n'));
	free(changed);
	free(anew);
}

static void one_changed_client_leaves_the_rest(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	change(f, "a", "[CLIENTS ACCEPT]\n-c\n[END]\n");	/* of two */
	assert_as_if_new(f);
	change(f, "c", "[CLIENTS ACCEPT]\n-a\n[END]\n");	/* the last */
	assert_as_if_new(f);
	change(f, "c", "[CLIENTS ACCEPT]\n-c\n[END]\n");	/* as a */
	assert_as_if_new(f);
	change(f, "d", STATE_PLACE_FILE);	/* was closed */
	assert_as_if_new(f);
	change(f, "d", STATE_PLACE_FILE);	/* the same */
	assert_as_if_new(f);
	assert_round_trip(f);
}

static bool is_used(struct state_dir *f, const char *name, const char *affected)
{
	const struct client *c = policy_find(&f->policy, str_of(name));
	struct state s;
	bool used;

	policy_find(&f->policy, str_of(affected))->affected = true;
	state_dir_read(f, &s);
	used = state_policy_is_used(&s, &f->policy, c->policy_chain);
	state_close(&s);
	policy_find(&f->policy, str_of(affected))->affected = false;
	return used;
}

static void users_of_a_policy_are_found(void **state)
{
	struct state_dir *f = *state;
	struct state s;

	state_dir_leave_six(f);
	assert_true(is_used(f, "a", "a"));
	assert_true(is_used(f, "a", "b"));
	assert_false(is_used(f, "b", "b"));
	assert_true(is_used(f, "b", "d"));
	/* equal chains, although the lists of names differ */
	change(f, "b", "[CLIENTS DROP]\n-a\n[SUBNETS DROP]\n[END]\n");
	assert_true(is_used(f, "b", "b"));
	state_dir_read(f, &s);
	assert_false(state_policy_is_used(&s, &f->policy, "p/none"));
	state_close(&s);
}

/* The names that a change of NAME (with the file EXTRA, or NULL) loads. */
static void assert_loaded(struct state_dir *f, const char *name,
			  const char *extra, const char *wanted)
{
	const struct pffile_options opt = { 0 };
	struct str changed = str_of(name);
	struct pffile pf = { 0 };
	struct policy p = { 0 };
	char *text = NULL;
	struct client *c;
	struct state s;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (extra)
		assert_int_equal(pffile_parse(source_text(&f->sources, "x",
						extra, strlen(extra)),
					      &opt, &pf, &f->silent), 0);
	state_dir_read(f, &s);
	state_load_frame(&s, &p);
	state_load(&s, &changed, 1, extra ? &pf : NULL,
		   p.layout.net4 || p.layout.net6, &p, &f->silent);
	vec_each(c, &p.clients)
		fprintf(out, "%.*s ", STR_ARG(c->name));
	fclose(out);
	assert_string_equal(text, wanted);
	assert_int_equal(p.vpns.n, f->policy.vpns.n);
	free(text);
	state_close(&s);
	policy_fini(&p);
	pffile_fini(&pf);
}

static void who_is_listed_or_lists_is_loaded(void **state)
{
	struct state_dir *f = *state;

	state_dir_add(f, "a", "[CLIENTS DROP]\n+b\n+ghost\n[END]\n");
	state_dir_add(f, "b", "[CLIENTS DROP]\n-c d\n[END]\n");
	state_dir_add(f, "c d", "[CLIENTS ACCEPT]\n[END]\n");
	state_dir_add(f, "e", "[CLIENTS DROP]\n+b\n+ghost\n[END]\n");
	state_dir_add(f, "shut", NULL);
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun0", false);
	state_dir_leave(f);
	assert_loaded(f, "a", NULL, "a b ");
	assert_loaded(f, "b", NULL, "a b c d e ");
	assert_loaded(f, "c d", NULL, "b c d ");
	assert_loaded(f, "shut", NULL, "shut ");
	assert_loaded(f, "ghost", NULL, "a e ghost ");
	assert_loaded(f, "new", NULL, "new ");
	assert_loaded(f, "a", "[CLIENTS DROP]\n+shut\n+nobody\n[END]\n",
		      "a b shut ");
	assert_loaded(f, "c/20d", NULL, "c/20d ");
}

static void with_networks_all_are_loaded(void **state)
{
	struct state_dir *f = *state;

	state_dir_add(f, "a", STATE_PLACE_FILE);
	state_dir_add(f, "z", NULL);
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun0", false);
	state_dir_bind(f, "z", "10.9.0.0/24", BINDING_CCD);
	state_dir_leave(f);
	assert_loaded(f, "a", NULL, "a z ");
}

/* Who owns ADDR after NAME has it live (NULL: nobody has). */
static void assert_bound(struct state_dir *f, const char *addr,
			 const char *name, const char *owner)
{
	struct live_view v = { 0 };
	struct policy p = { 0 };
	const struct binding *b;
	const struct client *c;
	struct endpoint host;
	struct state s;

	state_dir_read(f, &s);
	v.state = &s;
	assert_int_equal(endpoint_parse(str_of(addr), &host), 0);
	if (name)
		live_add(&v, &(struct live){
			.addr = host, .name = str_of(name),
			.instance = STR("office"), .reqid = 7,
		});
	state_load_frame(&s, &p);
	vec_each(c, &f->policy.clients)
		policy_add_client(&p, c->name);
	policy_sort(&p);
	state_bind(&v, &p);
	b = policy_owner(&p, host.net.family, &host.net.addr);
	assert_non_null(b);
	assert_true(str_equal(p.clients.v[b->client].name, str_of(owner)));
	assert_int_equal(b->source == BINDING_LIVE, !!name);
	assert_int_equal(b->reqid, name ? 7 : 0);
	live_fini(&v);
	policy_fini(&p);
	state_close(&s);
}

static void live_addresses_displace_static_ones(void **state)
{
	struct state_dir *f = *state;

	state_dir_leave_six(f);
	assert_bound(f, "10.8.0.2", NULL, "a");
	assert_bound(f, "10.8.0.2", "b", "b");
	assert_bound(f, "10.8.0.2", "c", "c");
	assert_bound(f, "10.8.0.2", "a", "a");
	assert_bound(f, "10.8.0.3", NULL, "b");
}

/* Who is not loaded counts all the same. */
static void a_displacer_out_of_sight_displaces(void **state)
{
	struct state_dir *f = *state;
	struct live_view v = { 0 };
	struct policy p = { 0 };
	struct state s;

	state_dir_leave_six(f);
	state_dir_read(f, &s);
	v.state = &s;
	live_add(&v, &(struct live){
		.addr.net = prefix("10.8.0.3"), .name = STR("zed"),
		.instance = STR("office"),
	});
	policy_add_client(&p, STR("b"));
	policy_add_client(&p, STR("c"));
	policy_sort(&p);
	state_bind(&v, &p);
	/* 10.8.0.3 is zed's, and 10.8.0.2 a's by the stronger source */
	assert_int_equal(p.bindings.n, 0);
	live_fini(&v);
	policy_fini(&p);
	state_close(&s);
}

static void bind_one(struct policy *p, const char *name,
		     const struct live_view *v)
{
	policy_fini(p);
	*p = (struct policy){ 0 };
	policy_add_client(p, str_of(name));
	policy_sort(p);
	state_bind(v, p);
}

/* A doubt is one though only one of the two is loaded; ccd is stronger. */
static void another_owner_out_of_sight_makes_doubt(void **state)
{
	struct state_dir *f = *state;
	struct live_view v = { 0 };
	struct policy p = { 0 };
	struct state s;

	state_dir_add(f, "a", STATE_PLACE_FILE);
	state_dir_add(f, "b", NULL);
	state_dir_add(f, "c", NULL);
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun0", false);
	state_dir_bind(f, "a", "10.8.0.2", BINDING_CCD);
	state_dir_bind(f, "b", "10.8.0.2", BINDING_CCD);
	state_dir_bind(f, "c", "10.8.0.2", BINDING_IPP);
	state_dir_bind(f, "a", "10.8.0.3", BINDING_IPP);
	state_dir_bind(f, "b", "10.8.0.3", BINDING_IPP);
	state_dir_bind(f, "c", "10.8.0.3", BINDING_CCD);
	state_dir_leave(f);
	state_dir_read(f, &s);
	v.state = &s;
	bind_one(&p, "a", &v);
	assert_int_equal(p.bindings.n, 0);
	assert_int_equal(p.n_doubtful, 1);
	assert_int_equal(state_doubtful(&v), 1);
	bind_one(&p, "c", &v);
	assert_int_equal(p.bindings.n, 1);
	assert_int_equal(p.n_doubtful, 0);
	live_add(&v, &(struct live){
		.addr.net = prefix("10.8.0.2"), .name = STR("b"),
		.instance = STR("office"),
	});
	assert_int_equal(state_doubtful(&v), 0);
	bind_one(&p, "a", &v);
	assert_int_equal(p.bindings.n, 0);
	assert_int_equal(p.n_doubtful, 0);
	bind_one(&p, "b", &v);
	assert_int_equal(p.bindings.n, 1);
	live_fini(&v);
	policy_fini(&p);
	state_close(&s);
}

static void a_torn_policy_line_closes_its_client(void **state)
{
	struct state_dir *f = *state;
	struct client c = { .name = STR("b") };
	struct diag d = { 0 };
	struct state s;
	size_t size;
	char *text;

	state_dir_leave_six(f);
	text = state_dir_text(f, "policy");
	*strstr(text, "-10.0.0.1") = 'x';
	state_dir_write(f, "policy", text);
	free(text);
	state_dir_read(f, &s);
	d.out = open_memstream(&text, &size);
	assert_true(state_client(&s, &c, &d));
	assert_int_equal(c.state, CLIENT_BAD_FILE);
	fclose(d.out);
	/* no place in the user's file, which is another text */
	assert_ptr_equal(strstr(text, "b.pf (as loaded):3:"), text);
	free(text);
	pffile_fini(&c.pf);
	state_close(&s);
}

#define IN_PLACE(f) \
	cmocka_unit_test_setup_teardown(f, state_dir_set_up, \
					state_dir_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(clients_come_back_as_they_were),
		IN_PLACE(a_name_has_to_be_exactly_the_clients),
		IN_PLACE(odd_files_come_back_with_the_same_chains),
		IN_PLACE(long_lists_of_ports_come_back_as_one_service),
		IN_PLACE(policies_by_chance_come_back_with_the_same_chains),
		IN_PLACE(only_what_a_file_says_makes_it_another),
		IN_PLACE(all_static_owners_of_an_address_are_known),
		IN_PLACE(the_frame_comes_back_in_its_order),
		IN_PLACE(the_frame_of_ipsec_comes_back),
		IN_PLACE(one_changed_client_leaves_the_rest),
		IN_PLACE(users_of_a_policy_are_found),
		IN_PLACE(who_is_listed_or_lists_is_loaded),
		IN_PLACE(with_networks_all_are_loaded),
		IN_PLACE(live_addresses_displace_static_ones),
		IN_PLACE(a_displacer_out_of_sight_displaces),
		IN_PLACE(another_owner_out_of_sight_makes_doubt),
		IN_PLACE(a_torn_policy_line_closes_its_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
