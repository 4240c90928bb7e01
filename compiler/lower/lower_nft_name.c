/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_name.h"

#include <string.h>

#define NAMES(name) { { name "4", name "6" }, \
		      { name "4_net", name "6_net" } }

/* A set with another key or other flags needs another name: the kernel cannot
 * change an old set. */
const struct lower_set_kind lower_set_kinds[LOWER_SETS] = {
	[SET_ALLOW] = { NAMES("allow"), SET_KEY_PAIR, .counter = true },
	[SET_CLIENT_ADDR] = { NAMES("client_addr"), .key = SET_KEY_ADDR },
	[SET_CLIENT_CHAIN] = { NAMES("client_chain"), SET_KEY_ADDR,
			       .map = true },
	[SET_CLIENT_DENIED] = { NAMES("client_denied"), SET_KEY_ADDR,
				.counter = true },
	[SET_DENY] = { NAMES("deny"), .key = SET_KEY_PAIR },
	[SET_MAC] = { { { "mac4", "mac6" } }, .key = SET_KEY_MAC_ADDR },
	[SET_TUNNEL_ADDR] = { NAMES("tunnel_addr"), SET_KEY_ADDR,
			      .ipsec = true },
	[SET_TUNNEL_REQID] = { NAMES("tunnel_reqid"), SET_KEY_ADDR_REQID,
			       .ipsec = true },
};

enum lower_set lower_set_of(const char *name)
{
	enum lower_set set;
	unsigned int i;

	for (set = 0; set < LOWER_SETS; set++)
		for (i = 0; i < 4; i++)
			if (lower_set_name(set, i % 2, i / 2) &&
			    !strcmp(lower_set_name(set, i % 2, i / 2), name))
				return set;
	return SET_OTHER;
}
