/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/verdict.h"
#include "tests/unit/eval.h"
#include "tests/unit/world.h"

#define WORLDS 400
#define PACKETS 400

/*
 * What a packet's verdict has to be, from policy_owner and verdict.c.
 */

static bool is_vpn(const struct policy *p, const char *name, bool *tap)
{
	const struct vpn *vpn;
	size_t n;

	vec_each(vpn, &p->vpns) {
		n = strlen(vpn->dev);
		if (vpn->ipsec)
			continue;
		if (vpn->dev[n - 1] == '*' ? strncmp(vpn->dev, name, n - 1) != 0
					   : strcmp(vpn->dev, name) != 0)
			continue;
		*tap = vpn->tap;
		return true;
	}
	return false;
}

/* The IPsec interface NAME, if ADDR is one of its clients'. */
static const struct ipsec *ipsec_of(const struct policy *p, const char *name,
				    unsigned int family, const struct addr *a)
{
	const struct prefix *net;
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns) {
		if (!vpn->ipsec || strcmp(vpn->dev, name) != 0)
			continue;
		vec_each(net, &vpn->ipsec->clients)
			if (net->family == family && prefix_contains(net, a))
				return vpn->ipsec;
	}
	return NULL;
}

/* Is the packet in the tunnel that it has to be in? */
static bool is_in_tunnel(const struct ipsec *ipsec, const struct binding *owner,
			 const struct eval_ipsec *tunnel)
{
	const struct prefix end = {
		.addr = tunnel->end, .family = tunnel->end_family,
		.len = (uint8_t)family_bits(tunnel->end_family),
	};

	if (!ipsec)
		return true;
	return tunnel->there && !prefix_cmp(&end, &ipsec->local) &&
	       (!owner->reqid || owner->reqid == tunnel->reqid);
}

static const struct binding *owner_of(const struct policy *p,
				      const struct eval_packet *k,
				      const struct addr *a)
{
	return policy_owner(p, k->family, a);
}

static struct service_key far_service(const struct eval_packet *k, bool out)
{
	struct service_key key = {
		.known = true, .has_port = k->has_ports,
		.port = out ? k->dport : k->sport,
	};

	if (k->proto == IPPROTO_TCP)
		key.proto = PF_PROTO_TCP;
	else if (k->proto == IPPROTO_UDP)
		key.proto = PF_PROTO_UDP;
	else if (k->proto == IPPROTO_SCTP)
		key.proto = PF_PROTO_SCTP;
	else if (k->proto == (k->family == FAMILY_IP4 ? IPPROTO_ICMP
						      : IPPROTO_ICMPV6))
		key.proto = PF_PROTO_ICMP;
	return key;
}

static bool far_verdict(const struct policy *p, const struct binding *owner,
			const struct eval_packet *k, bool out)
{
	struct service_key key = far_service(k, out);
	struct prefix far = {
		.addr = out ? k->daddr : k->saddr, .family = k->family,
		.len = (uint8_t)family_bits(k->family),
	};

	return owner && verdict_addr(&p->clients.v[owner->client], &far,
				     &key).accept;
}

static bool pair_verdict(const struct policy *p, const struct binding *src,
			 const struct binding *dst)
{
	const struct verdict_index none = { 0 };
	struct verdict a, b;

	return src && dst && verdict_pair(&none, &p->clients.v[src->client],
					  &p->clients.v[dst->client], &a, &b);
}

static bool is_own_mac(const struct policy *p, const struct binding *src,
		       const uint8_t *mac)
{
	const struct mac_binding *m;

	vec_each(m, &p->macs)
		if (src && prefix_is_host(&src->net) &&
		    m->client == src->client && !memcmp(m->mac, mac, 6))
			return true;
	return false;
}

enum expected {
	EXPECT_DROP,
	EXPECT_ACCEPT,
	EXPECT_ANY,
};

/*
 * A packet between clients that goes round the VPN on one side is judged by
 * one of the two: all that is promised is that a pair that may talk may.
 */
static enum expected expect(const struct policy *p, const struct eval_packet *k)
{
	const struct binding *src = owner_of(p, k, &k->saddr);
	const struct binding *dst = owner_of(p, k, &k->daddr);
	const struct ipsec *in = ipsec_of(p, k->iif, k->family, &k->saddr);
	const struct ipsec *out = ipsec_of(p, k->oif, k->family, &k->daddr);
	bool tap = false, unused;
	bool from = is_vpn(p, k->iif, &tap) || in;
	bool to = is_vpn(p, k->oif, &unused) || out;

	if (!from && !to)
		return EXPECT_ACCEPT;
	if ((from && !src) || (to && !dst))
		return EXPECT_DROP;
	if (!is_in_tunnel(in, src, &k->in) || !is_in_tunnel(out, dst, &k->out))
		return EXPECT_DROP;
	if (from && tap && !is_own_mac(p, src, k->ether))
		return EXPECT_DROP;
	if (from && to)
		return pair_verdict(p, src, dst) ? EXPECT_ACCEPT : EXPECT_DROP;
	if (src && dst)
		return pair_verdict(p, src, dst) ? EXPECT_ACCEPT : EXPECT_ANY;
	return far_verdict(p, from ? src : dst, k, from) ? EXPECT_ACCEPT
							 : EXPECT_DROP;
}

static void say_packet(const struct policy *p, const struct eval_packet *k)
{
	const struct binding *src = owner_of(p, k, &k->saddr);
	const struct binding *dst = owner_of(p, k, &k->daddr);
	char from[ADDR_TEXT], to[ADDR_TEXT];

	print_error("\"%s\" %s (%.*s) -> \"%s\" %s (%.*s) proto %u %u -> %u\n",
		    k->iif, addr_format(k->family, &k->saddr, from),
		    src ? (int)p->clients.v[src->client].name.n : 0,
		    src ? p->clients.v[src->client].name.p : "",
		    k->oif, addr_format(k->family, &k->daddr, to),
		    dst ? (int)p->clients.v[dst->client].name.n : 0,
		    dst ? p->clients.v[dst->client].name.p : "",
		    k->proto, k->sport, k->dport);
}

static void check_packets(const struct world *w, struct rng *rng,
			  const struct ruleset *rs, unsigned int *accepted)
{
	struct eval_packet k;
	enum expected want;
	unsigned int i;
	bool got;

	for (i = 0; i < PACKETS; i++) {
		world_packet(w, rng, &k);
		want = expect(&w->policy, &k);
		got = eval_route(rs, &k);
		*accepted += got;
		if (want == EXPECT_ANY || got == (want == EXPECT_ACCEPT))
			continue;
		say_packet(&w->policy, &k);
		fail_msg("%s, wanted %s", got ? "accepted" : "dropped",
			 want == EXPECT_ACCEPT ? "accept" : "drop");
	}
}

static void the_ruleset_judges_as_the_policy_does(void **state)
{
	unsigned int i, accepted = 0;
	struct ruleset rs;
	struct world w;
	char *refusal;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		lower_policy(&w.policy, &rs);
		refusal = eval_refusal(&rs);
		if (refusal)
			fail_msg("world %u: %s", i, refusal);
		check_packets(&w, &rng, &rs, &accepted);
		ruleset_fini(&rs);
		world_fini(&w);
	}
	/* neither of the two has fallen asleep */
	assert_in_range(accepted, WORLDS * PACKETS / 10,
			WORLDS * PACKETS * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ruleset_judges_as_the_policy_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
