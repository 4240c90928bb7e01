/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets and their elements as messages of a batch.  Adding is exclusive, as in
 * nft_netlink.h.
 */
#pragma once

#include <libnftnl/set.h>

#include "backends/nft/nft_batch.h"

void nft_set_add(struct nft_batch *b, const struct set *set);
void nft_set_delete(struct nft_batch *b, const struct set *set);

/* N elements of SET, in as many messages as they need. */
void nft_set_add_elems(struct nft_batch *b, const struct set *set,
		       const struct elem *const *elems, size_t n);
void nft_set_delete_elems(struct nft_batch *b, const struct set *set,
			  const struct elem *const *elems, size_t n);

/* The state element, with TEXT as its comment. */
void nft_set_add_state(struct nft_batch *b, const struct set *set,
		       const char *text);
void nft_set_delete_state(struct nft_batch *b, const struct set *set);

/* An element with KEY (of struct elem), or with the key of the state element,
 * and no other attribute; the caller frees it. */
struct nftnl_set_elem *nft_set_elem(const struct set *set, const uint8_t *key);
struct nftnl_set_elem *nft_set_state_elem(void);
