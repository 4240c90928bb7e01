/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a server with "dev tun" gives addresses (its option "topology").
 */
#pragma once

enum topology {
	TOPOLOGY_NET30,		/* OpenVPN's default up to 2.6 */
	TOPOLOGY_P2P,
	TOPOLOGY_SUBNET,	/* and every dev tap */
};

/* "net30", "p2p", "subnet"; 0 or -EINVAL. */
int topology_parse(const char *text, enum topology *out);
