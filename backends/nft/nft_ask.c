/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_ask.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_object.h"

int nft_ask_table(struct nft_sock *s, nft_sock_fn *fn, void *data)
{
	TABLE_VAR *t = nft_object_table();
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETTABLE,
						NFPROTO_INET, 0);

	nftnl_table_nlmsg_build_payload(req, t);
	return nft_sock_ask(s, req, fn, data);
}

int nft_ask_chains(struct nft_sock *s, const char *chain, nft_sock_fn *fn,
		   void *data)
{
	CHAIN_VAR *c = nft_object_chain(chain);
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETCHAIN,
						NFPROTO_INET,
						chain ? 0 : NLM_F_DUMP);

	nftnl_chain_nlmsg_build_payload(req, c);
	return nft_sock_ask(s, req, fn, data);
}

int nft_ask_rules(struct nft_sock *s, const char *chain, nft_sock_fn *fn,
		  void *data)
{
	RULE_VAR *r = nft_object_rule(chain);
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETRULE,
						NFPROTO_INET, NLM_F_DUMP);

	nftnl_rule_nlmsg_build_payload(req, r);
	return nft_sock_ask(s, req, fn, data);
}

int nft_ask_sets(struct nft_sock *s, nft_sock_fn *fn, void *data)
{
	SET_VAR *set = nft_object_set(NULL);
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETSET,
						NFPROTO_INET, NLM_F_DUMP);

	nftnl_set_nlmsg_build_payload(req, set);
	return nft_sock_ask(s, req, fn, data);
}

int nft_ask_elems(struct nft_sock *s, struct nftnl_set *set,
		  unsigned int flags, nft_sock_fn *fn, void *data)
{
	struct nft_request room;
	struct nlmsghdr *req = nft_sock_request(&room, NFT_MSG_GETSETELEM,
						NFPROTO_INET, flags);

	nftnl_set_elems_nlmsg_build_payload(req, set);
	return nft_sock_ask(s, req, fn, data);
}
