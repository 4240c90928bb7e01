/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/topology.h"

#include <errno.h>
#include <string.h>

static const char *const names[] = {
	[TOPOLOGY_NET30] = "net30",
	[TOPOLOGY_P2P] = "p2p",
	[TOPOLOGY_SUBNET] = "subnet",
};

const char *topology_name(enum topology topology)
{
	return names[topology];
}

int topology_parse(const char *text, enum topology *out)
{
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(text, names[i]))
			continue;
		*out = (enum topology)i;
		return 0;
	}
	return -EINVAL;
}
