/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hook changes what concerns one client, and the kernel then has what a
 * compile of everything would have put there: chains, rules, elements, digest.
 * The hooks, the files and the state folder are real, the kernel is not.
 */
#include "config.h"

#include "cli/hook/hook.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"
#include "tests/unit/lib/facts_random.h"
#include "tests/unit/lib/fake_backend.h"
#include "tests/unit/lib/traffic_random.h"

#define EVENTS 250
#define SEEDS 3

static const struct backend *used = &fake_backend;
static struct counters sent;	/* of packets, until now */
static unsigned int first_asked; /* for the first backend */

/* In the place of backends/backend.c: there is no other. */
const struct backend *backend_find(const char *name)
{
	(void)name;
	return used;
}

const struct backend *backend_at(size_t i)
{
	first_asked += !i;
	return i ? NULL : used;
}

bool backend_host_has_nat(void)
{
	return false;
}

/* Of all files: then the rules of other backends are removed. The other reason
 * to ask for backends is whether any has rules. */
static unsigned int compiles(void)
{
	return first_asked - fake_kernel.loaded_asked;
}

static char *state_dir(const struct facts *f)
{
	return mem_printf("%s/state", f->dir);
}

/* The digest as the state folder has it. */
static void check_state(const struct facts *f, uint64_t digest)
{
	char *dir = state_dir(f);
	struct diag silent = { 0 };
	struct state s;

	assert_int_equal(state_open(dir, true, &s, &silent), 0);
	assert_true(s.known);
	assert_true(s.digest == digest);
	state_close(&s);
	free(dir);
}

/* A layout grows with a hook, but becomes smaller with a whole compile only. */
static void check_kernel(struct facts *f, bool whole)
{
	struct sources sources = { 0 };
	struct policy p = { 0 };
	char state[LOWER_STATE_TEXT], *text;
	struct ruleset want;

	facts_policy(f, &sources, &p);
	if (!whole) {
		p.layout.ip6 |= f->layout.ip6;
		p.layout.net4 |= f->layout.net4;
		p.layout.net6 |= f->layout.net6;
	}
	f->layout = p.layout;
	lower_nft(&p, &want);
	lower_state(ruleset_digest(&want), state);
	if (fake_kernel.refusal)
		fail_msg("%s: refused: %s", f->event, fake_kernel.refusal);
	text = fake_kernel_differs(&want, state);
	if (text)
		fail_msg("%s: %s", f->event, text);
	check_state(f, ruleset_digest(&want));
	ruleset_fini(&want);
	policy_fini(&p);
	sources_fini(&sources);
}

/*
 * Events
 */

static void open_cli(const struct facts *f, unsigned int server,
		     struct cli *cli)
{
	*cli = (struct cli){
		.conf.file = f->conf, .backend = "fake",
		.env.dev = facts_dev(f, server),
	};
}

/* Nothing that was counted is lost, nor another's; and more is sent. */
static void check_counters(struct facts *f)
{
	char *dir = state_dir(f);

	traffic_check(&sent, dir, f->event);
	traffic_send(&sent, &f->rng);
	traffic_check(&sent, dir, f->event);
	free(dir);
}

static void forget_counters(const struct facts *f)
{
	char *dir = state_dir(f);

	traffic_recount(&sent, dir);
	free(dir);
}

/* A compile of all was asked for, or the layout has changed. */
static void finish(struct facts *f, unsigned int before, bool whole_asked)
{
	struct layout layout = f->layout;
	bool whole = compiles() != before;
	struct person *p;

	if (whole)
		for (p = f->people; p < f->people + FACTS_PEOPLE; p++)
			facts_take_file(p);
	check_kernel(f, whole);
	check_counters(f);
	if (whole && !whole_asked && !memcmp(&layout, &f->layout,
					     sizeof(layout)))
		fail_msg("%s: all was compiled for nothing", f->event);
}

static void apply(struct facts *f)
{
	unsigned int before = compiles();
	struct sync sync;
	struct cli cli;

	facts_change_log(f);
	snprintf(f->event, sizeof(f->event), "apply");
	open_cli(f, 0, &cli);
	assert_int_equal(sync_open(&cli, &sync), 0);
	assert_int_equal(sync_ready(&sync), 0);
	assert_int_equal(sync_all(&sync), 0);
	sync_close(&sync, false);
	assert_int_not_equal(compiles(), before);
	finish(f, before, true);
}

/* FACT is of a prefix with HOST, at least LEN long. */
static bool is_within(const struct fact *fact, const struct prefix *host,
		      unsigned int len)
{
	struct prefix net;

	return !prefix_parse(str_of(fact->addr), &net) && net.len >= len &&
	       prefix_covers(&net, host);
}

/* Does the person own ADDR, a host, by a live network already, with nothing of
 * another's between the two? */
static bool changes_nothing(struct facts *f, unsigned int person,
			    const char *addr, unsigned int server)
{
	struct prefix host, net;
	const struct fact *fact;
	int len = -1;

	if (prefix_parse(str_of(addr), &host) || !prefix_is_host(&host))
		return false;
	vec_each(fact, &f->live)
		if (fact->person == person && fact->server == server &&
		    is_within(fact, &host, 0) &&
		    !prefix_parse(str_of(fact->addr), &net) &&
		    !prefix_is_host(&net) && net.len > len)
			len = net.len;
	if (len < 0)
		return false;
	vec_each(fact, &f->statics)
		if (fact->person != person &&
		    is_within(fact, &host, (unsigned int)len + 1))
			return false;
	vec_each(fact, &f->live)
		if (fact->person != person &&
		    is_within(fact, &host, (unsigned int)len + 1))
			return false;
	return true;
}

static void take_over(struct facts *f, unsigned int person, const char *addr,
		      unsigned int server, bool update)
{
	struct fact *fact = facts_find_live(f, addr, server), *other;

	if (fact && fact->person == person &&
	    (fact->stale_delete_due || !update))
		return;
	/* who has it at another server has moved */
	vec_each(other, &f->live)
		if (other != fact && other->person == person &&
		    !strcmp(other->addr, addr)) {
			facts_forget(f, other);
			fact = facts_find_live(f, addr, server);
			break;
		}
	if (!fact)
		fact = vec_add(&f->live);
	*fact = (struct fact){
		.person = person, .server = server, .stale_delete_due = update,
	};
	snprintf(fact->addr, sizeof(fact->addr), "%s", addr);
}

static void learn(struct facts *f, unsigned int person, const char *given,
		  unsigned int server)
{
	struct person *p = &f->people[person];
	enum client_state now = facts_disk_state(p);
	unsigned int before = compiles();
	bool ok, update = rng_percent(&f->rng, 30);
	struct endpoint end;
	struct hook_call h;
	struct cli cli;

	snprintf(f->event, sizeof(f->event), "\"%s\" learns %s from %s",
		 facts_names[person], given, facts_servers[server]);
	ok = now == CLIENT_OPEN || (now == CLIENT_BAD_FILE &&
				    p->state == CLIENT_OPEN);
	/* of the two only the first may be a tap server */
	assert_int_equal(endpoint_parse(str_of(given), &end), 0);
	ok = ok && !(end.is_mac && server) && !facts_is_tunnels(f, given);
	open_cli(f, server, &cli);
	assert_int_equal(hook_open(&cli, facts_names[person], &h), 0);
	if (!hook_add(&h, given, update) != ok)
		fail_msg("%s: %s", f->event, ok ? "refused" : "not refused");
	hook_close(&h, 0);
	if (ok && !changes_nothing(f, person, given, server)) {
		facts_take_file(p);
		take_over(f, person, given, server, update);
	}
	finish(f, before, false);
}

static void unlearn(struct facts *f, const char *given, unsigned int server)
{
	unsigned int before = compiles();
	struct fact *fact = facts_find_live(f, given, server);
	struct hook_call h;
	struct cli cli;

	snprintf(f->event, sizeof(f->event), "%s forgets %s",
		 facts_servers[server], given);
	open_cli(f, server, &cli);
	assert_int_equal(hook_open(&cli, "", &h), 0);
	assert_int_equal(hook_remove(&h, given), 0);
	hook_close(&h, 0);
	if (fact && !fact->stale_delete_due)
		facts_forget(f, fact);
	else if (fact)
		fact->stale_delete_due = false;
	finish(f, before, false);
}

/* Is FACT a session of its own: a host in none of the person's networks? */
static bool is_session(const struct facts *f, const struct fact *fact)
{
	const struct fact *other;
	struct prefix host, net;

	if (prefix_parse(str_of(fact->addr), &host) || !prefix_is_host(&host))
		return false;
	vec_each(other, &f->live)
		if (other->person == fact->person &&
		    other->server == fact->server &&
		    !prefix_parse(str_of(other->addr), &net) &&
		    !prefix_is_host(&net) && prefix_covers(&net, &host))
			return false;
	return true;
}

/* The address of the environment; when that was the last, all others too. */
static void forget_person(struct facts *f, unsigned int person,
			  const char *addr, unsigned int server)
{
	struct fact *fact = facts_find_live(f, addr, server);
	bool others = false;
	size_t i = 0;

	if (fact && fact->person == person)
		facts_forget(f, fact);
	vec_each(fact, &f->live)
		others |= fact->person == person && fact->server == server &&
			  is_session(f, fact);
	while (!others && i < f->live.n) {
		fact = &f->live.v[i];
		if (fact->person == person && fact->server == server)
			facts_forget(f, fact);
		else
			i++;
	}
}

static void disconnect(struct facts *f, unsigned int person, const char *addr,
		       unsigned int server)
{
	unsigned int before = compiles();
	struct hook_call h;
	struct cli cli;

	snprintf(f->event, sizeof(f->event), "\"%s\" (%s) leaves %s",
		 facts_names[person], addr, facts_servers[server]);
	open_cli(f, server, &cli);
	if (strchr(addr, ':'))
		cli.env.addr6 = addr;
	else
		cli.env.addr4 = addr;
	assert_int_equal(hook_open(&cli, facts_names[person], &h), 0);
	assert_int_equal(hook_disconnect(&h), 0);
	hook_close(&h, 0);
	forget_person(f, person, addr, server);
	finish(f, before, false);
}

/* What the daemon's hooks make of it is another test's; here counts that the
 * kernel has what the state says. */
static void tunnel(struct facts *f, unsigned int person, const char *addr,
		   uint32_t reqid, bool up)
{
	unsigned int before = compiles();
	struct endpoint end;
	struct hook_call h;
	struct cli cli;

	snprintf(f->event, sizeof(f->event), "\"%s\" tunnel %u of %s %s",
		 facts_names[person], reqid, addr, up ? "up" : "down");
	open_cli(f, FACTS_IPSEC, &cli);
	assert_int_equal(hook_open(&cli, facts_names[person], &h), 0);
	if (!hook_find_section(&h, addr, &end)) {
		if (up)
			(void)hook_up(&h, &end, reqid);
		else
			assert_int_equal(hook_down(&h, &end, reqid), 0);
		if (up)
			facts_take_file(&f->people[person]);
	}
	hook_close(&h, 0);
	facts_read_live(f);
	finish(f, before, false);
}

/* One that OpenVPN tells of, or NULL. */
static struct fact *first_live(struct facts *f)
{
	struct fact *fact;

	vec_each(fact, &f->live)
		if (fact->server != FACTS_IPSEC)
			return fact;
	return NULL;
}

static void random_tunnel(struct facts *f)
{
	unsigned int person = rng_below(&f->rng, FACTS_PEOPLE);
	uint32_t reqid = rng_below(&f->rng, 5);
	const struct fact *fact;
	char addr[ADDR_TEXT];

	facts_random_addr(f, addr);
	/* those who are up go down more often than others */
	if (f->live.n && rng_percent(&f->rng, 60)) {
		fact = &f->live.v[rng_below(&f->rng, (unsigned int)f->live.n)];
		snprintf(addr, sizeof(addr), "%s", fact->addr);
		person = fact->person;
		if (fact->reqid)
			reqid = fact->reqid;
	}
	if (rng_percent(&f->rng, 10))
		facts_set_file(f, person, facts_random_file(f));
	tunnel(f, person, addr, reqid, rng_percent(&f->rng, 60));
}

/* A hook that changes nothing makes all anew where the kernel is not as the
 * state folder says. */
static void come_by(struct facts *f, const char *why)
{
	unsigned int person = rng_below(&f->rng, FACTS_PEOPLE);
	const struct affected nobody = { 0 };
	unsigned int before = compiles();
	struct hook_call h;
	struct cli cli;

	snprintf(f->event, sizeof(f->event), "\"%s\" after %s",
		 facts_names[person], why);
	open_cli(f, 0, &cli);
	assert_int_equal(hook_open(&cli, facts_names[person], &h), 0);
	assert_int_equal(sync_ready(&h.sync), 0);
	assert_int_equal(sync_clients(&h.sync, &nobody, NULL), 0);
	hook_close(&h, 0);
	finish(f, before, true);
}

static void flush(struct facts *f)
{
	fake_kernel_clear();
	forget_counters(f);
	come_by(f, "a flush");
}

/* The kernel has the change, but the state folder does not know. */
static void crash(struct facts *f)
{
	struct fact *fact = first_live(f);
	struct hook_call h;
	char *live, *policy;
	struct cli cli;

	if (!fact)
		return;
	live = facts_state_text(f, "live");
	policy = facts_state_text(f, "policy");
	open_cli(f, fact->server, &cli);
	assert_int_equal(hook_open(&cli, "", &h), 0);
	assert_int_equal(hook_remove(&h, fact->addr), 0);
	hook_close(&h, 0);
	facts_put_state(f, "live", live);
	facts_put_state(f, "policy", policy);
	forget_counters(f);
	come_by(f, "a crash");
}

/* The kernel refuses once: nothing has changed, and all goes on. */
static void trouble(struct facts *f)
{
	struct fact *fact = first_live(f);
	const char *addr = fact ? fact->addr : "10.8.0.2";
	unsigned int server = fact ? fact->server : 0;
	unsigned int before = compiles();
	struct hook_call h;
	struct cli cli;
	bool asked;
	int r;

	snprintf(f->event, sizeof(f->event), "trouble with %s", addr);
	open_cli(f, server, &cli);
	fake_kernel.trouble = -EIO;
	assert_int_equal(hook_open(&cli, "", &h), 0);
	r = hook_remove(&h, addr);
	hook_close(&h, 0);
	asked = !fake_kernel.trouble;
	fake_kernel.trouble = 0;
	assert_int_equal(r, asked ? -EIO : 0);
	if (!asked && fact && !fact->stale_delete_due)
		facts_forget(f, fact);
	else if (!asked && fact)
		fact->stale_delete_due = false;
	finish(f, before, false);
}

static void random_event(struct facts *f)
{
	unsigned int person = rng_below(&f->rng, FACTS_PEOPLE);
	unsigned int server = rng_percent(&f->rng, 80) ? 0 : 1;
	unsigned int kind = rng_below(&f->rng, 100);
	char addr[ADDR_TEXT];

	facts_random_addr(f, addr);
	fake_kernel.race = rng_percent(&f->rng, 5);
	if (f->kind == KIND_IPSEC && rng_percent(&f->rng, 40)) {
		random_tunnel(f);
		return;
	}
	/* those who have it are asked for more often than others */
	if (f->live.n && kind >= 50 && rng_percent(&f->rng, 80)) {
		const struct fact *fact =
			&f->live.v[rng_below(&f->rng, (unsigned int)f->live.n)];

		person = fact->person;
		if (fact->server != FACTS_IPSEC)
			server = fact->server;
		snprintf(addr, sizeof(addr), "%s", fact->addr);
	}
	if (kind < 10)
		facts_set_file(f, person, facts_random_file(f));
	if (kind < 50)
		learn(f, person, addr, server);
	else if (kind < 70)
		unlearn(f, addr, server);
	else if (kind < 85)
		disconnect(f, person, addr, server);
	else if (kind < 88)
		facts_set_file(f, person, mem_printf("oops\n"));
	else if (kind < 90)
		facts_set_file(f, person, mem_printf("[KILL]\n"));
	else if (kind < 92)
		facts_set_file(f, person, NULL);
	else if (kind < 96)
		trouble(f);
	else if (kind < 97)
		flush(f);
	else if (kind < 98)
		crash(f);
	else
		apply(f);
}

static int set_up(void **state)
{
	*state = mem_zalloc(1, sizeof(struct facts));
	return 0;
}

static int tear_down(void **state)
{
	facts_end(*state);
	fake_kernel_clear();
	free(*state);
	return 0;
}

static void run(struct facts *f, enum kind kind)
{
	unsigned int seed, i;

	for (seed = 0; seed < SEEDS; seed++) {
		fake_kernel_clear();
		facts_make(f, kind, seed);
		apply(f);
		for (i = 0; i < EVENTS; i++)
			random_event(f);
		facts_end(f);
		counters_fini(&sent);
	}
}

static void hooks_make_what_a_compile_makes(void **state)
{
	run(*state, KIND_IP4);
}

static void hooks_do_so_with_ipv6(void **state)
{
	run(*state, KIND_BOTH);
}

static void hooks_do_so_with_networks_behind_clients(void **state)
{
	run(*state, KIND_NETS);
}

static void hooks_do_so_with_hardware_addresses(void **state)
{
	run(*state, KIND_TAP);
}

static void hooks_do_so_with_tunnels(void **state)
{
	run(*state, KIND_IPSEC);
}

#define WITH_FACTS(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FACTS(hooks_make_what_a_compile_makes),
		WITH_FACTS(hooks_do_so_with_ipv6),
		WITH_FACTS(hooks_do_so_with_networks_behind_clients),
		WITH_FACTS(hooks_do_so_with_hardware_addresses),
		WITH_FACTS(hooks_do_so_with_tunnels),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	used = &fake_whole_backend;
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
