/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket to nf_tables: requests with their answers, and batches.
 * Says nothing; every function returns 0 or -errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <libmnl/libmnl.h>

/* Large enough for a datagram of a dump. */
#define SOCK_BUFFER_BYTES (64u << 10)

struct nft_sock {
	struct mnl_socket *nl;
	uint32_t seq;		/* of the last request */
	char *buf;		/* SOCK_BUFFER_BYTES bytes */
};

int nft_sock_open(struct nft_sock *s);
void nft_sock_close(struct nft_sock *s);
int nft_sock_fd(const struct nft_sock *s);

/* Room for a request: three names of 256 bytes and the headers. */
struct nft_request {
	char room[1024];
} __attribute__((aligned(NLMSG_ALIGNTO)));

/* Begin a request of TYPE (NFT_MSG_GET*); the caller may add the payload of an
 * object. */
struct nlmsghdr *nft_sock_request(struct nft_request *req, unsigned int type,
				  unsigned int family, unsigned int flags);

/* One answer. */
typedef void nft_sock_fn(const struct nlmsghdr *nlh, void *data);

/*
 * Send a request, and give each answer to FN (or NULL).  If the kernel's rules
 * change during a dump, the dump is read to its end; then -EINTR.  -ENOBUFS:
 * the kernel could not give an answer; before that FN may have got answers of
 * several tries.
 */
int nft_sock_ask(struct nft_sock *s, struct nlmsghdr *req, nft_sock_fn *fn,
		 void *data);

/* The ruleset's generation; each commit of any program adds 1. */
int nft_sock_generation(struct nft_sock *s, uint32_t *generation);

/* Send the parts of a batch as one datagram; the kernel has processed it when
 * this returns.  -EMSGSIZE: larger than this socket's buffer may be. */
int nft_sock_send(struct nft_sock *s, const struct iovec *parts,
		  size_t n_parts);

/* Give the messages in the socket to FN, without blocking.  -ENOBUFS: more
 * messages were lost. */
int nft_sock_drain(struct nft_sock *s, nft_sock_fn *fn, void *data);
