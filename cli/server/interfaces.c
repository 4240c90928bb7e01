/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/server/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "compiler/model/tundev.h"

void interface_driver(const char *name, char out[static INTERFACE_DRIVER])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (char *)&info };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	out[0] = '\0';
	if (sock < 0)
		return;
	memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (!ioctl(sock, SIOCETHTOOL, &request))
		snprintf(out, INTERFACE_DRIVER, "%s", info.driver);
	close(sock);
}

/* "ovpn-dco-v2" is the module of OpenVPN 2.6. */
static bool is_tunnel(const char *name)
{
	char driver[INTERFACE_DRIVER];

	interface_driver(name, driver);
	return !strcmp(driver, "tun") || !strncmp(driver, "ovpn", 4) ||
	       !strcmp(driver, "wireguard");
}

static bool is_named(const struct conf *conf, const char *name)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (in->dev && conf_dev_matches(in->dev, name))
			return true;
	return false;
}

bool interfaces_have(const char *dev)
{
	struct if_nameindex *list = if_nameindex(), *i;
	bool found = false;

	for (i = list; i && i->if_index && !found; i++)
		found = conf_dev_matches(dev, i->if_name);
	if (list)
		if_freenameindex(list);
	return found;
}

void interfaces_find_unnamed(const struct conf *conf,
			     void (*found)(void *arg, const char *name),
			     void *arg)
{
	struct if_nameindex *list = if_nameindex(), *i;

	for (i = list; i && i->if_index; i++)
		if (!is_named(conf, i->if_name) && is_tunnel(i->if_name))
			found(arg, i->if_name);
	if (list)
		if_freenameindex(list);
}

static void add_own(struct tundev_server *s, unsigned int family,
		    const struct addr *own)
{
	vec_push(&s->own, ((struct prefix){
		.family = (uint8_t)family,
		.len = (uint8_t)family_bits(family), .addr = *own }));
}

static void add_servers(const struct conf *conf, struct tundev_facts *out)
{
	const struct instance *in;
	struct tundev_server *s;

	vec_each(in, &conf->instances) {
		if (in->ipsec || !in->dev)
			continue;
		s = vec_add(&out->servers);
		*s = (struct tundev_server){
			.name = str_of(in->name), .dev = in->dev,
		};
		if (in->has_own)
			add_own(s, FAMILY_IP4, &in->own);
		if (in->has_own6)
			add_own(s, FAMILY_IP6, &in->own6);
	}
}

struct interface_names {
	VEC(char *) list;
};

/* A label such as "tun0:1" is an address of tun0. */
static struct tundev_seen *seen_of(struct tundev_facts *f,
				   struct interface_names *names,
				   const char *name)
{
	struct str plain = { name, strcspn(name, ":") };
	struct tundev_seen *seen;

	vec_each(seen, &f->seen)
		if (str_equal(seen->name, plain))
			return seen;
	vec_push(&names->list, mem_dup(plain.p, plain.n));
	seen = vec_add(&f->seen);
	*seen = (struct tundev_seen){
		.name = str_of(names->list.v[names->list.n - 1]),
	};
	return seen;
}

/* The kernel gives each interface its link-local address itself. */
static bool read_address(const struct sockaddr *a, struct prefix *out)
{
	const struct sockaddr_in *in4 = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;

	*out = (struct prefix){ 0 };
	if (a && a->sa_family == AF_INET) {
		*out = prefix_ip4(ntohl(in4->sin_addr.s_addr), 32);
		return true;
	}
	if (!a || a->sa_family != AF_INET6 ||
	    IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		return false;
	out->family = FAMILY_IP6;
	out->len = 128;
	memcpy(out->addr.b, &in6->sin6_addr, sizeof(out->addr.b));
	return true;
}

/* The servers of CONF and what exists.  CONF lends the text of the servers,
 * NAMES owns that of the interfaces: free it after the facts. */
static void read_facts(const struct conf *conf, struct tundev_facts *out,
		       struct interface_names *names)
{
	struct ifaddrs *list = NULL, *i;
	struct tundev_seen *seen;
	struct prefix net;

	*out = (struct tundev_facts){ 0 };
	*names = (struct interface_names){ 0 };
	add_servers(conf, out);
	if (getifaddrs(&list))
		return;
	for (i = list; i; i = i->ifa_next) {
		seen = seen_of(out, names, i->ifa_name);
		if (read_address(i->ifa_addr, &net))
			vec_push(&seen->addresses, net);
	}
	freeifaddrs(list);
}

static void names_fini(struct interface_names *names)
{
	char **name;

	vec_each(name, &names->list)
		free(*name);
	vec_fini(&names->list);
}

static const struct instance *meant_by(const struct conf *conf,
				       struct str name)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (!in->ipsec && in->dev && tundev_means(in->dev, name))
			return in;
	return NULL;
}

/* What hooks have named need not be asked: it has an address of its server. */
void interfaces_find_foreign(const struct conf *conf,
			     void (*found)(void *arg, const struct instance *in,
					   const char *name),
			     void *arg)
{
	struct interface_names names;
	struct tundev_facts facts;
	const struct tundev_seen *seen;

	read_facts(conf, &facts, &names);
	vec_each(seen, &facts.seen)
		if (tundev_judge(&facts, seen->name).kind == TUNDEV_FOREIGN)
			found(arg, meant_by(conf, seen->name), seen->name.p);
	tundev_fini(&facts);
	names_fini(&names);
}

static void say_foreign(void *arg, const struct instance *in, const char *name)
{
	diag_warn(arg, in->at,
		  "%s has no address of a server, but dev %s of \"%s\" means it, too: write its number, as in dev tun0",
		  name, in->dev, in->name);
}

void interfaces_say_foreign(const struct conf *conf, struct diag *d)
{
	interfaces_find_foreign(conf, say_foreign, d);
}
