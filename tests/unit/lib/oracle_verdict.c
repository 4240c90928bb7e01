/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/oracle_verdict.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/model/verdict.h"

/* One end of a packet, by the way it comes (or goes). */
struct side {
	bool vpn;		/* a client's */
	int index;		/* of the vpn */
	bool tap;
	const struct ipsec *ipsec;	/* whose tunnels it should be in */
	bool inside;		/* of IPSEC: not told from a forged one later */
	bool stray;		/* nobody's, in a tunnel of clients */
	const struct binding *owner;
	const struct eval_ipsec *through;
};

static bool name_fits(const char *dev, const char *name)
{
	size_t n = strlen(dev);

	if (dev[n - 1] == '*')
		return !strncmp(dev, name, n - 1);
	return !strcmp(dev, name);
}

/* An interface that a pattern means, and that is neither a server's nor another
 * program's. */
static bool is_unclaimed(const struct policy *p, const char *name)
{
	const struct vpn *vpn;
	bool meant = false;
	char *const *other;

	vec_each(vpn, &p->vpns) {
		meant |= vpn->dev[strlen(vpn->dev) - 1] == '*' &&
			 name_fits(vpn->dev, name);
		if (policy_has_dev(vpn, name))
			return false;
	}
	vec_each(other, &p->others)
		meant &= strcmp(*other, name) != 0;
	return meant;
}

static bool is_inner(const struct ipsec *ipsec, unsigned int family,
		     const struct addr *a)
{
	const struct prefix *net;

	vec_each(net, &ipsec->clients)
		if (net->family == family && prefix_contains(net, a))
			return true;
	return false;
}

static bool is_tunnel(const struct ipsec *ipsec,
		      const struct eval_ipsec *through)
{
	const struct prefix end = {
		.addr = through->end, .family = through->end_family,
		.len = (uint8_t)family_bits(through->end_family),
	};

	return through->there && ipsec_ends_at(ipsec, &end);
}

static bool is_inside(const struct ipsec *ipsec, const char *name)
{
	char *const *dev;

	vec_each(dev, &ipsec->inside)
		if (name_fits(*dev, name))
			return true;
	return false;
}

/* On whatever interface: in a tunnel, or where nobody else has such addresses. */
static bool is_of_tunnels(const struct ipsec *ipsec, const struct side *side,
			  const char *name)
{
	return *name && (side->through->there ||
			 (strcmp(name, "lo") && !is_inside(ipsec, name)));
}

static bool is_stray(const struct policy *p, const struct side *side,
		     const char *name)
{
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		if (vpn->ipsec && !vpn->ipsec->site_to_site && *name &&
		    is_tunnel(vpn->ipsec, side->through))
			return true;
	return false;
}

static struct side side_of(const struct policy *p, const struct eval_packet *k,
			   bool source)
{
	const struct addr *a = source ? &k->saddr : &k->daddr;
	struct side side = {
		.owner = policy_owner(p, k->family, a),
		.through = source ? &k->in : &k->out,
	};
	const char *name = source ? k->iif : k->oif;
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns) {
		if (vpn->ipsec ? !is_inner(vpn->ipsec, k->family, a) ||
				 !is_of_tunnels(vpn->ipsec, &side, name)
			       : !policy_has_dev(vpn, name))
			continue;
		side.vpn = true;
		side.index = (int)(vpn - p->vpns.v);
		side.tap = vpn->tap;
		side.ipsec = vpn->ipsec;
		side.inside = vpn->ipsec && is_inside(vpn->ipsec, name);
		return side;
	}
	side.stray = is_stray(p, &side, name);
	return side;
}

static struct service_key remote_service(const struct eval_packet *k, bool out)
{
	struct service_key key = {
		.known = true, .has_port = k->has_ports,
		.port = out ? k->dport : k->sport,
		.has_client_port = true,
		.client_port = out ? k->sport : k->dport,
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

static bool remote_verdict(const struct policy *p, const struct binding *owner,
			   const struct eval_packet *k, bool out)
{
	struct service_key key = remote_service(k, out);
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

/* Is it somebody's, and where it has to be?  STRICT: as iptables sees it. */
static bool is_in_place(const struct side *side, unsigned int family,
			bool strict)
{
	uint32_t reqid = side->owner ? side->owner->reqid : 0;

	if (!side->owner)
		return false;
	if (side->ipsec && !is_tunnel(side->ipsec, side->through))
		return false;
	/* for a tunnel of the other family there is no match */
	if (side->ipsec && strict && side->through->end_family != family)
		return false;
	if (!reqid || (!side->ipsec && !strict))
		return true;
	return side->through->there && side->through->reqid == reqid;
}

/* In place, and an open client that is connected to the server there. */
static bool is_at(const struct policy *p, const struct side *side,
		  unsigned int family, bool strict)
{
	return is_in_place(side, family, strict) &&
	       p->clients.v[side->owner->client].state == CLIENT_OPEN &&
	       policy_vpn_of(p, side->owner->instance) == side->index;
}

static bool nft_comes_in(const struct policy *p, const struct eval_packet *k,
			 const struct side *from, const struct side *to)
{
	if (!is_at(p, from, k->family, false) ||
	    (from->tap && !is_own_mac(p, from->owner, k->ether)))
		return false;
	return to->owner ? pair_verdict(p, from->owner, to->owner)
			 : remote_verdict(p, from->owner, k, true);
}

/* Whoever has a client's address must come by a VPN, or be ourselves. */
static bool nft_goes_out(const struct policy *p, const struct eval_packet *k,
			 const struct side *from, const struct side *to)
{
	if (!is_at(p, to, k->family, false))
		return false;
	if (!from->owner)
		return remote_verdict(p, to->owner, k, false);
	return ((from->vpn && !from->inside) || !*k->iif) &&
	       pair_verdict(p, from->owner, to->owner);
}

enum oracle oracle_nft(const struct policy *p, const struct eval_packet *k)
{
	struct side from = side_of(p, k, true), to = side_of(p, k, false);

	if (is_unclaimed(p, k->iif) || is_unclaimed(p, k->oif))
		return ORACLE_DROP;
	return !from.stray && !to.stray &&
	       (!from.vpn || nft_comes_in(p, k, &from, &to)) &&
	       (!to.vpn || nft_goes_out(p, k, &from, &to))
		? ORACLE_ACCEPT : ORACLE_DROP;
}

/* A client, wherever; but not in a tunnel of the other family, for which
 * iptables has no match. */
static bool is_client(const struct policy *p, const struct side *side)
{
	const struct ipsec *ipsec;
	int vpn;

	if (!side->owner)
		return false;
	vpn = policy_vpn_of(p, side->owner->instance);
	ipsec = vpn < 0 ? NULL : p->vpns.v[vpn].ipsec;
	return vpn >= 0 && (!ipsec || ipsec_has_family(ipsec, side->owner->net.family));
}

/* A packet comes in: the other end is a client by its address alone. */
static bool comes_in(const struct policy *p, const struct eval_packet *k,
		     const struct side *from, bool to_client)
{
	const struct side to = side_of(p, k, false);

	if (!is_at(p, from, k->family, true) ||
	    (from->tap && !is_own_mac(p, from->owner, k->ether)))
		return false;
	return to_client ? pair_verdict(p, from->owner, to.owner)
			 : remote_verdict(p, from->owner, k, true);
}

static bool goes_out(const struct policy *p, const struct eval_packet *k,
		     const struct side *to, bool by_vpn)
{
	const struct side from = side_of(p, k, true);

	if (!is_at(p, to, k->family, true))
		return false;
	if (!is_client(p, &from))
		return remote_verdict(p, to->owner, k, false);
	/* else it is forged */
	return by_vpn && pair_verdict(p, from.owner, to->owner);
}

static bool judge_mangle(const struct policy *p, const struct eval_packet *k,
			 const struct side *from, const struct side *to)
{
	return (!from->vpn || comes_in(p, k, from, is_client(p, to))) &&
	       (!to->vpn || goes_out(p, k, to, from->vpn && !from->inside));
}

/* Forwarded from VPN to VPN: once.  Sent by ourselves: never forged. */
static bool judge_filter(const struct policy *p, const struct eval_packet *k,
			 const struct side *from, const struct side *to)
{
	if (from->vpn)
		return (!to->vpn || is_at(p, to, k->family, true)) &&
		       comes_in(p, k, from, to->vpn);
	if (to->vpn && !*k->iif)
		return is_at(p, to, k->family, true) &&
		       remote_verdict(p, to->owner, k, false);
	return !to->vpn || goes_out(p, k, to, false);
}

enum oracle oracle_ipt(const struct policy *p, const struct eval_packet *k)
{
	struct side from = side_of(p, k, true), to = side_of(p, k, false);
	bool pass = p->ipt.table == TABLE_MANGLE
		? judge_mangle(p, k, &from, &to)
		: judge_filter(p, k, &from, &to);

	if (is_unclaimed(p, k->iif) || is_unclaimed(p, k->oif))
		return ORACLE_DROP;
	/* a tunnel of the other family cannot be told from others */
	pass &= !(from.stray && from.through->end_family == k->family) &&
		!(to.stray && to.through->end_family == k->family);
	return pass ? ORACLE_ACCEPT : ORACLE_DROP;
}

static bool is_astray(const struct policy *p, const struct side *side,
		      unsigned int family)
{
	return side->owner &&
	       (!is_client(p, side) || is_in_place(side, family, false) !=
				       is_in_place(side, family, true));
}

bool oracle_may_differ(const struct policy *p, const struct eval_packet *k)
{
	struct side from = side_of(p, k, true), to = side_of(p, k, false);

	return (!*k->iif && from.owner && to.vpn) ||
	       (from.stray && from.through->end_family != k->family) ||
	       (to.stray && to.through->end_family != k->family) ||
	       is_astray(p, &from, k->family) || is_astray(p, &to, k->family);
}

static void say_packet(const struct policy *p, const struct eval_packet *k)
{
	const struct binding *src = policy_owner(p, k->family, &k->saddr);
	const struct binding *dst = policy_owner(p, k->family, &k->daddr);
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

void oracle_compare(const struct policy *p, const struct eval_packet *k,
		    enum oracle wanted, bool accepted)
{
	if (accepted == (wanted == ORACLE_ACCEPT))
		return;
	say_packet(p, k);
	fail_msg("%s, wanted %s", accepted ? "accepted" : "dropped",
		 accepted ? "drop" : "accept");
}
