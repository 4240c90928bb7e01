/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/server/interfaces.h"

#include <net/if.h>
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
static bool is_dco(const char *driver)
{
	return !strncmp(driver, "ovpn", 4);
}

static bool is_tunnel(const char *driver)
{
	return !strcmp(driver, "tun") || is_dco(driver) ||
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

bool interfaces_have(const struct compile *c, const struct instance *in)
{
	const struct tundev_seen *seen;
	struct tundev t;

	vec_each(seen, &c->devs.seen) {
		if (!tundev_means(in->dev, seen->name))
			continue;
		t = tundev_judge(&c->devs, seen->name);
		if (t.kind == TUNDEV_UNCLAIMED ||
		    (t.kind == TUNDEV_SERVER &&
		     str_equal(c->devs.servers.v[t.server].name,
			       str_of(in->name))))
			return true;
	}
	return false;
}

static bool is_in_range(const struct prefix *a, const struct addr *first,
			const struct addr *last)
{
	size_t n = family_bytes(a->family);

	return memcmp(first->b, a->addr.b, n) <= 0 &&
	       memcmp(a->addr.b, last->b, n) <= 0;
}

/* The server whose network A is in; NULL: none. */
static const struct instance *server_of(const struct conf *conf,
					const struct prefix *a)
{
	const struct instance *in;
	bool four = a->family == FAMILY_IP4;

	vec_each(in, &conf->instances) {
		if (in->ipsec || !in->dev)
			continue;
		if (four ? in->has_own && is_in_range(a, &in->own, &in->own)
			 : in->has_own6 && is_in_range(a, &in->own6, &in->own6))
			return in;
		if (four ? in->has_net && is_in_range(a, &in->net_first,
						      &in->net_last)
			 : in->has_net6 && is_in_range(a, &in->net6_first,
						       &in->net6_last))
			return in;
	}
	return NULL;
}

void interfaces_find_stray(const struct compile *c,
			   void (*found)(void *arg, const struct instance *in,
					 const char *name), void *arg)
{
	const struct tundev_seen *seen;
	const struct instance *in;
	const struct prefix *a;
	char driver[INTERFACE_DRIVER];
	enum tundev_kind kind;

	vec_each(seen, &c->devs.seen) {
		in = NULL;
		vec_each(a, &seen->addresses)
			in = in ? in : server_of(&c->load.conf, a);
		if (!in)
			continue;
		interface_driver(seen->name.p, driver);
		if (!is_tunnel(driver))
			continue;
		kind = tundev_judge(&c->devs, seen->name).kind;
		if (kind == TUNDEV_OTHER || kind == TUNDEV_FOREIGN)
			found(arg, in, seen->name.p);
	}
}

void interfaces_each(void (*found)(void *arg, const char *name,
				   const char *driver), void *arg)
{
	struct if_nameindex *list = if_nameindex(), *i;
	char driver[INTERFACE_DRIVER];

	for (i = list; i && i->if_index; i++) {
		interface_driver(i->if_name, driver);
		found(arg, i->if_name, driver);
	}
	if (list)
		if_freenameindex(list);
}

struct dco {
	const char *dev;
	bool found;
};

static void look_for_dco(void *arg, const char *name, const char *driver)
{
	struct dco *x = arg;

	x->found |= is_dco(driver) && conf_dev_matches(x->dev, name);
}

bool interfaces_dco(const struct instance *in, const char *dev)
{
	struct dco x = { dev ? dev : in->dev, in->dco };

	if (!x.found && !in->no_dco && !in->tap && !in->ipsec && x.dev)
		interfaces_each(look_for_dco, &x);
	return x.found;
}

struct unnamed {
	const struct conf *conf;
	void (*found)(void *arg, const char *name);
	void *arg;
};

static void look_for_unnamed(void *arg, const char *name, const char *driver)
{
	const struct unnamed *x = arg;

	if (!is_named(x->conf, name) && is_tunnel(driver))
		x->found(x->arg, name);
}

void interfaces_find_unnamed(const struct conf *conf,
			     void (*found)(void *arg, const char *name),
			     void *arg)
{
	interfaces_each(look_for_unnamed,
			&(struct unnamed){ conf, found, arg });
}

/* Rather one that does not tell its own address. */
static const struct instance *meant_by(const struct conf *conf,
				       struct str name)
{
	const struct instance *in, *found = NULL;

	vec_each(in, &conf->instances)
		if (!in->ipsec && in->dev && tundev_means(in->dev, name) &&
		    (!found || (found->has_own | found->has_own6)))
			found = in;
	return found;
}

void interfaces_find_disputed(const struct compile *c,
			      void (*found)(void *arg, const struct instance *in,
					    const char *name, bool foreign),
			      void *arg)
{
	const struct tundev_seen *seen;
	const struct instance *in;
	enum tundev_kind kind;

	vec_each(seen, &c->devs.seen) {
		kind = tundev_judge(&c->devs, seen->name).kind;
		in = meant_by(&c->load.conf, seen->name);
		if (in && seen->addresses.n && tundev_is_pattern(in->dev) &&
		    (kind == TUNDEV_FOREIGN || kind == TUNDEV_UNCLAIMED))
			found(arg, in, seen->name.p, kind == TUNDEV_FOREIGN);
	}
}

const char *interface_dispute(const struct instance *in, const char *name,
			      bool foreign, char text[static INTERFACE_TEXT])
{
	if (foreign)
		snprintf(text, INTERFACE_TEXT,
			 "%s has no address of a server, but dev %s of \"%s\" means it, too: it is left alone",
			 name, in->dev, in->name);
	else
		snprintf(text, INTERFACE_TEXT,
			 "%s may be the interface of \"%s\", dev %s: nothing passes there until a hook names it",
			 name, in->name, in->dev);
	return text;
}

static void say_disputed(void *arg, const struct instance *in,
			 const char *name, bool foreign)
{
	char text[INTERFACE_TEXT];

	diag_warn(arg, in->at, "%s",
		  interface_dispute(in, name, foreign, text));
}

void interfaces_say_disputed(const struct compile *c, struct diag *d)
{
	interfaces_find_disputed(c, say_disputed, d);
}
