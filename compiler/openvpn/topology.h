/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Option "topology": how a server with "dev tun" assigns addresses.
 */
#pragma once

enum topology {
	TOPOLOGY_NET30,		/* OpenVPN's default up to 2.6 */
	TOPOLOGY_P2P,
	TOPOLOGY_SUBNET,	/* also with dev tap */
};

/* "net30", "p2p", "subnet"; 0 or -EINVAL. */
int topology_parse(const char *text, enum topology *out);
const char *topology_name(enum topology topology);
