/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client has at its end of the tunnel: an address, a network behind it,
 * or, for dev tap, a hardware address.
 */
#pragma once

#include "compiler/base/prefix.h"

#define MAC_TEXT 18

struct endpoint {
	bool is_mac;
	uint8_t mac[6];		/* zero unless IS_MAC */
	struct prefix net;	/* zero if IS_MAC */
};

/*
 * One that OpenVPN has printed, with nothing before or after: as for
 * prefix_parse, or "6e:eb:a3:8d:66:69", from 2.5 on with "@" and the VLAN
 * behind it, which says nothing about the client.  0 or -EINVAL.
 */
int endpoint_parse(struct str text, struct endpoint *out);

/* Returns BUF. */
const char *endpoint_format(const struct endpoint *e,
			    char buf[static ADDR_TEXT]);
const char *mac_format(const uint8_t mac[static 6], char buf[static MAC_TEXT]);

/* Prefixes in the order of prefix_cmp, then hardware addresses. */
int endpoint_cmp(const struct endpoint *a, const struct endpoint *b);
