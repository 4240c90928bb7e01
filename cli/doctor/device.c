/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/doctor/device.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/host_devs.h"
#include "cli/server/interfaces.h"
#include "compiler/base/dir.h"
#include "compiler/conf/conf.h"

static bool is_in_vrf(const char *name, const void *unused)
{
	char *vrf;
	bool found = host_dev_find(name, &vrf) && vrf;

	(void)unused;
	free(vrf);
	return found;
}

/* Does the interface have this file in /sys/class/net? */
static bool has_file(const char *name, const void *file)
{
	char *path = mem_printf("/sys/class/net/%s/%s", name,
				(const char *)file);
	bool found = !access(path, F_OK);

	free(path);
	return found;
}

/* Is TEST true for an existing interface? *SEEN: their number. */
static bool any_device(const char *dev, bool (*test)(const char *, const void *),
		       const void *arg, unsigned int *seen)
{
	struct if_nameindex *list = if_nameindex(), *i;
	bool found = false;

	*seen = 0;
	for (i = list; i && i->if_index && !found; i++) {
		if (!conf_dev_matches(dev, i->if_name))
			continue;
		*seen += 1;
		found = test(i->if_name, arg);
	}
	if (list)
		if_freenameindex(list);
	return found;
}

bool device_is_in_vrf(const char *dev)
{
	unsigned int seen;

	return any_device(dev, is_in_vrf, NULL, &seen);
}

bool device_is_bridged(const char *dev)
{
	unsigned int seen;

	return any_device(dev, has_file, "brport", &seen);
}

bool device_is_bridge(const char *dev)
{
	unsigned int seen;

	return any_device(dev, has_file, "bridge", &seen);
}

/* False: it cannot be read. */
static bool read_number(const char *path, long *out)
{
	FILE *file = fopen(path, "re");
	bool good = file && fscanf(file, "%ld", out) == 1;

	if (file)
		fclose(file);
	return good;
}

static bool file_is(const char *path, long value)
{
	long found;

	return read_number(path, &found) && found == value;
}

bool sysctl_is(const char *path, long value)
{
	char *full = mem_printf("/proc/sys/%s", path);
	bool equal = file_is(full, value);

	free(full);
	return equal;
}

bool sysctl_is_positive(const char *path)
{
	char *full = mem_printf("/proc/sys/%s", path);
	long found;
	bool positive = read_number(full, &found) && found > 0;

	free(full);
	return positive;
}

/* A bridge that does not pass its packets to IP rules, neither by its own
 * setting nor by the one for all bridges. */
static bool is_silent_bridge(const char *name, const void *unused)
{
	char *own = mem_printf("/sys/class/net/%s/bridge/nf_call_iptables",
			       name);
	bool silent = has_file(name, "bridge") && !file_is(own, 1);

	(void)unused;
	free(own);
	return silent;
}

bool device_is_silent_bridge(const char *dev)
{
	unsigned int seen;

	return !sysctl_is("net/bridge/bridge-nf-call-iptables", 1) &&
	       any_device(dev, is_silent_bridge, NULL, &seen);
}

/* A bridge that passes its packets to IP rules. */
static bool is_asking_bridge(const char *name, const void *unused)
{
	return has_file(name, "bridge") &&
	       (sysctl_is("net/bridge/bridge-nf-call-iptables", 1) ||
		!is_silent_bridge(name, unused));
}

bool device_is_asking_bridge(const char *dev)
{
	unsigned int seen;

	return any_device(dev, is_asking_bridge, NULL, &seen);
}

/* Only the devices of tun and tap have "tun_flags". */
static bool bridges_hosts(const char *name, const void *unused)
{
	char *path = mem_printf("/sys/class/net/%s/brif", name);
	bool found = false;
	struct dir ports;
	char **port;

	(void)unused;
	if (!dir_read(path, &ports)) {
		vec_each(port, &ports.names)
			found = found || !has_file(*port, "tun_flags");
		dir_fini(&ports);
	}
	free(path);
	return found;
}

bool device_bridges_hosts(const char *dev)
{
	unsigned int seen;

	return any_device(dev, bridges_hosts, NULL, &seen);
}

struct wanted {
	const char *folder, *file;
	long value;
};

static bool has_value(const char *name, const void *arg)
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
