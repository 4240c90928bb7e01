/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the nftables backend: the handle, and requests for
 * single objects.
 */
#pragma once

#include <errno.h>

#include "backends/backend.h"
#include "backends/nft/nft_sock.h"

/* Attempts of one call while other programs change the rules, or the kernel
 * loses answers. */
#define NFT_TRIES 10

/* Has reading failed for one of these two reasons? */
static inline bool nft_may_read_again(int error)
{
	return error == -EINTR || error == -ENOBUFS;
}

struct backend_handle {
	struct nft_sock sock;
	bool deleted;	/* a commit deleted objects of the kernel */
};

/* 0, -ENOENT (no such table), or another -errno; says nothing. */
int nft_table_exists(struct nft_sock *s);

/* Does our table have a base chain, so that packets come to it? */
bool nft_has_base_chain(struct nft_sock *s);

/* Copy the state element's comment ("" if it has none) to BUF.  -ENOENT: no
 * such element, set or table; says nothing. */
int nft_state_text(struct nft_sock *s, char *buf, size_t size);
