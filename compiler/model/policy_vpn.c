/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/policy.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/model/tundev.h"

void policy_add_dev(struct vpn *vpn, struct str name)
{
	vec_push(&vpn->devs, ((struct vpn_dev){
		.name = mem_dup(name.p, name.n) }));
}

static const struct vpn_dev *find_dev(const struct vpn *vpn, const char *name)
{
	const struct vpn_dev *dev;

	vec_each(dev, &vpn->devs)
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

bool policy_has_dev(const struct vpn *vpn, const char *name)
{
	return find_dev(vpn, name);
}

static bool same_vrf(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a == !b;
}

bool policy_has_dev_in(const struct vpn *vpn, const char *name,
		       const char *vrf)
{
	const struct vpn_dev *dev = find_dev(vpn, name);

	return dev && same_vrf(dev->vrf, vrf);
}

/* The I-th interface in a VRF of an open server. */
static const char *nth_vrf(const struct policy *p, size_t i)
{
	const struct vpn_dev *dev;
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		vec_each(dev, &vpn->devs)
			if (!vpn->shut && dev->vrf && !i--)
				return dev->vrf;
	return NULL;
}

const char *policy_next_vrf(const struct policy *p, size_t *i)
{
	const char *vrf;
	size_t before;

	while ((vrf = nth_vrf(p, (*i)++))) {
		for (before = 0; strcmp(nth_vrf(p, before), vrf); before++)
			;
		if (before + 1 == *i)
			return vrf;
	}
	return NULL;
}

static bool same_devs(const struct vpn *a, const struct vpn *b)
{
	size_t i;

	if (a->devs.n != b->devs.n)
		return false;
	for (i = 0; i < a->devs.n; i++)
		if (strcmp(a->devs.v[i].name, b->devs.v[i].name) ||
		    !same_vrf(a->devs.v[i].vrf, b->devs.v[i].vrf))
			return false;
	return true;
}

bool policy_same_devs(const struct policy *a, const struct policy *b)
{
	size_t i;

	if (a->vpns.n != b->vpns.n || a->others.n != b->others.n)
		return false;
	for (i = 0; i < a->vpns.n; i++)
		if (!same_devs(&a->vpns.v[i], &b->vpns.v[i]))
			return false;
	for (i = 0; i < a->others.n; i++)
		if (strcmp(a->others.v[i], b->others.v[i]))
			return false;
	return true;
}

struct vpn *policy_add_vpn(struct policy *p, struct str server, struct str dev,
			   bool tap, const struct ipsec *ipsec)
{
	struct vpn *vpn = vec_add(&p->vpns);

	*vpn = (struct vpn){
		.server = mem_dup(server.p, server.n),
		.tap = tap, .ipsec = ipsec_copy(ipsec),
	};
	vpn->dev = ipsec ? mem_copy(VPN_NO_DEV) : mem_dup(dev.p, dev.n);
	if (!ipsec && !tundev_is_pattern(vpn->dev))
		policy_add_dev(vpn, dev);
	return vpn;
}

void policy_add_shut(struct policy *p, const struct vpn *vpn)
{
	struct vpn *shut = policy_add_vpn(p, str_of(vpn->server),
					  str_of(vpn->dev), vpn->tap,
					  vpn->ipsec);
	const struct vpn_dev *dev;

	shut->shut = true;
	vec_each(dev, &vpn->devs) {
		if (!policy_has_dev(shut, dev->name))
			policy_add_dev(shut, str_of(dev->name));
		if (dev->vrf)
			shut->devs.v[shut->devs.n - 1].vrf = mem_copy(dev->vrf);
	}
}

/* The only OpenVPN server; -1: there is none, or several. */
static int only_vpn(const struct policy *p)
{
	const struct vpn *vpn;
	int found = -1;

	vec_each(vpn, &p->vpns) {
		if (vpn->ipsec)
			continue;
		if (found >= 0)
			return -1;
		found = (int)(vpn - p->vpns.v);
	}
	return found;
}

int policy_vpn_of(const struct policy *p, struct str server)
{
	const struct vpn *vpn;

	if (!server.n || str_equal(server, STR("-")))
		return only_vpn(p);
	vec_each(vpn, &p->vpns)
		if (str_equal(str_of(vpn->server), server))
			return (int)(vpn - p->vpns.v);
	return -1;
}

bool policy_is_astray(const struct policy *p, const struct binding *b)
{
	return b->source == BINDING_LIVE && p->vpns.n && !b->away &&
	       policy_vpn_of(p, b->instance) < 0;
}

static bool has_net(const struct ipsec *ipsec, const struct prefix *net)
{
	const struct prefix *other;

	vec_each(other, &ipsec->clients)
		if (!prefix_cmp(other, net))
			return true;
	return false;
}

static bool has_inside(const struct ipsec *ipsec, const char *name)
{
	char *const *other;

	vec_each(other, &ipsec->inside)
		if (!strcmp(*other, name))
			return true;
	return false;
}

/* All networks, and on all interfaces that B does not leave out. */
static bool covers_tunnels(const struct ipsec *a, const struct ipsec *b)
{
	const struct prefix *net;
	char *const *name;

	vec_each(net, &b->clients)
		if (!has_net(a, net))
			return false;
	vec_each(name, &a->inside)
		if (!has_inside(b, *name))
			return false;
	return true;
}

static bool covers(const struct vpn *a, const struct vpn *b)
{
	if (!a->ipsec || !b->ipsec)
		return !a->ipsec && !b->ipsec && !strcmp(a->dev, b->dev);
	return covers_tunnels(a->ipsec, b->ipsec);
}

bool policy_covers(const struct policy *p, const struct vpn *vpn)
{
	const struct vpn *other;

	vec_each(other, &p->vpns)
		if (covers(other, vpn))
			return true;
	return false;
}
