/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec clients on eth0 beside OpenVPN's on tun0: who comes in, who is reached,
 * and through which tunnel.  Nick accepts all, so what is dropped is dropped
 * for its tunnel.
 */
#include "config.h"

#include "compiler/lower/lower_nft_ipsec.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_nft.h"
#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/ruleset_text.h"
#include "tests/unit/lib/small_policy.h"

static struct prefix net_of(const char *text)
{
	struct prefix net;

	assert_int_equal(prefix_parse(str_of(text), &net), 0);
	return net;
}

static void bind_to(struct small *s, const char *name, const char *addr,
		    uint32_t reqid)
{
	const struct binding b = {
		.net = net_of(addr),
		.client = (unsigned int)policy_index(&s->policy, str_of(name)),
		.source = reqid ? BINDING_LIVE : BINDING_CCD,
		.instance = strncmp(addr, "10.8.", 5) ? STR("road")
						      : STR("tun0"),
		.reqid = reqid,
	};

	policy_bind(&s->policy, &b);
}

static void add_ipsec(struct small *s, const char *local, const char *net4,
		      const char *net6, bool ike)
{
	struct ipsec *ipsec = mem_zalloc(1, sizeof(*ipsec));

	ipsec->ike = ike;
	vec_push(&ipsec->ends, net_of(local));
	vec_push(&ipsec->devs, mem_copy("eth0"));
	vec_push(&ipsec->clients, net_of(net4));
	if (net6)
		vec_push(&ipsec->clients, net_of(net6));
	policy_add_vpn(&s->policy, ike ? STR("road") : STR("lab"), STR("-"),
		       false, ipsec);
	ipsec_free(ipsec);
}

static void lower(struct small *s)
{
	small_resolve(s);
	lower_nft(&s->policy, &s->rs);
	assert_null(eval_refusal(&s->rs));
}

/* Nick's tunnel is known, bob's is not, max has one of each kind. */
static int make(void **state)
{
	static const char open[] =
		"[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n";
	struct small *s = mem_zalloc(1, sizeof(*s));

	*state = s;
	small_client(s, "bob", open);
	small_client(s, "john", "[CLIENTS ACCEPT]\n-bob\n[SUBNETS DROP]\n"
		     "+10.0.4.0/24\n[END]\n");
	small_client(s, "max", open);
	small_client(s, "nick", open);
	policy_sort(&s->policy);
	small_vpn(s, "tun0", false);
	add_ipsec(s, "192.0.2.1", "10.0.2.0/24", "fd02::/64", true);
	bind_to(s, "nick", "10.0.2.10", 0x01020304);
	bind_to(s, "nick", "fd02::10", 7);
	bind_to(s, "nick", "10.0.2.128/28", 8);
	bind_to(s, "nick", "fd02::100/120", 0x800);
	bind_to(s, "bob", "10.0.2.11", 0);
	bind_to(s, "max", "10.0.2.12", 9);
	bind_to(s, "max", "10.8.0.12", 0);
	bind_to(s, "john", "10.8.0.13", 0);
	lower(s);
	return 0;
}

static int end(void **state)
{
	struct small *s = *state;

	small_end(s);
	free(s);
	return 0;
}

static struct eval_packet packet(const char *iif, const char *saddr,
				 const char *oif, const char *daddr)
{
	const struct prefix from = net_of(saddr), to = net_of(daddr);

	return (struct eval_packet){
		.iif = iif, .oif = oif, .family = from.family,
		.proto = IPPROTO_TCP, .has_ports = true, .sport = 1000,
		.dport = 80, .saddr = from.addr, .daddr = to.addr,
	};
}

static struct eval_ipsec tunnel(const char *end_text, uint32_t reqid)
{
	const struct prefix end_net = net_of(end_text);

	return (struct eval_ipsec){
		.there = true, .end = end_net.addr,
		.end_family = end_net.family, .reqid = reqid,
	};
}

/* From SADDR on eth0 to the LAN; REQID 0: in clear, else through OUR_END. */
static bool comes_in(const struct small *s, const char *saddr,
		     const char *our_end, uint32_t reqid)
{
	const char *lan = strchr(saddr, ':') ? "fd00::1" : "10.0.1.20";
	struct eval_packet p = packet("eth0", saddr, "eth1", lan);

	if (reqid)
		p.in = tunnel(our_end, reqid);
	return eval_route(&s->rs, &p);
}

static bool goes_out(const struct small *s, const char *daddr,
		     const char *our_end, uint32_t reqid)
{
	const char *lan = strchr(daddr, ':') ? "fd00::1" : "10.0.1.20";
	struct eval_packet p = packet("eth1", lan, "eth0", daddr);

	if (reqid)
		p.out = tunnel(our_end, reqid);
	return eval_route(&s->rs, &p);
}

static void client_passes_through_its_own_tunnel_only(void **state)
{
	static const struct {
		const char *addr;
		uint32_t reqid;
	} cases[] = {
		{ "10.0.2.10", 0x01020304 }, { "fd02::10", 7 },
		{ "10.0.2.128", 8 }, { "10.0.2.143", 8 },
		{ "fd02::1ff", 0x800 },
	};
	const struct small *s = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *a = cases[i].addr;
		uint32_t reqid = cases[i].reqid;

		assert_true(comes_in(s, a, "192.0.2.1", reqid));
		assert_true(goes_out(s, a, "192.0.2.1", reqid));
		assert_false(comes_in(s, a, "192.0.2.1", 9));
		assert_false(goes_out(s, a, "192.0.2.1", 9));
	}
}

static void nothing_passes_in_clear(void **state)
{
	static const char *const addrs[] = {
		"10.0.2.10", "10.0.2.11", "10.0.2.12", "10.0.2.128", "fd02::10",
		"10.0.2.99",	/* nobody's */
	};
	const struct small *s = *state;
	size_t i;

	for (i = 0; i < sizeof(addrs) / sizeof(*addrs); i++) {
		assert_false(comes_in(s, addrs[i], NULL, 0));
		assert_false(goes_out(s, addrs[i], NULL, 0));
	}
	assert_true(comes_in(s, "10.0.3.1", NULL, 0));
	assert_true(goes_out(s, "10.0.3.1", NULL, 0));
}

static void client_without_a_known_tunnel_passes_through_any(void **state)
{
	const struct small *s = *state;

	assert_true(comes_in(s, "10.0.2.11", "192.0.2.1", 1));
	assert_true(goes_out(s, "10.0.2.11", "192.0.2.1", 9));
}

static void address_of_nobody_is_dropped_in_any_tunnel(void **state)
{
	const struct small *s = *state;

	assert_false(comes_in(s, "10.0.2.99", "192.0.2.1", 1));
	assert_false(goes_out(s, "10.0.2.99", "192.0.2.1", 1));
	assert_false(comes_in(s, "fd02::99", "192.0.2.1", 1));
}

static void tunnel_of_another_end_is_none(void **state)
{
	const struct small *s = *state;

	assert_false(comes_in(s, "10.0.2.11", "192.0.2.3", 1));
	assert_false(goes_out(s, "10.0.2.11", "192.0.2.3", 1));
	assert_false(comes_in(s, "10.0.2.11", "c000:201::", 1));
}

static struct eval_packet road_packet(const char *iif, const char *saddr)
{
	struct eval_packet p = packet(iif, saddr, "eth1", "10.0.1.20");

	p.in = tunnel("192.0.2.1", 1);
	return p;
}

/* The kernel takes ESP to its address on every interface. */
static void tunnel_may_come_and_go_by_any_interface(void **state)
{
	static const char *const devs[] = { "eth0", "eth2", "wlan0" };
	const struct small *s = *state;
	struct eval_packet p;
	size_t i;

	for (i = 0; i < sizeof(devs) / sizeof(*devs); i++) {
		p = road_packet(devs[i], "10.0.2.11");
		assert_true(eval_route(&s->rs, &p));
		p = road_packet(devs[i], "10.0.2.99");
		assert_false(eval_route(&s->rs, &p));
		p = packet("eth1", "10.0.1.20", devs[i], "10.0.2.10");
		p.out = tunnel("192.0.2.1", 0x01020304);
		assert_true(eval_route(&s->rs, &p));
		p.out = tunnel("192.0.2.1", 9);
		assert_false(eval_route(&s->rs, &p));
		p.out.there = false;
		assert_false(eval_route(&s->rs, &p));
		p = packet(devs[i], "10.0.2.11", "eth1", "10.0.1.20");
		assert_false(eval_route(&s->rs, &p));
	}
	/* what the host sends to itself */
	p = packet("lo", "10.0.2.99", "lo", "10.0.2.99");
	assert_true(eval_route(&s->rs, &p));
}

static void section_may_have_several_ends(void **state)
{
	struct small *s = *state;

	vec_push(&s->policy.vpns.v[1].ipsec->ends, net_of("198.51.100.1"));
	ruleset_fini(&s->rs);
	lower(s);
	assert_true(comes_in(s, "10.0.2.11", "192.0.2.1", 1));
	assert_true(comes_in(s, "10.0.2.11", "198.51.100.1", 1));
	assert_true(goes_out(s, "10.0.2.11", "198.51.100.1", 1));
	assert_false(comes_in(s, "10.0.2.99", "198.51.100.1", 1));
	assert_false(comes_in(s, "10.0.2.11", "192.0.2.3", 1));
}

/* Hosts there may have such addresses, but they are no clients. */
static void inside_addresses_are_the_hosts(void **state)
{
	struct small *s = *state;
	struct eval_packet p;

	vec_push(&s->policy.vpns.v[1].ipsec->inside, mem_copy("eth1"));
	vec_push(&s->policy.vpns.v[1].ipsec->inside, mem_copy("wlan*"));
	ruleset_fini(&s->rs);
	lower(s);
	p = packet("eth1", "10.0.2.99", "eth2", "10.0.9.1");
	assert_true(eval_route(&s->rs, &p));
	p = packet("wlan3", "10.0.2.10", "eth2", "10.0.9.1");
	assert_true(eval_route(&s->rs, &p));
	p = packet("eth2", "10.0.2.99", "eth1", "10.0.9.1");
	assert_false(eval_route(&s->rs, &p));
	p = packet("eth2", "10.0.9.1", "eth1", "10.0.2.99");
	assert_true(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.9.1", "eth2", "10.0.2.99");
	assert_false(eval_route(&s->rs, &p));
	/* to a client: nobody's address as any, a client's as forged; max would
	 * let nick and bob in */
	p = packet("eth1", "10.0.2.99", "tun0", "10.8.0.12");
	assert_true(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.2.11", "tun0", "10.8.0.12");
	assert_false(eval_route(&s->rs, &p));
	p = packet("eth2", "10.0.2.11", "tun0", "10.8.0.12");
	p.in = tunnel("192.0.2.1", 1);
	assert_true(eval_route(&s->rs, &p));
}

/* To a client a packet comes by twice: at the interface it is judged, with its
 * policy it is asked for the reqid. */
static void xfrm_interface_is_in_the_tunnel(void **state)
{
	struct small *s = *state;
	struct ipsec *ipsec = s->policy.vpns.v[1].ipsec;
	struct eval_packet p;

	assert_false(eval_route(&s->rs, &(struct eval_packet){
		.iif = "eth1", .oif = "ipsec0", .proto = IPPROTO_TCP,
		.saddr = net_of("10.0.1.20").addr,
		.daddr = net_of("10.0.2.10").addr }));
	vec_push(&ipsec->xfrm, mem_copy("ipsec0"));
	ruleset_fini(&s->rs);
	lower(s);
	p = packet("eth1", "10.0.1.20", "ipsec0", "10.0.2.10");
	assert_true(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.1.20", "ipsec0", "10.0.2.99");
	assert_false(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.1.20", "ipsec0", "10.0.7.7");
	assert_false(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.1.20", "ipsec1", "10.0.2.10");
	assert_false(eval_route(&s->rs, &p));
	/* john will not have bob; nick he will */
	p = packet("tun0", "10.8.0.13", "ipsec0", "10.0.2.11");
	assert_false(eval_route(&s->rs, &p));
	p = packet("tun0", "10.8.0.13", "ipsec0", "10.0.2.10");
	assert_true(eval_route(&s->rs, &p));
	/* below it */
	p = packet("eth0", "10.8.0.13", "eth0", "10.0.2.10");
	p.out = tunnel("192.0.2.1", 0x01020304);
	assert_true(eval_hook(&s->rs, HOOK_POSTROUTING, &p));
	p.out = tunnel("192.0.2.1", 9);
	assert_false(eval_hook(&s->rs, HOOK_POSTROUTING, &p));
	p.out = tunnel("192.0.2.3", 0x01020304);
	assert_false(eval_hook(&s->rs, HOOK_POSTROUTING, &p));
	p.out.there = false;
	assert_false(eval_hook(&s->rs, HOOK_POSTROUTING, &p));
	/* and from a client */
	p = packet("ipsec0", "10.0.2.10", "eth1", "10.0.1.20");
	assert_false(eval_route(&s->rs, &p));
	p.in = tunnel("192.0.2.1", 0x01020304);
	assert_true(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.1.20", "ipsec0", "10.0.7.7");
	ipsec->site_to_site = true;
	ruleset_fini(&s->rs);
	lower(s);
	assert_true(eval_route(&s->rs, &p));
}

static void strangers_use_no_tunnel_of_clients(void **state)
{
	struct small *s = *state;
	struct eval_packet p;

	assert_false(comes_in(s, "10.0.7.7", "192.0.2.1", 1));
	assert_false(goes_out(s, "10.0.7.7", "192.0.2.1", 1));
	assert_false(comes_in(s, "fd07::7", "192.0.2.1", 1));
	/* other tunnels are not ours to judge */
	assert_true(comes_in(s, "10.0.7.7", "192.0.2.3", 1));
	assert_true(goes_out(s, "10.0.7.7", "192.0.2.3", 1));
	/* on the way to a client a stranger's address is one like any */
	p = packet("eth0", "10.0.7.7", "tun0", "10.8.0.12");
	p.in = tunnel("192.0.2.1", 1);
	assert_false(eval_route(&s->rs, &p));
	s->policy.vpns.v[1].ipsec->site_to_site = true;
	ruleset_fini(&s->rs);
	lower(s);
	assert_true(comes_in(s, "10.0.7.7", "192.0.2.1", 1));
	assert_true(goes_out(s, "10.0.7.7", "192.0.2.1", 1));
	assert_false(comes_in(s, "10.0.2.99", "192.0.2.1", 1));
	assert_true(eval_route(&s->rs, &p));
}

static void same_client_needs_no_tunnel_at_openvpn(void **state)
{
	struct eval_packet p = packet("tun0", "10.8.0.12", "eth1", "10.0.1.20");
	const struct small *s = *state;

	assert_true(eval_route(&s->rs, &p));
	assert_true(comes_in(s, "10.0.2.12", "192.0.2.1", 9));
	assert_false(comes_in(s, "10.0.2.12", "192.0.2.1", 8));
}

static void ipsec_client_meets_openvpn_client_by_their_pair(void **state)
{
	struct eval_packet p = packet("eth0", "10.0.2.10", "tun0", "10.8.0.13");
	const struct small *s = *state;

	p.in = tunnel("192.0.2.1", 0x01020304);
	assert_true(eval_route(&s->rs, &p));
	p.in = tunnel("192.0.2.1", 9);
	assert_false(eval_route(&s->rs, &p));
	/* john will not have bob */
	p = packet("eth0", "10.0.2.11", "tun0", "10.8.0.13");
	p.in = tunnel("192.0.2.1", 1);
	assert_false(eval_route(&s->rs, &p));
	p = packet("tun0", "10.8.0.13", "eth0", "10.0.2.11");
	p.out = tunnel("192.0.2.1", 1);
	assert_false(eval_route(&s->rs, &p));
}

static void ipsec_clients_meet_by_their_pair(void **state)
{
	struct eval_packet p = packet("eth0", "10.0.2.10", "eth0", "10.0.2.12");
	const struct small *s = *state;

	p.in = tunnel("192.0.2.1", 0x01020304);
	p.out = tunnel("192.0.2.1", 9);
	assert_true(eval_route(&s->rs, &p));
	p.out = tunnel("192.0.2.1", 0x01020304);
	assert_false(eval_route(&s->rs, &p));
	p.out.there = false;
	assert_false(eval_route(&s->rs, &p));
}

/* The same file in each direction: the remote end is the packet's other one. */
static void services_and_subnets_hold_both_ways(void **state)
{
	struct small *s = *state;
	struct eval_packet p;

	bind_to(s, "john", "10.0.2.13", 13);
	ruleset_fini(&s->rs);
	lower(s);
	p = packet("eth0", "10.0.2.13", "eth1", "10.0.4.7");
	p.in = tunnel("192.0.2.1", 13);
	assert_true(eval_route(&s->rs, &p));
	p.daddr = net_of("10.0.5.7").addr;
	assert_false(eval_route(&s->rs, &p));
	p = packet("eth1", "10.0.4.7", "eth0", "10.0.2.13");
	p.out = tunnel("192.0.2.1", 13);
	assert_true(eval_route(&s->rs, &p));
	p.saddr = net_of("10.0.5.7").addr;
	assert_false(eval_route(&s->rs, &p));
}

static void ike_and_esp_pass_on_their_interface(void **state)
{
	const struct small *s = *state;
	/* even where the outside is the inside */
	struct eval_packet p = packet("eth0", "10.0.2.99", "", "192.0.2.1");

	assert_false(eval_route(&s->rs, &p));
	p.proto = IPPROTO_UDP;
	p.dport = 500;
	assert_true(eval_route(&s->rs, &p));
	p.dport = 4500;
	assert_true(eval_route(&s->rs, &p));
	p.dport = 4501;
	assert_false(eval_route(&s->rs, &p));
	p.proto = IPPROTO_ESP;
	p.has_ports = false;
	assert_true(eval_route(&s->rs, &p));
	p = packet("", "192.0.2.1", "eth0", "10.0.2.99");
	p.proto = IPPROTO_UDP;
	p.sport = 4500;
	assert_true(eval_route(&s->rs, &p));
	p.sport = 80;
	assert_false(eval_route(&s->rs, &p));
}

static void frame_is_this(void **state)
{
	const struct ruleset *rs = &((struct small *)*state)->rs;

	small_assert_text(ruleset_text_chain(rs, "pre"),
		"pre hook 1 -101\n"
		"\tiif tun0 goto from/tun0\n"
		"\tipsec in 0.0.0.0/0 reqid 0 goto ipsec/from\n"
		"\tiif eth0 ip daddr 192.0.2.1 proto 17 daddr port 500-500 accept\n"
		"\tiif eth0 ip daddr 192.0.2.1 proto 17 daddr port 4500-4500 accept\n"
		"\tiif eth0 ip daddr 192.0.2.1 proto 50 accept\n"
		"\tip saddr 10.0.2.0/24 iif != lo counter drop\n"
		"\tip6 saddr fd02::/64 iif != lo counter drop\n");
	small_assert_text(ruleset_text_chain(rs, "ipsec/from"),
		"ipsec/from\n"
		"\tip saddr 10.0.2.0/24 ipsec in 192.0.2.1 reqid 0 goto from/road\n"
		"\tip6 saddr fd02::/64 ipsec in 192.0.2.1 reqid 0 goto from/road\n"
		"\tip saddr 10.0.2.0/24 counter drop\n"
		"\tip6 saddr fd02::/64 counter drop\n"
		"\tipsec in 192.0.2.1 reqid 0 counter drop\n");
	small_assert_text(ruleset_text_chain(rs, "to/road"),
		"to/road\n"
		"\tip daddr @tunnel_addr4 ip daddr reqid != @tunnel_reqid4 counter drop\n"
		"\tip daddr @tunnel_addr4_net ip daddr reqid != @tunnel_reqid4_net counter drop\n"
		"\tip6 daddr @tunnel_addr6 ip6 daddr reqid != @tunnel_reqid6 counter drop\n"
		"\tip6 daddr @tunnel_addr6_net ip6 daddr reqid != @tunnel_reqid6_net counter drop\n"
		"\tiif tun0 jump pair/road\n"
		"\tip saddr 10.0.2.0/24 jump pair/road\n"
		"\tip6 saddr fd02::/64 jump pair/road\n"
		"\tlocal jump pair/road\n"
		"\tip daddr @to4/road vmap ip daddr policy_to4/road\n"
		"\tip daddr @to4_net/road vmap ip daddr policy_to4_net/road\n"
		"\tip6 daddr @to6/road vmap ip6 daddr policy_to6/road\n"
		"\tip6 daddr @to6_net/road vmap ip6 daddr policy_to6_net/road\n"
		"\tcounter drop\n");
	small_assert_text(ruleset_text_set(rs, "tunnel_addr4"),
			  "set tunnel_addr4: 10.0.2.10, 10.0.2.12\n");
	small_assert_text(
		ruleset_text_set(rs, "tunnel_reqid4"),
		"set tunnel_reqid4: 10.0.2.10 reqid 16909060, 10.0.2.12 reqid 9\n");
	small_assert_text(
		ruleset_text_set(rs, "tunnel_reqid4_net"),
		"interval set tunnel_reqid4_net: 10.0.2.128 reqid 8-10.0.2.143 reqid 8\n");
}

/* A section without ike has no such rules; one of another lets them pass before
 * all drops.  lab has an inside and lets strangers use its tunnels. */
static void each_section_has_its_own_rules(void **state)
{
	struct small *s = *state;
	struct ipsec *lab;

	ruleset_fini(&s->rs);
	add_ipsec(s, "2001:db8::1", "10.0.3.0/24", NULL, false);
	lab = vec_end(&s->policy.vpns)[-1].ipsec;
	lab->site_to_site = true;
	vec_push(&lab->inside, mem_copy("eth1"));
	lower(s);
	small_assert_text(ruleset_text_chain(&s->rs, "post"),
		"post hook 2 101\n"
		"\toif tun0 goto to/tun0\n"
		"\tipsec out 0.0.0.0/0 reqid 0 goto ipsec/to\n"
		"\toif eth0 ip saddr 192.0.2.1 proto 17 saddr port 500-500 accept\n"
		"\toif eth0 ip saddr 192.0.2.1 proto 17 saddr port 4500-4500 accept\n"
		"\toif eth0 ip saddr 192.0.2.1 proto 50 accept\n"
		"\tip daddr 10.0.2.0/24 oif != lo counter drop\n"
		"\tip6 daddr fd02::/64 oif != lo counter drop\n"
		"\tip daddr 10.0.3.0/24 oif != lo oif != eth1 counter drop\n");
	small_assert_text(ruleset_text_chain(&s->rs, "ipsec/to"),
		"ipsec/to\n"
		"\tip daddr 10.0.2.0/24 ipsec out 192.0.2.1 reqid 0 goto to/road\n"
		"\tip6 daddr fd02::/64 ipsec out 192.0.2.1 reqid 0 goto to/road\n"
		"\tip daddr 10.0.3.0/24 ipsec out 2001:db8::1 reqid 0 goto to/lab\n"
		"\tip daddr 10.0.2.0/24 counter drop\n"
		"\tip6 daddr fd02::/64 counter drop\n"
		"\tip daddr 10.0.3.0/24 counter drop\n"
		"\tipsec out 192.0.2.1 reqid 0 counter drop\n");
}

/* Part of another's network: each has its own tunnel. */
static void address_in_a_network_has_its_own_tunnel(void **state)
{
	struct small *s = *state;

	bind_to(s, "max", "10.0.2.130", 20);
	ruleset_fini(&s->rs);
	lower(s);
	assert_true(comes_in(s, "10.0.2.129", "192.0.2.1", 8));
	assert_false(comes_in(s, "10.0.2.129", "192.0.2.1", 20));
	assert_true(comes_in(s, "10.0.2.130", "192.0.2.1", 20));
	assert_false(comes_in(s, "10.0.2.130", "192.0.2.1", 8));
}

static bool not_used(void *arg, const char *policy_chain)
{
	(void)arg;
	(void)policy_chain;
	return false;
}

/* What a hook commits: the digest of all is that of before, less the part
 * before, plus the part after. */
static void change_of_a_reqid_is_a_change_of_that_client(void **state)
{
	struct small *s = *state;
	struct ruleset before, after;
	uint64_t digest = ruleset_digest(&s->rs);
	struct binding *b;

	policy_find(&s->policy, STR("nick"))->affected = true;
	lower_nft_affected(&s->policy, not_used, NULL, &before);
	vec_each(b, &s->policy.bindings)
		if (b->reqid == 8 || b->reqid == 7)
			b->reqid = 77;
	lower_nft_affected(&s->policy, not_used, NULL, &after);
	digest -= ruleset_digest(&before);
	digest += ruleset_digest(&after);
	small_assert_text(
		ruleset_text_set(&after, "tunnel_reqid4_net"),
		"interval set tunnel_reqid4_net: 10.0.2.128 reqid 77-10.0.2.143 reqid 77\n");
	small_assert_text(ruleset_text_set(&after, "tunnel_addr4"),
			  "set tunnel_addr4: 10.0.2.10\n");
	ruleset_fini(&before);
	ruleset_fini(&after);
	ruleset_fini(&s->rs);
	lower(s);
	assert_true(ruleset_digest(&s->rs) == digest);
}

/* A policy without an ipsec section has nothing of it, whatever is bound. */
static void who_has_no_ipsec_does_not_pay_for_it(void **state)
{
	static const char *const sets[] = {
		"tunnel_addr4", "tunnel_addr4_net", "tunnel_addr6", "tunnel_addr6_net",
		"tunnel_reqid4", "tunnel_reqid4_net", "tunnel_reqid6", "tunnel_reqid6_net",
	};
	struct small *s = *state;
	const struct match *m;
	size_t i;

	ruleset_fini(&s->rs);
	s->policy.vpns.n--;
	free(s->policy.vpns.v[1].server);
	free(s->policy.vpns.v[1].dev);
	ipsec_free(s->policy.vpns.v[1].ipsec);
	lower(s);
	for (i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		assert_null(ruleset_find_set(&s->rs, sets[i]));
	assert_null(ruleset_find_chain(&s->rs, "from/road"));
	vec_each(m, &s->rs.matches)
		assert_false(m->kind == MATCH_IPSEC || m->kind == MATCH_REQID);
}

#define WITH_POLICY(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POLICY(client_passes_through_its_own_tunnel_only),
		WITH_POLICY(nothing_passes_in_clear),
		WITH_POLICY(client_without_a_known_tunnel_passes_through_any),
		WITH_POLICY(address_of_nobody_is_dropped_in_any_tunnel),
		WITH_POLICY(tunnel_of_another_end_is_none),
		WITH_POLICY(tunnel_may_come_and_go_by_any_interface),
		WITH_POLICY(section_may_have_several_ends),
		WITH_POLICY(inside_addresses_are_the_hosts),
		WITH_POLICY(strangers_use_no_tunnel_of_clients),
		WITH_POLICY(xfrm_interface_is_in_the_tunnel),
		WITH_POLICY(same_client_needs_no_tunnel_at_openvpn),
		WITH_POLICY(ipsec_client_meets_openvpn_client_by_their_pair),
		WITH_POLICY(ipsec_clients_meet_by_their_pair),
		WITH_POLICY(services_and_subnets_hold_both_ways),
		WITH_POLICY(ike_and_esp_pass_on_their_interface),
		WITH_POLICY(frame_is_this),
		WITH_POLICY(each_section_has_its_own_rules),
		WITH_POLICY(address_in_a_network_has_its_own_tunnel),
		WITH_POLICY(change_of_a_reqid_is_a_change_of_that_client),
		WITH_POLICY(who_has_no_ipsec_does_not_pay_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
