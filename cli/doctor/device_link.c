/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/doctor/device_link.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One line of /proc/net/route or ipv6_route. */
struct route {
	char dev[IFNAMSIZ];
	struct prefix net;
};

static bool read_route4(const char *line, struct route *out)
{
	unsigned int net, mask;

	if (sscanf(line, "%15s %x %*x %*x %*d %*d %*d %x", out->dev, &net,
		   &mask) != 3)
		return false;
	out->net = prefix_ip4(ntohl(net),
			      (unsigned int)__builtin_popcount(mask));
	return true;
}

static bool read_route6(const char *line, struct route *out)
{
	unsigned int len, byte, i;

	out->net = (struct prefix){ .family = FAMILY_IP6 };
	for (i = 0; i < 16; i++) {
		if (sscanf(line + 2 * i, "%2x", &byte) != 1)
			return false;
		out->net.addr.b[i] = (uint8_t)byte;
	}
	if (sscanf(line + 32, "%x %*s %*x %*s %*x %*x %*x %*x %15s", &len,
		   out->dev) != 2 || len > 128)
		return false;
	out->net.len = (uint8_t)len;
	return true;
}

static bool leads_to(const struct route *r, const char *dev,
		     const struct prefix *net)
{
	return conf_dev_matches(dev, r->dev) && (r->net.len || !net->len) &&
	       (prefix_covers(&r->net, net) || prefix_covers(net, &r->net));
}

bool device_has_route(const char *dev, const struct prefix *net)
{
	bool ip6 = net->family == FAMILY_IP6, found = false;
	FILE *file = fopen(ip6 ? "/proc/net/ipv6_route" : "/proc/net/route",
			   "re");
	struct route r;
	char line[512];

	while (file && !found && fgets(line, sizeof(line), file))
		found = (ip6 ? read_route6(line, &r) : read_route4(line, &r)) &&
			leads_to(&r, dev, net);
	if (file)
		fclose(file);
	return found;
}

static bool ask(int sock, const char *name, unsigned long what,
		struct ifreq *out)
{
	*out = (struct ifreq){ 0 };
	memcpy(out->ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	return !ioctl(sock, what, out);
}

/* Call EACH for every interface that is up, with its MTU. */
static void each_link(void (*each)(void *arg, const char *name, long mtu),
		      void *arg)
{
	struct if_nameindex *list = if_nameindex(), *i;
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq flags, mtu;

	for (i = list; i && i->if_index; i++)
		if (ask(sock, i->if_name, SIOCGIFFLAGS, &flags) &&
		    flags.ifr_flags & IFF_UP &&
		    !(flags.ifr_flags & IFF_LOOPBACK) &&
		    ask(sock, i->if_name, SIOCGIFMTU, &mtu))
			each(arg, i->if_name, mtu.ifr_mtu);
	if (list)
		if_freenameindex(list);
	if (sock >= 0)
		close(sock);
}

struct largest {
	const char *dev;
	long mtu;
};

static void take_larger(void *arg, const char *name, long mtu)
{
	struct largest *l = arg;

	if (conf_dev_matches(l->dev, name) && mtu > l->mtu)
		l->mtu = mtu;
}

long device_mtu(const char *dev)
{
	struct largest l = { .dev = dev };

	each_link(take_larger, &l);
	return l.mtu;
}

struct smallest {
	const struct conf *conf;
	char *link;
	long mtu;
};

static void take_smaller(void *arg, const char *name, long mtu)
{
	struct smallest *s = arg;
	const struct instance *in;

	vec_each(in, &s->conf->instances)
		if (!in->ipsec && in->dev && conf_dev_matches(in->dev, name))
			return;
	if (s->mtu && mtu >= s->mtu)
		return;
	s->mtu = mtu;
	strcpy(s->link, name);
}

long device_smallest_link(const struct conf *conf, char link[static IFNAMSIZ])
{
	struct smallest s = { .conf = conf, .link = link };

	each_link(take_smaller, &s);
	return s.mtu;
}
