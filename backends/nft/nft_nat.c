/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_nat.h"

#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft.h"

/* Nothing can go to a base chain, so what uses it are its rules.  Without
 * libnftnl, which copies every name: there may be 10 000 chains. */
static void take_chain(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	bool nat = false, used = false, *found = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TYPE:
			nat = !strcmp(mnl_attr_get_str(attr), "nat");
			break;
		case NFTA_CHAIN_USE:
			used = mnl_attr_get_u32(attr);
			break;
		}
	}
	*found |= nat && used;
}

bool nft_has_nat(void)
{
	struct nft_request room;
	struct nft_sock s;
	unsigned int tries = 0;
	bool found = false;
	int r;

	if (nft_sock_open(&s))
		return false;
	/* one that was found during a change of other rules is there, too */
	do {
		r = nft_sock_ask(&s, nft_sock_request(&room, NFT_MSG_GETCHAIN,
						      NFPROTO_UNSPEC,
						      NLM_F_DUMP),
				 take_chain, &found);
	} while (!found && nft_may_read_again(r) && ++tries < NFT_TRIES);
	nft_sock_close(&s);
	return found;
}
