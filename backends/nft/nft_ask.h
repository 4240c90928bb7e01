/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests for objects of our table, as nft_sock_ask; each answer goes to FN.
 */
#pragma once

#include <libnftnl/set.h>

#include "backends/nft/nft_sock.h"

int nft_ask_table(struct nft_sock *s, nft_sock_fn *fn, void *data);
/* CHAIN; NULL: the chains of all tables. */
int nft_ask_chains(struct nft_sock *s, const char *chain, nft_sock_fn *fn,
		   void *data);
/* The rules of CHAIN; NULL: all. */
int nft_ask_rules(struct nft_sock *s, const char *chain, nft_sock_fn *fn,
		  void *data);
int nft_ask_sets(struct nft_sock *s, nft_sock_fn *fn, void *data);
/* The elements in SET; with FLAGS NLM_F_DUMP all elements of the kernel's
 * set. */
int nft_ask_elems(struct nft_sock *s, struct nftnl_set *set,
		  unsigned int flags, nft_sock_fn *fn, void *data);
