/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/lib/rng.h"

/* A view over a table of text; no folder is needed. */
struct view {
	char *text;
	struct sources sources;
	struct state state;
	struct live_view view;
};

static void make(struct view *v, const char *text)
{
	*v = (struct view){ .text = mem_printf("%s", text) };
	v->state.live.size = strlen(text);
	v->state.live.text = *text ? v->text : NULL;
	v->state.sources = &v->sources;
	v->view.state = &v->state;
}

static void end(struct view *v)
{
	live_fini(&v->view);
	sources_fini(&v->sources);
	free(v->text);
}

static const char table[] =
	"# vpnpf live 1\n"
	"a\t10.8.0.10\tnick\toffice\t5\n"
	"a\t10.8.0.2\tjohn\toffice\t7\n"
	"a\t10.8.0.3\tjohn\tlab\t8\n"
	"a\t10.9.0.0/24\tjohnny\toffice\t9\n"
	"n\tjohn\t10.8.0.2\n"
	"n\tjohn\t10.8.0.3\n"
	"n\tjohnny\t10.9.0.0/24\n"
	"n\tnick\t10.8.0.10\n";

static struct endpoint endpoint(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(str_of(text), &e), 0);
	return e;
}

static struct live owner(const struct view *v, const char *addr)
{
	const struct endpoint e = endpoint(addr);
	size_t pos = 0;

	return live_claim(&v->view, &e, &pos);
}

static void assert_owner(const struct view *v, const char *addr,
			 const char *name)
{
	struct live live = owner(v, addr);
	char text[ADDR_TEXT];

	if (!name) {
		assert_null(live.line.p);
		return;
	}
	assert_non_null(live.line.p);
	assert_true(str_equal(live.name, str_of(name)));
	assert_string_equal(endpoint_format(&live.addr, text), addr);
}

/* "10.8.0.2 10.8.0.3" */
static void assert_addrs(const struct view *v, const char *name,
			 const char *wanted)
{
	struct live live;
	size_t pos = 0, size;
	char addr[ADDR_TEXT], *text = NULL;
	FILE *out = open_memstream(&text, &size);

	for (;;) {
		live = live_of_name(&v->view, str_of(name), &pos);
		if (!live.line.p)
			break;
		assert_true(str_equal(live.name, str_of(name)));
		fprintf(out, "%s%s", ftell(out) ? " " : "",
			endpoint_format(&live.addr, addr));
	}
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void add(struct view *v, const char *addr, const char *name)
{
	live_add(&v->view, &(struct live){
		.addr = endpoint(addr), .name = str_of(name),
		.instance = STR("office"), .since = 11,
	});
}

static void take_away(struct view *v, const char *addr)
{
	struct live live = owner(v, addr);

	assert_non_null(live.line.p);
	live_remove(&v->view, live);
}

static void assert_free_since(const struct view *v, const char *addr,
			      long long wanted)
{
	const struct endpoint e = endpoint(addr);

	assert_int_equal(live_free_since(&v->view, &e, STR("office")), wanted);
}

/* An address that was given up is known to be so until somebody has it. */
static void what_was_given_up_is_remembered(void **state)
{
	struct view v;

	(void)state;
	make(&v, "a\t10.8.0.2\tjohn\toffice\t7\n"
	     "d\t10.8.0.3\t20\nn\tjohn\t10.8.0.2\n");
	v.view.now = 30;
	assert_free_since(&v, "10.8.0.3", 20);
	assert_free_since(&v, "10.8.0.2", 0);
	assert_free_since(&v, "10.8.0.0/24", 0);
	take_away(&v, "10.8.0.2");
	assert_free_since(&v, "10.8.0.2", 30);
	add(&v, "10.8.0.2", "nick");
	assert_free_since(&v, "10.8.0.2", 0);
	v.view.now = 40;
	take_away(&v, "10.8.0.2");
	assert_free_since(&v, "10.8.0.2", 40);
	add(&v, "10.8.0.3", "nick");
	assert_free_since(&v, "10.8.0.3", 0);
	/* displaced is not given up */
	add(&v, "10.8.0.3", "max");
	assert_free_since(&v, "10.8.0.3", 0);
	assert_owner(&v, "10.8.0.3", "max");
	end(&v);
}

static void an_empty_table_knows_nobody(void **state)
{
	struct view v;

	(void)state;
	make(&v, "");
	assert_owner(&v, "10.8.0.2", NULL);
	assert_addrs(&v, "john", "");
	end(&v);
}

static void owners_are_those_of_exactly_the_address(void **state)
{
	struct live live;
	struct view v;

	(void)state;
	make(&v, table);
	assert_owner(&v, "10.8.0.2", "john");
	assert_owner(&v, "10.8.0.10", "nick");
	assert_owner(&v, "10.8.0.1", NULL);
	assert_owner(&v, "10.8.0.0/24", NULL);
	assert_owner(&v, "10.9.0.0/24", "johnny");
	assert_owner(&v, "10.9.0.0", NULL);
	assert_owner(&v, "10.9.0.7", NULL);
	live = owner(&v, "10.8.0.3");
	assert_true(str_equal(live.instance, STR("lab")));
	assert_int_equal(live.since, 8);
	end(&v);
}

static void addresses_are_those_of_exactly_the_name(void **state)
{
	struct view v;

	(void)state;
	make(&v, table);
	assert_addrs(&v, "john", "10.8.0.2 10.8.0.3");
	assert_addrs(&v, "johnny", "10.9.0.0/24");
	assert_addrs(&v, "joh", "");
	assert_addrs(&v, "", "");
	end(&v);
}

static void an_address_has_one_owner(void **state)
{
	struct view v;

	(void)state;
	make(&v, table);
	add(&v, "10.8.0.2", "nick");
	assert_owner(&v, "10.8.0.2", "nick");
	assert_addrs(&v, "john", "10.8.0.3");
	assert_addrs(&v, "nick", "10.8.0.10 10.8.0.2");
	add(&v, "10.8.0.2", "max");
	assert_owner(&v, "10.8.0.2", "max");
	assert_addrs(&v, "nick", "10.8.0.10");
	assert_addrs(&v, "max", "10.8.0.2");
	add(&v, "10.8.0.2", "john");
	assert_addrs(&v, "max", "");
	assert_addrs(&v, "john", "10.8.0.3 10.8.0.2");
	end(&v);
}

static void add_at(struct view *v, const char *addr, const char *name,
		   const char *server)
{
	live_add(&v->view, &(struct live){
		.addr = endpoint(addr), .name = str_of(name),
		.instance = str_of(server), .since = 11,
	});
}

/* "john office, nick lab": those that are added, in the order of the table */
static void assert_claims(const struct view *v, const char *addr,
			  const char *wanted)
{
	const struct endpoint e = endpoint(addr);
	struct live live;
	char *text = NULL;
	size_t pos = 0, size;
	FILE *out = open_memstream(&text, &size);

	for (;;) {
		live = live_claim(&v->view, &e, &pos);
		if (!live.line.p)
			break;
		fprintf(out, "%s%.*s %.*s", ftell(out) ? ", " : "",
			STR_ARG(live.name), STR_ARG(live.instance));
	}
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void several_servers_may_claim_an_address(void **state)
{
	const struct endpoint e = endpoint("10.8.0.2");
	struct view v;

	(void)state;
	make(&v, table);
	v.view.now = 30;
	add_at(&v, "10.8.0.2", "nick", "lab");
	add_at(&v, "10.8.0.2", "max", "home");
	assert_claims(&v, "10.8.0.2", "john office, max home, nick lab");
	assert_addrs(&v, "john", "10.8.0.2 10.8.0.3");
	assert_addrs(&v, "max", "10.8.0.2");
	/* of one server only the last counts, and of one client */
	add_at(&v, "10.8.0.2", "bob", "lab");
	assert_claims(&v, "10.8.0.2", "john office, bob lab, max home");
	add_at(&v, "10.8.0.2", "max", "lab");
	assert_claims(&v, "10.8.0.2", "john office, max lab");
	assert_addrs(&v, "max", "10.8.0.2");
	assert_addrs(&v, "bob", "");
	live_remove(&v.view, live_at(&v.view, &e, STR("office")));
	assert_claims(&v, "10.8.0.2", "max lab");
	assert_free_since(&v, "10.8.0.2", 30);
	assert_int_equal(live_free_since(&v.view, &e, STR("lab")), 0);
	add_at(&v, "10.8.0.2", "john", "office");
	assert_free_since(&v, "10.8.0.2", 0);
	live_remove(&v.view, live_of(&v.view, &e, STR("max")));
	assert_claims(&v, "10.8.0.2", "john office");
	assert_null(live_at(&v.view, &e, STR("lab")).line.p);
	assert_null(live_of(&v.view, &e, STR("max")).line.p);
	end(&v);
}

static void another_server_displaces_the_same_name_too(void **state)
{
	struct live live;
	struct view v;

	(void)state;
	make(&v, table);
	live_add(&v.view, &(struct live){
		.addr = endpoint("10.8.0.2"), .name = STR("john"),
		.instance = STR("lab"), .since = 12,
	});
	live = owner(&v, "10.8.0.2");
	assert_true(str_equal(live.instance, STR("lab")));
	assert_int_equal(live.since, 12);
	/* once, although the table has it, too */
	assert_addrs(&v, "john", "10.8.0.3 10.8.0.2");
	end(&v);
}

static void who_had_an_owner_before_says_so(void **state)
{
	struct live live;
	struct view v;

	(void)state;
	make(&v, table);
	live = owner(&v, "10.8.0.2");
	assert_false(live.stale_delete_due);
	live_add(&v.view, &(struct live){
				  .addr = endpoint("10.8.0.2"),
				  .name = STR("nick"),
				  .instance = STR("office"),
				  .since = 12,
				  .stale_delete_due = true,
			  });
	live = owner(&v, "10.8.0.2");
	assert_true(live.stale_delete_due);
	assert_int_equal(live.since, 12);
	add(&v, "10.8.0.2", "nick");
	live = owner(&v, "10.8.0.2");
	assert_false(live.stale_delete_due);
	end(&v);
}

static void tunnels_are_remembered(void **state)
{
	struct live new = {
		.addr = endpoint("10.0.2.10"), .name = STR("john"),
		.instance = STR("road"), .since = 12, .reqid = 4294967295u,
		.ups = 3,
	}, live;
	struct view v;

	(void)state;
	make(&v, table);
	live_add(&v.view, &new);
	live = owner(&v, "10.0.2.10");
	assert_true(str_equal(live.line, STR("a\t10.0.2.10\tjohn\troad\t12\t"
					     "reqid=4294967295\trefs=3")));
	assert_true(live.reqid == 4294967295u);
	assert_int_equal(live.ups, 3);
	live.stale_delete_due = true;
	live.reqid = live.ups = 1;
	live_add(&v.view, &live);
	live = owner(&v, "10.0.2.10");
	assert_true(str_equal(live.line, STR("a\t10.0.2.10\tjohn\troad\t12\t"
					     "late\treqid=1")));
	assert_true(live.stale_delete_due);
	assert_int_equal(live.reqid, 1);
	/* one of the other kind has none */
	live = owner(&v, "10.8.0.2");
	assert_int_equal(live.reqid, 0);
	assert_int_equal(live.ups, 0);
	end(&v);
	make(&v, "a\t10.0.2.10\tjohn\troad\t12\treqid=7x\trefs=\tlater\n"
	     "a\t10.0.2.11\tjohn\troad\t12\treqid=99999999999999\n");
	live = owner(&v, "10.0.2.10");
	assert_int_equal(live.reqid, 7);
	assert_int_equal(live.ups, 0);
	assert_false(live.stale_delete_due);
	live = owner(&v, "10.0.2.11");
	assert_int_equal(live.reqid, 0);
	end(&v);
}

static void bindings_know_their_tunnels(void **state)
{
	struct policy p = { 0 };
	struct view v;

	(void)state;
	make(&v, "a\t02:00:00:00:00:01\tjohn\toffice\t5\n"
	     "a\t10.0.2.10\tjohn\troad\t5\treqid=7\n"
	     "a\t10.0.2.11\tjohn\troad\t5\n");
	live_add_names(&v.view, &p);
	policy_sort(&p);
	live_bind_all(&v.view, &p);
	assert_int_equal(p.macs.n, 1);
	assert_int_equal(p.bindings.n, 2);
	assert_int_equal(p.bindings.v[0].reqid, 7);
	assert_int_equal(p.bindings.v[1].reqid, 0);
	policy_fini(&p);
	end(&v);
}

static void what_is_taken_away_is_not_there(void **state)
{
	struct view v;

	(void)state;
	make(&v, table);
	take_away(&v, "10.8.0.2");
	assert_owner(&v, "10.8.0.2", NULL);
	assert_addrs(&v, "john", "10.8.0.3");
	take_away(&v, "10.8.0.3");
	assert_addrs(&v, "john", "");
	assert_int_equal(v.view.edits.list.n, 6);
	end(&v);
}

static void a_walk_passes_what_is_taken_away(void **state)
{
	struct str line = { NULL, 0 };
	struct live live;
	struct view v;

	(void)state;
	make(&v, table);
	add(&v, "10.8.0.2", "nick");
	take_away(&v, "10.9.0.0/24");
	live = live_next(&v.view, &line);
	assert_true(str_equal(live.name, STR("nick")));
	live = live_next(&v.view, &line);
	assert_true(str_equal(live.instance, STR("lab")));
	assert_null(live_next(&v.view, &line).line.p);
	end(&v);
}

static void added_and_taken_away_is_given_up(void **state)
{
	struct view v;

	(void)state;
	make(&v, table);
	add(&v, "10.8.0.7", "max");
	add(&v, "10.8.0.8", "max");
	take_away(&v, "10.8.0.7");
	assert_addrs(&v, "max", "10.8.0.8");
	take_away(&v, "10.8.0.8");
	assert_int_equal(v.view.edits.list.n, 2);
	assert_owner(&v, "10.8.0.7", NULL);
	end(&v);
}

static void taken_away_and_added_is_there(void **state)
{
	struct view v;

	(void)state;
	make(&v, table);
	take_away(&v, "10.8.0.2");
	add(&v, "10.8.0.2", "john");
	assert_owner(&v, "10.8.0.2", "john");
	assert_addrs(&v, "john", "10.8.0.3 10.8.0.2");
	take_away(&v, "10.8.0.2");
	assert_owner(&v, "10.8.0.2", NULL);
	assert_addrs(&v, "john", "10.8.0.3");
	end(&v);
}

/* All names and bindings of the view: "john 10.8.0.2, ..." by address */
static void assert_policy(const struct view *v, const char *wanted)
{
	struct diag silent = { 0 };
	struct policy p = { 0 };
	const struct binding *b;
	char *text = NULL, addr[ADDR_TEXT];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	live_add_names(&v->view, &p);
	policy_sort(&p);
	live_bind_all(&v->view, &p);
	policy_resolve(&p, &silent);
	vec_each(b, &p.bindings) {
		assert_int_equal(b->source, BINDING_LIVE);
		fprintf(out, "%s%.*s %s", b == p.bindings.v ? "" : ", ",
			STR_ARG(p.clients.v[b->client].name),
			prefix_format(&b->net, addr));
	}
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
	policy_fini(&p);
}

static void all_can_be_bound(void **state)
{
	struct view v;

	(void)state;
	make(&v, table);
	assert_policy(&v, "john 10.8.0.2, john 10.8.0.3, nick 10.8.0.10, "
		      "johnny 10.9.0.0/24");
	take_away(&v, "10.8.0.3");
	add(&v, "10.8.0.2", "a b");
	add(&v, "fd00::2", "new");
	assert_policy(&v, "a b 10.8.0.2, nick 10.8.0.10, johnny 10.9.0.0/24, "
		      "new fd00::2");
	end(&v);
	make(&v, "");
	assert_policy(&v, "");
	add(&v, "10.8.0.2", "john");
	assert_policy(&v, "john 10.8.0.2");
	end(&v);
}

static void lines_that_mean_nothing_do_no_harm(void **state)
{
	struct view v;

	(void)state;
	/* somebody's editor: no address, no name, half a line, no newline */
	make(&v, "# x\na\na\t\na\t10.8.0.2\na\t10.8.0.3\tx/zz\toffice\t1\n"
	     "a\trubbish\tjohn\toffice\t1\nn\tjohn\nn\tjohn\t10.8.0.9");
	assert_policy(&v, "");
	assert_owner(&v, "10.8.0.2", NULL);
	assert_addrs(&v, "john", "");
	end(&v);
}

/* Each address has the owner that was added last, or none. */
static void many_changes_are_told_apart(void **state)
{
	static const char *const names[] = { "john", "nick", "max" };
	const char *owners[16] = { [10] = "nick", [2] = "john" };
	struct rng rng = { 5 };
	unsigned int i, n;
	char addr[16];
	struct view v;

	(void)state;
	make(&v, table);
	take_away(&v, "10.8.0.3");
	for (i = 0; i < 2000; i++) {
		n = rng_below(&rng, 16);
		snprintf(addr, sizeof(addr), "10.8.0.%u", n);
		assert_owner(&v, addr, owners[n]);
		if (owners[n] && rng_percent(&rng, 40)) {
			take_away(&v, addr);
			owners[n] = NULL;
		} else {
			owners[n] = names[rng_below(&rng, 3)];
			add(&v, addr, owners[n]);
		}
		assert_owner(&v, addr, owners[n]);
	}
	/* no edit is left over from what was given up */
	assert_true(v.view.edits.list.n < 100);
	end(&v);
}

/* CPU time of N new addresses, of which each is looked for. */
static clock_t time_of(unsigned int n)
{
	clock_t start = clock();
	char addr[32];
	struct view v;
	unsigned int i;

	make(&v, table);
	for (i = 0; i < n; i++) {
		snprintf(addr, sizeof(addr), "10.9.%u.%u", i / 256, i % 256);
		add(&v, addr, "max");
		assert_owner(&v, addr, "max");
	}
	end(&v);
	return clock() - start;
}

/* Ten times as many cost ten times as much, not a hundred times. */
static void many_new_addresses_are_no_matter(void **state)
{
	clock_t few;

	(void)state;
	few = time_of(2000);
	assert_true(time_of(20000) < 40 * few);
}

/* "tun0=office tun1=lab " */
static void assert_devs(const struct view *v, const char *wanted)
{
	struct tundev_claim claim;
	char text[256] = "";
	size_t pos = 0, n = 0;

	while (live_next_dev(&v->view, &pos, &claim))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s=%.*s ",
				      STR_ARG(claim.name),
				      STR_ARG(claim.server));
	assert_string_equal(text, wanted);
}

static void claim_dev(struct view *v, const char *dev, const char *server)
{
	live_claim_dev(&v->view, str_of(dev), str_of(server));
}

static void a_server_has_one_interface(void **state)
{
	struct view v;

	(void)state;
	make(&v, "# vpnpf live 3 \ni\ttun0\toffice\ni\ttun1\tlab\n");
	assert_devs(&v, "tun0=office tun1=lab ");
	claim_dev(&v, "tun0", "office");
	assert_int_equal(v.view.edits.list.n, 0);
	claim_dev(&v, "tun5", "office");
	assert_devs(&v, "tun1=lab tun5=office ");
	claim_dev(&v, "tun1", "office");
	assert_devs(&v, "tun1=office ");
	claim_dev(&v, "tun0", "lab");
	claim_dev(&v, "tun7", "road");
	assert_devs(&v, "tun0=lab tun1=office tun7=road ");
	end(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_given_up_is_remembered),
		cmocka_unit_test(an_empty_table_knows_nobody),
		cmocka_unit_test(owners_are_those_of_exactly_the_address),
		cmocka_unit_test(addresses_are_those_of_exactly_the_name),
		cmocka_unit_test(an_address_has_one_owner),
		cmocka_unit_test(several_servers_may_claim_an_address),
		cmocka_unit_test(another_server_displaces_the_same_name_too),
		cmocka_unit_test(who_had_an_owner_before_says_so),
		cmocka_unit_test(tunnels_are_remembered),
		cmocka_unit_test(bindings_know_their_tunnels),
		cmocka_unit_test(what_is_taken_away_is_not_there),
		cmocka_unit_test(a_walk_passes_what_is_taken_away),
		cmocka_unit_test(added_and_taken_away_is_given_up),
		cmocka_unit_test(taken_away_and_added_is_there),
		cmocka_unit_test(all_can_be_bound),
		cmocka_unit_test(lines_that_mean_nothing_do_no_harm),
		cmocka_unit_test(many_changes_are_told_apart),
		cmocka_unit_test(many_new_addresses_are_no_matter),
		cmocka_unit_test(a_server_has_one_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
