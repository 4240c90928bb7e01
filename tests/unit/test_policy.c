/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/bind_text.h"
#include "tests/unit/lib/rng.h"

static void bind(struct policy *p, const char *name, const char *addr,
		 enum binding_source source)
{
	int i = policy_index(p, str_of(name));

	assert_true(i >= 0);
	assert_int_equal(bind_text(p, addr, (unsigned int)i, source,
				   STR("office")), 0);
}

static void add_clients(struct policy *p)
{
	policy_add_client(p, STR("nick"));
	policy_add_client(p, STR("bob"));
	policy_add_client(p, STR("john"));
	policy_sort(p);
}

static void resolve(struct policy *p)
{
	struct diag silent = { 0 };

	policy_resolve(p, &silent);
	assert_int_equal(silent.errors, 0);
}

/* Who owns ADDR; "" for nobody. */
static void assert_owner(const struct policy *p, const char *addr,
			 const char *name)
{
	const struct binding *b;
	struct prefix host;
	struct str owner = STR("");

	assert_int_equal(prefix_parse(str_of(addr), &host), 0);
	b = policy_owner(p, host.family, &host.addr);
	if (b)
		owner = p->clients.v[b->client].name;
	assert_true(str_equal(owner, str_of(name)));
}

static void clients_are_found_by_all_bytes_of_their_names(void **state)
{
	static const struct str names[] = {
		STR("john"), STR("john "), STR("John"), STR("joh"), STR("jo"),
		STR("\303\274"), STR("\xff"), STR(" "), STR("johnn"),
	};
	struct policy p = { 0 };
	struct client *c;
	size_t i;

	(void)state;
	assert_null(policy_find(&p, STR("john")));
	for (i = 0; i < 8; i++)
		policy_add_client(&p, names[i]);
	policy_sort(&p);
	for (i = 0; i < 8; i++) {
		c = policy_find(&p, names[i]);
		assert_non_null(c);
		assert_true(str_equal(c->name, names[i]));
		assert_int_equal(policy_index(&p, names[i]),
				 c - p.clients.v);
	}
	assert_int_equal(policy_index(&p, names[8]), -1);
	assert_null(policy_find(&p, STR("")));
	for (i = 1; i < p.clients.n; i++)
		assert_true(str_cmp(p.clients.v[i - 1].name,
				    p.clients.v[i].name) < 0);
	policy_fini(&p);
}

static void of_doubles_the_one_with_a_file_stays(void **state)
{
	struct sources sources = { 0 };
	struct policy p = { 0 };
	struct client *c;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		c = policy_add_client(&p, STR("john"));
		if (i != 1)
			continue;
		c->file = source_text(&sources, "john.pf", "[END]\n", 6);
		c->state = CLIENT_OPEN;
	}
	policy_add_client(&p, STR("nick"));
	policy_sort(&p);
	assert_int_equal(p.clients.n, 2);
	c = policy_find(&p, STR("john"));
	assert_int_equal(c->state, CLIENT_OPEN);
	assert_non_null(c->file);
	/* and again, with one that was mentioned later */
	policy_add_client(&p, STR("john"));
	policy_add_client(&p, STR("a b"));
	policy_sort(&p);
	assert_int_equal(p.clients.n, 3);
	assert_non_null(policy_find(&p, STR("john"))->file);
	policy_fini(&p);
	sources_fini(&sources);
}

static void hardware_addresses_are_apart_and_networks_masked(void **state)
{
	static const uint8_t mac[6] = { 0x6e, 0xeb, 0xa3, 0x8d, 0x66, 0x69 };
	struct policy p = { 0 };
	char text[ADDR_TEXT];

	(void)state;
	add_clients(&p);
	bind(&p, "john", "6e:eb:a3:8d:66:69", BINDING_LIVE);
	assert_int_equal(p.macs.n, 1);
	assert_memory_equal(p.macs.v[0].mac, mac, sizeof(mac));
	assert_int_equal(p.bindings.n, 0);
	bind(&p, "john", "10.9.1.7/16", BINDING_LIVE);	/* masked */
	assert_string_equal(prefix_format(&p.bindings.v[0].net, text),
			    "10.9.0.0/16");
	bind(&p, "john", "fd00::7", BINDING_LIVE);
	assert_string_equal(prefix_format(&p.bindings.v[1].net, text),
			    "fd00::7");
	policy_fini(&p);
}

static void the_strongest_source_has_the_address(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	bind(&p, "john", "10.8.0.2", BINDING_IPP);
	bind(&p, "nick", "10.8.0.2", BINDING_LIVE);
	bind(&p, "bob", "10.8.0.2", BINDING_CCD);
	bind(&p, "john", "10.8.0.3", BINDING_IPP);
	bind(&p, "bob", "10.8.0.3", BINDING_CCD);
	bind(&p, "john", "10.8.0.4", BINDING_IPP);
	resolve(&p);
	assert_int_equal(p.bindings.n, 3);
	assert_owner(&p, "10.8.0.2", "nick");
	assert_owner(&p, "10.8.0.3", "bob");
	assert_owner(&p, "10.8.0.4", "john");
	assert_owner(&p, "10.8.0.5", "");
	policy_fini(&p);
}

static void the_longest_prefix_has_the_address(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	bind(&p, "john", "10.0.0.0/8", BINDING_CCD);
	bind(&p, "nick", "10.9.0.0/16", BINDING_IPP);
	bind(&p, "bob", "10.9.0.7", BINDING_IPP);
	resolve(&p);
	assert_owner(&p, "10.9.0.7", "bob");
	assert_owner(&p, "10.9.0.8", "nick");
	assert_owner(&p, "10.255.255.255", "john");
	assert_owner(&p, "11.0.0.0", "");
	assert_owner(&p, "9.255.255.255", "");
	policy_fini(&p);
}

static void an_absent_clients_network_takes_nothing(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	bind(&p, "john", "10.0.0.0/8", BINDING_LIVE);
	bind(&p, "nick", "10.9.0.0/16", BINDING_CCD);
	bind(&p, "nick", "10.9.9.0/24", BINDING_LIVE);
	bind(&p, "bob", "10.9.9.0/28", BINDING_CCD);
	bind(&p, "bob", "10.9.0.7", BINDING_CCD);
	bind(&p, "bob", "11.0.0.0/8", BINDING_CCD);
	resolve(&p);
	resolve(&p);
	assert_owner(&p, "10.9.0.7", "bob");
	assert_owner(&p, "10.9.0.8", "john");
	assert_owner(&p, "10.9.9.1", "nick");
	assert_owner(&p, "11.0.0.1", "bob");
	policy_fini(&p);
}

static void the_ends_of_the_address_space_have_owners(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	bind(&p, "john", "0.0.0.0", BINDING_CCD);
	bind(&p, "nick", "255.255.255.255", BINDING_CCD);
	bind(&p, "bob", "::/0", BINDING_CCD);
	resolve(&p);
	assert_owner(&p, "0.0.0.0", "john");
	assert_owner(&p, "0.0.0.1", "");
	assert_owner(&p, "255.255.255.255", "nick");
	assert_owner(&p, "::", "bob");
	assert_owner(&p, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "bob");
	policy_fini(&p);
	p = (struct policy){ 0 };
	add_clients(&p);
	bind(&p, "bob", "0.0.0.0/0", BINDING_CCD);
	resolve(&p);
	assert_owner(&p, "255.255.255.255", "bob");
	assert_owner(&p, "::", "");
	policy_fini(&p);
}

static void assert_layout(const struct policy *p, bool ip6, bool net4,
			  bool net6)
{
	assert_int_equal(p->layout.ip6, ip6);
	assert_int_equal(p->layout.net4, net4);
	assert_int_equal(p->layout.net6, net6);
}

static void the_layout_is_what_there_is(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	p.layout.ip6 = true;
	resolve(&p);
	assert_layout(&p, false, false, false);
	bind(&p, "john", "10.8.0.2", BINDING_LIVE);
	resolve(&p);
	assert_layout(&p, false, false, false);
	bind(&p, "john", "fd00::2", BINDING_LIVE);
	resolve(&p);
	assert_layout(&p, true, false, false);
	bind(&p, "john", "10.9.0.0/31", BINDING_LIVE);
	resolve(&p);
	assert_layout(&p, true, true, false);
	bind(&p, "john", "fd00::/127", BINDING_LIVE);
	resolve(&p);
	assert_layout(&p, true, true, true);
	policy_fini(&p);
}

static struct loc place(const struct source *src, unsigned int off)
{
	return (struct loc){ src, off, 1 };
}

/* SAID of two static owners; LIVE: a third one who is connected. */
static void two_owners(bool live, enum binding_source second,
		       const char *owner, char **said)
{
	struct sources sources = { 0 };
	const struct source *src = source_text(&sources, "ccd", "abc\n", 4);
	struct binding b = { .source = BINDING_CCD };
	struct policy p = { 0 };
	size_t size;
	struct diag d = { .out = open_memstream(said, &size) };

	add_clients(&p);
	assert_int_equal(prefix_parse(STR("10.8.0.2"), &b.net), 0);
	b.client = (unsigned int)policy_index(&p, STR("john"));
	b.at = place(src, 0);
	policy_bind(&p, &b);
	b.client = (unsigned int)policy_index(&p, STR("bob"));
	b.at = place(src, 2);
	b.source = second;
	policy_bind(&p, &b);
	if (live)
		bind(&p, "nick", "10.8.0.2", BINDING_LIVE);
	policy_resolve(&p, &d);
	assert_owner(&p, "10.8.0.2", owner);
	assert_int_equal(p.n_doubtful, !*owner);
	assert_int_equal(d.warnings, !*owner);
	assert_int_equal(d.errors, 0);
	policy_fini(&p);
	fclose(d.out);
	sources_fini(&sources);
}

static void of_two_static_owners_nobody_has_it(void **state)
{
	char *said;

	(void)state;
	two_owners(false, BINDING_CCD, "", &said);
	assert_non_null(strstr(said, "warning: 10.8.0.2"));
	assert_non_null(strstr(said, "\"bob\""));
	assert_non_null(strstr(said, "\"john\""));
	assert_non_null(strstr(said, "ccd:1:1"));
	assert_non_null(strstr(said, "ccd:1:3"));
	free(said);
}

static void a_stronger_owner_makes_two_weaker_ones_right(void **state)
{
	char *said;

	(void)state;
	two_owners(true, BINDING_CCD, "nick", &said);
	assert_string_equal(said, "");
	free(said);
	two_owners(false, BINDING_IPP, "john", &said);
	assert_string_equal(said, "");
	free(said);
}

static void bind_at(struct policy *p, const char *name, const char *server)
{
	bind(p, name, "10.8.0.2", BINDING_LIVE);
	p->bindings.v[p->bindings.n - 1].instance = str_of(server);
}

static void two_servers_that_claim_it_make_it_nobodys(void **state)
{
	struct policy p = { 0 };
	char *said;
	size_t size;
	struct diag d = { .out = open_memstream(&said, &size) };

	(void)state;
	add_clients(&p);
	bind(&p, "bob", "10.8.0.2", BINDING_CCD);
	bind(&p, "bob", "10.8.0.0/24", BINDING_LIVE);
	bind_at(&p, "nick", "lab");
	bind_at(&p, "john", "office");
	policy_resolve(&p, &d);
	fclose(d.out);
	assert_owner(&p, "10.8.0.2", "");
	assert_owner(&p, "10.8.0.3", "bob");
	assert_int_equal(p.n_doubtful, 1);
	assert_int_equal(p.doubtful.n, 2);
	assert_string_equal(said, "vpnpf: warning: 10.8.0.2 belongs to \"john\" at \"office\" and to \"nick\" at \"lab\": it is nobody's until one of them leaves\n");
	free(said);
	policy_fini(&p);
}

/* Its claim closes nobody's address at another server. */
static void a_server_that_is_shut_claims_nothing(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	vec_push(&p.shut, ((struct shut){ .name = STR("lab") }));
	bind_at(&p, "bob", "lab");
	bind_at(&p, "john", "office");
	resolve(&p);
	assert_owner(&p, "10.8.0.2", "john");
	assert_int_equal(p.n_doubtful, 0);
	policy_fini(&p);
}

/* The other may be missing in a part of the policy. */
static void a_claim_that_is_marked_is_doubtful(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	bind_at(&p, "john", "office");
	p.bindings.v[0].doubtful = true;
	resolve(&p);
	assert_owner(&p, "10.8.0.2", "");
	assert_int_equal(p.n_doubtful, 1);
	policy_fini(&p);
}

static void all_owners_are_named_once(void **state)
{
	struct policy p = { 0 };
	char *said;
	size_t size;
	struct diag d = { .out = open_memstream(&said, &size) };

	(void)state;
	add_clients(&p);
	bind(&p, "john", "10.8.0.2", BINDING_IPP);
	bind(&p, "nick", "10.8.0.2", BINDING_IPP);
	bind(&p, "nick", "10.8.0.2", BINDING_IPP);
	bind(&p, "bob", "10.8.0.2", BINDING_IPP);
	bind(&p, "john", "10.8.0.3", BINDING_IPP);
	policy_resolve(&p, &d);
	fclose(d.out);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(p.n_doubtful, 1);
	assert_int_equal(p.doubtful.n, 4);
	assert_owner(&p, "10.8.0.2", "");
	assert_owner(&p, "10.8.0.3", "john");
	assert_string_equal(said, "vpnpf: warning: 10.8.0.2 belongs to \"bob\" and to \"john\": it is nobody's until one of them connects\n"
			    "vpnpf: note: and to \"nick\" here\n");
	free(said);
	resolve(&p);	/* once more changes nothing */
	assert_int_equal(p.n_doubtful, 1);
	assert_int_equal(p.doubtful.n, 4);
	policy_fini(&p);
}

static void a_doubtful_prefix_is_a_hole(void **state)
{
	struct policy p = { 0 };
	struct prefix host;

	(void)state;
	add_clients(&p);
	bind(&p, "nick", "10.0.0.0/8", BINDING_CCD);
	bind(&p, "john", "10.9.0.0/16", BINDING_CCD);
	bind(&p, "bob", "10.9.0.0/16", BINDING_CCD);
	bind(&p, "john", "10.9.1.0/24", BINDING_CCD);
	bind(&p, "john", "10.9.1.7", BINDING_CCD);
	bind(&p, "bob", "10.9.1.7", BINDING_CCD);
	resolve(&p);
	assert_int_equal(p.n_doubtful, 2);
	assert_owner(&p, "10.8.255.255", "nick");
	assert_owner(&p, "10.9.0.0", "");
	assert_owner(&p, "10.9.1.6", "john");
	assert_owner(&p, "10.9.1.7", "");
	assert_owner(&p, "10.10.0.0", "nick");
	assert_int_equal(prefix_parse(STR("10.9.2.1"), &host), 0);
	assert_int_equal(policy_doubt(&p, FAMILY_IP4, &host.addr)->net.len, 16);
	assert_int_equal(prefix_parse(STR("10.9.1.6"), &host), 0);
	assert_null(policy_doubt(&p, FAMILY_IP4, &host.addr));
	policy_fini(&p);
}

/* A binding as the model below has it. */
struct claim {
	unsigned int client;
	uint32_t net;
	unsigned int len;
	enum binding_source source;
};

#define CLAIMS 12
#define NOBODY 9u

/* Is a network of C[I]'s file inside one that is live? */
static bool is_absent(const struct claim *c, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < CLAIMS; j++)
		if (c[i].source != BINDING_LIVE && c[i].len < 32 &&
		    c[j].source == BINDING_LIVE && c[j].len <= c[i].len &&
		    (!c[j].len || !((c[i].net ^ c[j].net) >>
				    (32 - c[j].len))))
			return true;
	return false;
}

/* The longest prefix that anybody claims decides, and in it the strongest
 * source, if it names one client only. */
static unsigned int model_owner(const struct claim *c, uint32_t addr)
{
	unsigned int len, owner, i;
	int source;

	for (len = 33; len--; ) {
		for (source = BINDING_LIVE; source >= BINDING_IPP; source--) {
			owner = NOBODY + 1;
			for (i = 0; i < CLAIMS; i++) {
				if (c[i].len != len ||
				    (int)c[i].source != source ||
				    is_absent(c, i) ||
				    (len && (c[i].net ^ addr) >> (32 - len)))
					continue;
				owner = owner > NOBODY ||
					owner == c[i].client ? c[i].client
							     : NOBODY;
			}
			if (owner <= NOBODY)
				return owner;
		}
	}
	return NOBODY;
}

static void random_claims(struct rng *rng, struct claim *c, struct policy *p)
{
	static const unsigned int lens[] = { 0, 8, 24, 28, 30, 31, 32, 32, 32 };
	struct binding b = { 0 };
	unsigned int i, j;

	for (i = 0; i < CLAIMS; i++) {
		c[i] = (struct claim){
			.client = rng_below(rng, 3),
			.len = lens[rng_below(rng, 9)],
			.source = rng_below(rng, 3),
		};
		b.net = prefix_ip4(0x0a080000 + rng_below(rng, 10), c[i].len);
		prefix_mask(&b.net);
		c[i].net = addr_ip4(&b.net.addr);
		/* the live table has one owner for each prefix */
		for (j = 0; j < i; j++)
			if (c[j].source == BINDING_LIVE &&
			    c[i].source == BINDING_LIVE &&
			    c[j].net == c[i].net && c[j].len == c[i].len)
				c[i].client = c[j].client;
		b.client = c[i].client;
		b.source = c[i].source;
		policy_bind(p, &b);
	}
}

static void chance_agrees_with_a_model(void **state)
{
	struct diag silent = { 0 };
	unsigned int seed, i, want;
	unsigned int doubtful = 0;
	struct claim claims[CLAIMS];
	const struct binding *b;
	struct prefix host;

	(void)state;
	for (seed = 0; seed < 3000; seed++) {
		struct rng rng = { seed };
		struct policy p = { 0 };

		add_clients(&p);
		random_claims(&rng, claims, &p);
		policy_resolve(&p, &silent);
		doubtful += p.n_doubtful;
		for (i = 0; i < 14; i++) {
			host = prefix_ip4(0x0a07fffe + i, 32);
			b = policy_owner(&p, FAMILY_IP4, &host.addr);
			want = model_owner(claims, 0x0a07fffe + i);
			assert_int_equal(b ? b->client : NOBODY, want);
		}
		policy_fini(&p);
	}
	assert_true(doubtful > 500);
}

static void one_owner_twice_is_no_error(void **state)
{
	struct policy p = { 0 };

	(void)state;
	add_clients(&p);
	bind(&p, "john", "10.8.0.2", BINDING_CCD);
	bind(&p, "john", "10.8.0.2", BINDING_CCD);
	bind(&p, "john", "10.8.0.2", BINDING_IPP);
	resolve(&p);
	assert_int_equal(p.bindings.n, 1);
	assert_int_equal(p.bindings.v[0].source, BINDING_CCD);
	resolve(&p);	/* once more changes nothing */
	assert_int_equal(p.bindings.n, 1);
	policy_fini(&p);
}

static void an_empty_policy_is_one(void **state)
{
	struct policy p = { 0 };

	(void)state;
	policy_sort(&p);
	resolve(&p);
	assert_owner(&p, "10.8.0.2", "");
	assert_owner(&p, "::", "");
	assert_int_equal(policy_index(&p, STR("john")), -1);
	policy_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_found_by_all_bytes_of_their_names),
		cmocka_unit_test(of_doubles_the_one_with_a_file_stays),
		cmocka_unit_test(hardware_addresses_are_apart_and_networks_masked),
		cmocka_unit_test(the_strongest_source_has_the_address),
		cmocka_unit_test(the_longest_prefix_has_the_address),
		cmocka_unit_test(an_absent_clients_network_takes_nothing),
		cmocka_unit_test(the_ends_of_the_address_space_have_owners),
		cmocka_unit_test(the_layout_is_what_there_is),
		cmocka_unit_test(of_two_static_owners_nobody_has_it),
		cmocka_unit_test(a_stronger_owner_makes_two_weaker_ones_right),
		cmocka_unit_test(two_servers_that_claim_it_make_it_nobodys),
		cmocka_unit_test(a_server_that_is_shut_claims_nothing),
		cmocka_unit_test(a_claim_that_is_marked_is_doubtful),
		cmocka_unit_test(all_owners_are_named_once),
		cmocka_unit_test(a_doubtful_prefix_is_a_hole),
		cmocka_unit_test(chance_agrees_with_a_model),
		cmocka_unit_test(one_owner_twice_is_no_error),
		cmocka_unit_test(an_empty_policy_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
