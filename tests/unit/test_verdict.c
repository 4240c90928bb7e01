/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct verdict_index no_index;

struct world {
	struct sources sources;
	struct policy p;
};

static int new_world(void **state)
{
	*state = mem_zalloc(1, sizeof(struct world));
	return 0;
}

static int end_world(void **state)
{
	struct world *w = *state;

	policy_fini(&w->p);
	sources_fini(&w->sources);
	free(w);
	return 0;
}

/* TEXT NULL: no file.  Call for all clients before find(). */
static void add(struct world *w, const char *name, const char *text)
{
	struct pffile_options opt = { 0 };
	struct client *c = policy_add_client(&w->p, str_of(name));
	struct diag d = { 0 };

	if (!text)
		return;
	c->file = source_text(&w->sources, name, text, strlen(text));
	if (pffile_parse(c->file, &opt, &c->pf, &d))
		c->state = CLIENT_BAD_FILE;
	else
		c->state = c->pf.state == PFFILE_KILL ? CLIENT_KILL
						      : CLIENT_OPEN;
}

static const struct client *find(struct world *w, const char *name)
{
	policy_sort(&w->p);
	return policy_find(&w->p, str_of(name));
}

static bool pair(struct world *w, const char *a, const char *b)
{
	struct verdict va, vb;
	bool r = verdict_pair(&no_index, find(w, a), find(w, b), &va, &vb);

	assert_true(r == verdict_pair(&no_index, find(w, b), find(w, a), &va,
				      &vb));
	return r;
}

/* "1:2 rule +" of the client's file */
static const char *shown(struct verdict v)
{
	static char text[64];
	unsigned int line = 0, column = 0;

	if (v.at.src)
		source_position(v.at.src, v.at.off, &line, &column);
	snprintf(text, sizeof(text), "%s:%u %s %s", v.list ? v.list : "-",
		 line, v.why, v.accept ? "accept" : "drop");
	return text;
}

static const char *peer(struct world *w, const char *name, const char *other)
{
	return shown(verdict_client(&no_index, find(w, name), str_of(other)));
}

static const char *service(struct world *w, const char *name,
			   const char *addr, const struct service_key *key)
{
	struct prefix p;

	if (addr)
		assert_int_equal(prefix_parse(str_of(addr), &p), 0);
	return shown(verdict_addr(find(w, name), addr ? &p : NULL, key));
}

static const char *subnet(struct world *w, const char *name, const char *addr)
{
	static const struct service_key none;

	return service(w, name, addr, &none);
}

static void both_sides_must_allow(void **state)
{
	struct world *w = *state;

	add(w, "john", "[CLIENTS DROP]\n+nick\n[END]\n");
	add(w, "nick", "[CLIENTS DROP]\n+john\n[END]\n");
	add(w, "max", "[CLIENTS ACCEPT]\n-bob\n[END]\n");
	add(w, "bob", "[CLIENTS ACCEPT]\n[END]\n");
	add(w, "eve", "[CLIENTS ACCEPT]\n[END]\n");
	assert_true(pair(w, "john", "nick"));
	assert_false(pair(w, "john", "max"));
	assert_false(pair(w, "max", "bob"));
	assert_true(pair(w, "max", "eve"));
	assert_true(pair(w, "bob", "eve"));
}

static void a_client_reaches_itself_only_if_it_lists_itself(void **state)
{
	struct world *w = *state;

	add(w, "a", "[CLIENTS DROP]\n[END]\n");
	add(w, "b", "[CLIENTS DROP]\n+b\n[END]\n");
	add(w, "c", "[CLIENTS ACCEPT]\n[END]\n");
	assert_false(pair(w, "a", "a"));
	assert_true(pair(w, "b", "b"));
	assert_true(pair(w, "c", "c"));
}

static void each_verdict_names_its_reason(void **state)
{
	struct world *w = *state;

	add(w, "john", "[CLIENTS DROP]\n+nick\n-max\n[END]\n");
	add(w, "bare", "[END]\n");
	assert_string_equal(peer(w, "john", "nick"), "CLIENTS:2 rule accept");
	assert_string_equal(peer(w, "john", "max"), "CLIENTS:3 rule drop");
	assert_string_equal(peer(w, "john", "bob"), "CLIENTS:1 default drop");
	assert_string_equal(peer(w, "bare", "bob"),
			    "CLIENTS:0 section missing drop");
	assert_string_equal(subnet(w, "john", "10.0.0.1"),
			    "SUBNETS:0 section missing drop");
}

static void without_a_policy_everything_is_dropped(void **state)
{
	struct world *w = *state;

	add(w, "none", NULL);
	add(w, "bad", "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n");
	add(w, "kill", "[CLIENTS ACCEPT]\n[KILL]\n");
	add(w, "open", "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n");
	assert_string_equal(peer(w, "none", "open"), "-:0 no file drop");
	assert_string_equal(peer(w, "bad", "open"), "-:0 bad file drop");
	assert_string_equal(peer(w, "kill", "open"), "-:2 [KILL] drop");
	assert_string_equal(peer(w, "nobody", "open"), "-:0 no file drop");
	assert_string_equal(subnet(w, "none", "10.0.0.1"), "-:0 no file drop");
	assert_string_equal(subnet(w, "kill", NULL), "-:2 [KILL] drop");
	assert_false(pair(w, "none", "open"));
	assert_false(pair(w, "nobody", "open"));
}

static void a_peer_without_a_name_is_dropped(void **state)
{
	struct world *w = *state;

	add(w, "open", "[CLIENTS ACCEPT]\n[END]\n");
	assert_string_equal(peer(w, "open", ""), "CLIENTS:0 no name drop");
}

static void names_are_compared_as_bytes(void **state)
{
	struct world *w = *state;

	add(w, "a", "[CLIENTS DROP]\n+nick\n+ bob\n+J\xc3\xbcrgen M.\n[END]\n");
	assert_string_equal(peer(w, "a", "Nick"), "CLIENTS:1 default drop");
	assert_string_equal(peer(w, "a", "nick "), "CLIENTS:1 default drop");
	assert_string_equal(peer(w, "a", "bob"), "CLIENTS:1 default drop");
	assert_string_equal(peer(w, "a", " bob"), "CLIENTS:3 rule accept");
	assert_string_equal(peer(w, "a", "J\xc3\xbcrgen M."),
			    "CLIENTS:4 rule accept");
}

static void the_first_subnet_that_matches_wins(void **state)
{
	struct world *w = *state;

	add(w, "a", "[SUBNETS DROP]\n+10.0.0.0/8\n-10.1.0.0/16\n"
	    "-192.168.0.7\n+192.168.0.0/24\n[END]\n");
	assert_string_equal(subnet(w, "a", "10.1.2.3"),
			    "SUBNETS:2 rule accept");
	assert_string_equal(subnet(w, "a", "192.168.0.7"),
			    "SUBNETS:4 rule drop");
	assert_string_equal(subnet(w, "a", "192.168.0.8"),
			    "SUBNETS:5 rule accept");
	assert_string_equal(subnet(w, "a", "192.168.1.8"),
			    "SUBNETS:1 default drop");
	assert_string_equal(subnet(w, "a", "255.255.255.255"),
			    "SUBNETS:1 default drop");
}

static void what_is_no_ip4_address_is_zero(void **state)
{
	struct world *w = *state;

	add(w, "a", "[SUBNETS DROP]\n+unknown\n[END]\n");
	add(w, "b", "[SUBNETS ACCEPT]\n-0.0.0.0/8\n[END]\n");
	add(w, "c", "[SUBNETS DROP]\n+0.0.0.0/0\n[END]\n");
	add(w, "d", "[SUBNETS DROP]\n+10.0.0.0/8\n[END]\n");
	assert_string_equal(subnet(w, "a", NULL), "SUBNETS:2 rule accept");
	assert_string_equal(subnet(w, "a", "fd00::1"), "SUBNETS:2 rule accept");
	assert_string_equal(subnet(w, "a", "0.0.0.0"), "SUBNETS:2 rule accept");
	assert_string_equal(subnet(w, "a", "10.0.0.1"),
			    "SUBNETS:1 default drop");
	assert_string_equal(subnet(w, "b", NULL), "SUBNETS:2 rule drop");
	assert_string_equal(subnet(w, "c", "fd00::1"), "SUBNETS:2 rule accept");
	assert_string_equal(subnet(w, "d", "a00::1"), "SUBNETS:1 default drop");
}

static void ip6_rules_match_ip6_packets_in_list_order(void **state)
{
	struct world *w = *state;

	add(w, "a", "[SERVICES]\n[SUBNETS DROP]\n+fd00:1::/32\n-0.0.0.0/0\n"
	    "+fd00::/16\n[END]\n");
	add(w, "b", "[SERVICES]\n[SUBNETS DROP]\n+::/0\n[END]\n");
	assert_string_equal(subnet(w, "a", "fd00:1::5"),
			    "SUBNETS:3 rule accept");
	assert_string_equal(subnet(w, "a", "fd00:2::5"), "SUBNETS:4 rule drop");
	assert_string_equal(subnet(w, "a", "10.0.0.1"), "SUBNETS:4 rule drop");
	assert_string_equal(subnet(w, "b", "::2"), "SUBNETS:3 rule accept");
	assert_string_equal(subnet(w, "b", "10.0.0.1"),
			    "SUBNETS:2 default drop");
	assert_string_equal(subnet(w, "b", NULL), "SUBNETS:2 default drop");
}

/* A wider line or the default does not let them pass. */
static void loopback_passes_by_its_own_lines_only(void **state)
{
	struct world *w = *state;

	add(w, "a", "[SUBNETS ACCEPT]\n+126.0.0.0/7\n+127.0.0.1\n[END]\n");
	add(w, "b", "[SERVICES]\n+::1 any\n[SUBNETS ACCEPT]\n[END]\n");
	add(w, "c", "[SUBNETS ACCEPT]\n-126.0.0.0/7\n+127.0.0.1\n[END]\n");
	assert_string_equal(subnet(w, "a", "127.0.0.1"),
			    "SUBNETS:3 rule accept");
	assert_string_equal(subnet(w, "a", "127.0.0.2"),
			    "SUBNETS:1 loopback drop");
	assert_string_equal(subnet(w, "a", "126.0.0.2"),
			    "SUBNETS:2 rule accept");
	assert_string_equal(subnet(w, "b", "::1"), "SUBNETS:3 loopback drop");
	assert_string_equal(subnet(w, "c", "127.0.0.1"), "SUBNETS:2 rule drop");
}

static void services_are_asked_before_subnets(void **state)
{
	const struct service_key ssh = { .known = true, .proto = PF_PROTO_TCP,
					 .has_port = true, .port = 22 };
	const struct service_key web = { .known = true, .proto = PF_PROTO_TCP,
					 .has_port = true, .port = 443 };
	const struct service_key dns = { .known = true, .proto = PF_PROTO_UDP,
					 .has_port = true, .port = 53 };
	const struct service_key part = { .known = true,
					  .proto = PF_PROTO_TCP };
	const struct service_key ping = { .known = true,
					  .proto = PF_PROTO_ICMP };
	const struct service_key esp = { .known = true };
	struct world *w = *state;

	add(w, "a", "[SERVICES]\n+10.0.0.0/8 tcp 22,400-500\n"
	    "+10.0.0.0/8 icmp\n-10.9.0.0/16 any\n[SUBNETS DROP]\n"
	    "+10.9.0.0/16\n[END]\n");
	assert_string_equal(service(w, "a", "10.1.1.1", &ssh),
			    "SERVICES:2 rule accept");
	assert_string_equal(service(w, "a", "10.1.1.1", &web),
			    "SERVICES:2 rule accept");
	assert_string_equal(service(w, "a", "10.1.1.1", &dns),
			    "SUBNETS:5 default drop");
	assert_string_equal(service(w, "a", "10.1.1.1", &part),
			    "SUBNETS:5 default drop");
	assert_string_equal(service(w, "a", "10.1.1.1", &ping),
			    "SERVICES:3 rule accept");
	assert_string_equal(service(w, "a", "10.9.1.1", &esp),
			    "SERVICES:4 rule drop");
	assert_string_equal(subnet(w, "a", "10.9.1.1"),
			    "SUBNETS:6 rule accept");
	assert_string_equal(service(w, "a", "11.1.1.1", &ssh),
			    "SUBNETS:5 default drop");
}

static void the_clients_port_counts_where_it_is_known(void **state)
{
	struct service_key dns = { .known = true, .proto = PF_PROTO_UDP,
				   .has_port = true, .port = 53 };
	const struct prefix far = prefix_ip4(0x0a000101, 32);
	struct world *w = *state;
	struct verdict v;

	add(w, "a", "[SERVICES]\n+10.0.1.1 udp 53 from 1024-65535\n"
	    "-10.0.1.1 udp from 7\n[SUBNETS ACCEPT]\n[END]\n");
	v = verdict_addr(find(w, "a"), &far, &dns);
	assert_int_equal(v.client_ports.from, 1024);
	assert_int_equal(v.client_ports.to, 65535);
	assert_string_equal(service(w, "a", "10.0.1.1", &dns),
			    "SERVICES:2 rule accept");
	dns.has_client_port = true;
	dns.client_port = 1024;
	v = verdict_addr(find(w, "a"), &far, &dns);
	assert_int_equal(v.client_ports.to, 0);
	assert_string_equal(service(w, "a", "10.0.1.1", &dns),
			    "SERVICES:2 rule accept");
	dns.client_port = 1023;
	assert_string_equal(service(w, "a", "10.0.1.1", &dns),
			    "SUBNETS:4 default accept");
	dns.client_port = 7;
	assert_string_equal(service(w, "a", "10.0.1.1", &dns),
			    "SERVICES:3 rule drop");
	dns.has_port = false;
	assert_string_equal(service(w, "a", "10.0.1.1", &dns),
			    "SUBNETS:4 default accept");
}

/* Lists of 0 to 40 entries, long ones indexed, must answer as the scan. */
static void the_index_changes_no_verdict(void **state)
{
	struct world *w = *state;
	struct verdict_index ix = { 0 };
	char names[41][16], text[41][1024], name[16];
	struct verdict a, b;
	struct client copy;
	int i, j, n;

	for (i = 0; i <= 40; i++) {
		snprintf(names[i], sizeof(names[i]), "c%d", i);
		n = sprintf(text[i], "[CLIENTS DROP]\n");
		for (j = 0; j < i; j++)
			n += sprintf(text[i] + n, "%cp%d\n", j & 1 ? '+' : '-',
				     i + 3 * j);
		sprintf(text[i] + n, "[END]\n");
		add(w, names[i], text[i]);
	}
	for (i = 0; i <= 40; i++)
		verdict_index_add(&ix, find(w, names[i]));
	for (i = 0; i <= 40; i++) {
		copy = *find(w, names[i]);
		for (j = 0; j < 200; j++) {
			snprintf(name, sizeof(name), "p%d", j);
			a = verdict_client(&no_index, &copy, str_of(name));
			b = verdict_client(&ix, &copy, str_of(name));
			assert_int_equal(a.accept, b.accept);
			assert_int_equal(a.at.off, b.at.off);
		}
	}
	verdict_index_fini(&ix);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, new_world, end_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(both_sides_must_allow),
		test(a_client_reaches_itself_only_if_it_lists_itself),
		test(each_verdict_names_its_reason),
		test(without_a_policy_everything_is_dropped),
		test(a_peer_without_a_name_is_dropped),
		test(names_are_compared_as_bytes),
		test(the_first_subnet_that_matches_wins),
		test(what_is_no_ip4_address_is_zero),
		test(ip6_rules_match_ip6_packets_in_list_order),
		test(loopback_passes_by_its_own_lines_only),
		test(services_are_asked_before_subnets),
		test(the_clients_port_counts_where_it_is_known),
		test(the_index_changes_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
