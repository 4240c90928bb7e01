/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/device.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "compiler/mem.h"

static bool is_meant(const char *dev, const char *name)
{
	size_t n = strlen(dev);

	if (n && dev[n - 1] == '*')
		return !strncmp(dev, name, n - 1);
	return !strcmp(dev, name);
}

/* "ovpn-dco-v2", "ovpn"; a tun device's is "tun". */
static bool has_dco_driver(const char *name, void *unused)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (char *)&info };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool dco;

	(void)unused;
	if (sock < 0)
		return false;
	memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	dco = !ioctl(sock, SIOCETHTOOL, &request) &&
	      !strncmp(info.driver, "ovpn", 4);
	close(sock);
	return dco;
}

static bool has_master(const char *name, void *unused)
{
	char *path = mem_printf("/sys/class/net/%s/brport", name);
	bool found = !access(path, F_OK);

	(void)unused;
	free(path);
	return found;
}

/* Does TEST hold for any that is there?  *SEEN: how many these are. */
static bool any_device(const char *dev, bool (*test)(const char *, void *),
		       void *arg, unsigned int *seen)
{
	struct if_nameindex *list = if_nameindex(), *i;
	bool found = false;

	*seen = 0;
	for (i = list; i && i->if_index && !found; i++) {
		if (!is_meant(dev, i->if_name))
			continue;
		*seen += 1;
		found = test(i->if_name, arg);
	}
	if (list)
		if_freenameindex(list);
	return found;
}

bool device_is_dco(const char *dev)
{
	unsigned int seen;

	return any_device(dev, has_dco_driver, NULL, &seen);
}

bool device_is_bridged(const char *dev)
{
	unsigned int seen;

	return any_device(dev, has_master, NULL, &seen);
}

bool sysctl_is(const char *path, long value)
{
	char *full = mem_printf("/proc/sys/%s", path);
	FILE *file = fopen(full, "re");
	long found;
	bool equal;

	free(full);
	if (!file)
		return false;
	equal = fscanf(file, "%ld", &found) == 1 && found == value;
	fclose(file);
	return equal;
}

struct wanted {
	const char *folder, *file;
	long value;
};

static bool has_value(const char *name, void *arg)
{
	const struct wanted *w = arg;
	char *path = mem_printf("%s/%s/%s", w->folder, name, w->file);
	bool found = sysctl_is(path, w->value);

	free(path);
	return found;
}

bool device_sysctl_is(const char *folder, const char *dev, const char *file,
		      long value)
{
	struct wanted w = { folder, file, value };
	unsigned int seen;
	bool found = any_device(dev, has_value, &w, &seen);

	return seen ? found : has_value("default", &w);
}
