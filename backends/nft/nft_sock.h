/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket to nf_tables: questions with their answers, and batches.
 * Says nothing to the user; every function returns 0 or -errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* Large enough for what the kernel puts into one datagram of a dump. */
#define SOCK_BUFFER_BYTES (64u << 10)

struct nft_sock {
	struct mnl_socket *nl;
	uint32_t seq;		/* of the last request */
	char *buf;		/* SOCK_BUFFER_BYTES bytes */
};

int nft_sock_open(struct nft_sock *s);
void nft_sock_close(struct nft_sock *s);
int nft_sock_fd(const struct nft_sock *s);

/* Room for a question: three names of 256 bytes and a little. */
struct nft_request {
	char room[1024];
} __attribute__((aligned(NLMSG_ALIGNTO)));

/* A question of TYPE (NFT_MSG_GET*), to which the payload of an object can be
 * put. */
struct nlmsghdr *nft_sock_request(struct nft_request *req, unsigned int type,
				  unsigned int family, unsigned int flags);

/* One answer. */
typedef void nft_sock_fn(const struct nlmsghdr *nlh, void *data);

/*
 * Send a request, give each answer to FN (may be NULL) until the last.  A dump
 * that was disturbed by a change is read to its end; then -EINTR.
 */
int nft_sock_ask(struct nft_sock *s, struct nlmsghdr *req, nft_sock_fn *fn,
		 void *data);

/* The ruleset's generation: one more with each commit of anybody. */
int nft_sock_generation(struct nft_sock *s, uint32_t *generation);

/* Send a batch of any size as one datagram; when this returns the kernel has
 * worked on it.  -EMSGSIZE: more than the socket's buffer can be. */
int nft_sock_send(struct nft_sock *s, const void *batch, size_t len);

/* Give what waits in the socket to FN, without blocking.  -ENOBUFS: there was
 * more, and it is lost. */
int nft_sock_drain(struct nft_sock *s, nft_sock_fn *fn, void *data);
