/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_nat.h"

#include <unistd.h>

#include "backends/ipt/ipt_sock.h"

/* An empty table has the policy of each hook, and an entry at its end. */
static bool has_rules(const struct ipt_getinfo *info)
{
	return info->num_entries >
	       (unsigned int)__builtin_popcount(info->valid_hooks) + 1;
}

static bool family_has_nat(unsigned int family)
{
	struct ipt_getinfo info;
	bool found;
	int sock;

	if (!ipt_sock_shows_table(family, "nat"))
		return false;
	sock = ipt_sock_open(family);
	if (sock < 0)
		return false;
	found = !ipt_sock_info(sock, family, "nat", &info) && has_rules(&info);
	close(sock);
	return found;
}

bool ipt_has_nat(void)
{
	return family_has_nat(FAMILY_IP4) || family_has_nat(FAMILY_IP6);
}
