/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/server/inside.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "cli/host_devs.h"
#include "cli/server/interfaces.h"

struct checking {
	struct conf *conf;
	struct diag *d;
	int r;
};

/* An address and its interface. */
struct own {
	const char *dev;
	struct prefix host;
	struct prefix net;	/* what is connected: with a peer, the peer's */
};

static unsigned int mask_bits(const struct prefix *mask)
{
	unsigned int n = 0, all = family_bits(mask->family);

	while (n < all && mask->addr.b[n / 8] & (0x80 >> n % 8))
		n++;
	return n;
}

static bool read_own(const struct ifaddrs *i, char *dev, struct own *out)
{
	const struct sockaddr *peer = i->ifa_flags & IFF_POINTOPOINT
		? i->ifa_dstaddr : NULL;
	struct prefix mask;

	if (i->ifa_flags & IFF_LOOPBACK ||
	    !host_devs_address(i->ifa_addr, &out->host))
		return false;
	/* a label such as "eth1:0" is an address of eth1 */
	snprintf(dev, IF_NAMESIZE, "%.*s", (int)strcspn(i->ifa_name, ":"),
		 i->ifa_name);
	out->dev = dev;
	if (!host_devs_address(peer, &out->net))
		out->net = out->host;
	if (host_devs_address(i->ifa_netmask, &mask))
		out->net.len = (uint8_t)mask_bits(&mask);
	prefix_mask(&out->net);
	return true;
}

static bool is_inside(const struct ipsec *ipsec, const char *dev)
{
	char *const *name;

	vec_each(name, &ipsec->inside)
		if (conf_dev_matches(*name, dev))
			return true;
	return false;
}

/* Packets of a VPN's interface are its clients', whatever their addresses. */
static bool is_vpn(const struct conf *conf, const char *dev)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (!in->ipsec && in->dev && conf_dev_matches(in->dev, dev))
			return true;
	return false;
}

static void refuse(struct checking *x, struct instance *in, size_t net,
		   const struct own *own)
{
	const struct prefix *held = &in->ipsec->clients.v[net];
	const struct prefix *ours = prefix_covers(held, &own->net) ? &own->net
								   : &own->host;
	struct loc at = in->ipsec->clients_at.v[net];
	char text[ADDR_TEXT], text2[ADDR_TEXT];

	x->r = diag_error(x->d, at, -EINVAL,
			  "%s holds %s, %s of this machine on %s",
			  prefix_format(held, text),
			  prefix_format(ours, text2),
			  prefix_is_host(ours) ? "an address" : "a network",
			  own->dev);
	diag_note(x->d, in->at,
		  "if clients and hosts on %s share it, write here: inside = \"%s\"",
		  own->dev, own->dev);
	if (!in->bad)
		in->bad_at = at;
	in->bad = true;
	vec_push(&in->ipsec->inside, mem_copy(own->dev));
}

static void check_section(struct checking *x, struct instance *in,
			  const struct own *own)
{
	const struct prefix *net;

	if (!in->ipsec || is_inside(in->ipsec, own->dev) ||
	    is_vpn(x->conf, own->dev))
		return;
	vec_each(net, &in->ipsec->clients)
		if (prefix_covers(net, &own->net) ||
		    prefix_covers(net, &own->host)) {
			refuse(x, in, (size_t)(net - in->ipsec->clients.v),
			       own);
			return;
		}
}

/* Not every kernel tells. */
static void check_xfrm(void *arg, const char *name, const char *driver)
{
	struct checking *x = arg;
	struct instance *in;
	char *const *dev;

	if (!*driver || !strcmp(driver, "xfrm"))
		return;
	vec_each(in, &x->conf->instances) {
		if (!in->ipsec)
			continue;
		vec_each(dev, &in->ipsec->xfrm) {
			if (!conf_dev_matches(*dev, name))
				continue;
			x->r = diag_error(x->d, in->at, -EINVAL,
					  "xfrm of \"%s\" means %s, which is no xfrm interface: what leaves there is in no tunnel",
					  in->name, name);
			if (!in->bad)
				in->bad_at = in->at;
			in->bad = true;
		}
	}
}

int inside_check(struct conf *conf, struct diag *d)
{
	struct checking x = { .conf = conf, .d = d };
	struct ifaddrs *list = NULL, *i;
	char dev[IF_NAMESIZE];
	struct instance *in;
	struct own own;

	if (!conf_has_ipsec(conf))
		return 0;
	if (getifaddrs(&list))
		diag_warn(d, LOC_NONE,
			  "cannot read the addresses of this machine: %s: an ipsec section may hold one",
			  strerror(errno));
	for (i = list; i; i = i->ifa_next) {
		if (!read_own(i, dev, &own))
			continue;
		vec_each(in, &conf->instances)
			check_section(&x, in, &own);
	}
	if (list)
		freeifaddrs(list);
	interfaces_each(check_xfrm, &x);
	return x.r;
}
