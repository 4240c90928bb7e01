/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/server/interfaces.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

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
