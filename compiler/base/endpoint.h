/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address of a client: an IP address, a network behind the client, or, with
 * dev tap, a hardware address.
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
 * Parse the whole of TEXT as OpenVPN prints it: as for prefix_parse, or
 * "6e:eb:a3:8d:66:69".  From 2.5 on "@" and a VLAN may follow, which are
 * ignored.  0 or -EINVAL.
 */
int endpoint_parse(struct str text, struct endpoint *out);

/* Returns BUF. */
const char *endpoint_format(const struct endpoint *e,
			    char buf[static ADDR_TEXT]);
const char *mac_format(const uint8_t mac[static 6], char buf[static MAC_TEXT]);

/* Prefixes in the order of prefix_cmp, then hardware addresses. */
int endpoint_cmp(const struct endpoint *a, const struct endpoint *b);
