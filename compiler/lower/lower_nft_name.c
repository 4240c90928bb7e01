/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft_name.h"

#include <string.h>

#include "compiler/base/name.h"

#define NAMES(name) { { name "4", name "6" }, \
		      { name "4_net", name "6_net" } }

/* A set with another key or other flags needs another name: the kernel cannot
 * change an old set. */
const struct lower_set_kind lower_set_kinds[LOWER_SETS] = {
	[SET_ALLOW] = { NAMES("allowed"), .key = SET_KEY_PAIR },
	[SET_CLIENT_ADDR] = { NAMES("client_addr"), .key = SET_KEY_ADDR },
	[SET_DENIED] = { NAMES("dropped"), SET_KEY_ADDR, .counter = true },
	[SET_DENY] = { NAMES("deny"), .key = SET_KEY_PAIR },
	[SET_FROM] = { NAMES("from"), SET_KEY_ADDR, .counter = true,
		       .server = true },
	[SET_MAC] = { { { "mac4", "mac6" } }, .key = SET_KEY_MAC_ADDR },
	[SET_OPEN] = { NAMES("open"), .key = SET_KEY_ADDR },
	[SET_POLICY_FROM] = { NAMES("policy_from"), SET_KEY_ADDR, .map = true,
			      .server = true },
	[SET_POLICY_TO] = { NAMES("policy_to"), SET_KEY_ADDR, .map = true,
			    .server = true },
	[SET_TO] = { NAMES("to"), SET_KEY_ADDR, .counter = true,
		     .server = true },
	[SET_TUNNEL_ADDR] = { NAMES("tunnel_addr"), SET_KEY_ADDR,
			      .ipsec = true },
	[SET_TUNNEL_REQID] = { NAMES("tunnel_reqid"), SET_KEY_ADDR_REQID,
			       .ipsec = true },
};

static const char *join(struct ruleset *rs, const char *what,
			const char *server)
{
	return ruleset_own(rs, mem_printf("%s/%s", what, server));
}

void lower_server_name(const struct vpn *vpn, struct ruleset *rs,
		       struct lower_server *out)
{
	const char *kind;
	enum lower_set set;
	unsigned int i;
	char *server;

	*out = (struct lower_server){ 0 };
	if (vpn->shut)
		return;
	server = name_mangle(str_of(vpn->server));
	out->from = join(rs, "from", server);
	out->to = join(rs, "to", server);
	out->pair = join(rs, "pair", server);
	out->below = join(rs, "below", server);
	for (set = 0; set < LOWER_SETS; set++)
		for (i = 0; lower_set_kinds[set].server && i < 4; i++) {
			kind = lower_set_name(set, i % 2, i / 2);
			out->set[set][i / 2][i % 2] = join(rs, kind, server);
		}
	free(server);
}

enum lower_set lower_set_of(const char *name)
{
	size_t n = strcspn(name, "/");
	enum lower_set set;
	const char *kind;
	unsigned int i;

	for (set = 0; set < LOWER_SETS; set++)
		for (i = 0; i < 4; i++) {
			kind = lower_set_name(set, i % 2, i / 2);
			if (kind && strlen(kind) == n &&
			    !memcmp(kind, name, n) &&
			    (name[n] == '/') == lower_set_kinds[set].server)
				return set;
		}
	return SET_OTHER;
}

char *lower_set_server(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash ? name_unmangle(str_of(slash + 1)) : NULL;
}

static char *replace(char *text, char from, char to)
{
	char *p;

	for (p = text; *p; p++)
		if (*p == from)
			*p = to;
	return text;
}

char *lower_nft_comment(struct str name)
{
	return replace(mem_dup(name.p, name.n), '"', '\x7f');
}

char *lower_nft_comment_name(const char *comment)
{
	return replace(mem_copy(comment), '\x7f', '"');
}
