/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_sock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <libnftnl/common.h>
#include <libnftnl/gen.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "compiler/base/mem.h"

/* Attempts at a small request for which the kernel has no room. */
#define TRIES 10

static void set_option(int fd, int level, int option, int value)
{
	/* optional: these options make answers smaller or clearer */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

int nft_sock_open(struct nft_sock *s)
{
	int fd, r;

	*s = (struct nft_sock){
		.nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC),
	};
	if (!s->nl)
		return -errno;
	if (mnl_socket_bind(s->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		nft_sock_close(s);
		return r;
	}
	fd = mnl_socket_get_fd(s->nl);
	set_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	set_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	s->buf = mem_alloc(SOCK_BUFFER_BYTES);
	return 0;
}

void nft_sock_close(struct nft_sock *s)
{
	if (s->nl)
		mnl_socket_close(s->nl);
	free(s->buf);
	*s = (struct nft_sock){ 0 };
}

int nft_sock_fd(const struct nft_sock *s)
{
	return mnl_socket_get_fd(s->nl);
}

struct nlmsghdr *nft_sock_request(struct nft_request *req, unsigned int type,
				  unsigned int family, unsigned int flags)
{
	/* libmnl does not write the padding after an attribute */
	*req = (struct nft_request){ 0 };
	return nftnl_nlmsg_build_hdr(req->room, (uint16_t)type,
				     (uint16_t)family, (uint16_t)flags, 0);
}

/* Receive into s->buf; the number of bytes, or -errno. */
static ssize_t receive(struct nft_sock *s, int flags)
{
	ssize_t n;

	do {
		n = recv(nft_sock_fd(s), s->buf, SOCK_BUFFER_BYTES,
			 flags | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n > (ssize_t)SOCK_BUFFER_BYTES ? -EMSGSIZE : n;
}

struct answers {
	uint32_t seq;
	nft_sock_fn *fn;
	void *data;
	bool ended, disturbed, lost;
	int error;
};

static void take_answer(struct answers *a, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_seq != a->seq)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		a->disturbed = true;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		a->ended = true;
		a->error = err->error;
	} else if (nlh->nlmsg_type == NLMSG_DONE) {
		a->ended = true;
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && a->fn) {
		a->fn(nlh, a->data);
	}
}

static void each_message(struct nft_sock *s, ssize_t n, nft_sock_fn *fn,
			 void *data)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)s->buf;
	int left = (int)n;

	while (mnl_nlmsg_ok(nlh, left)) {
		fn(nlh, data);
		nlh = mnl_nlmsg_next(nlh, &left);
	}
}

static void take_answers(const struct nlmsghdr *nlh, void *data)
{
	take_answer(data, nlh);
}

/* What was lost may be the end of the answers: after a loss only what is there
 * is read, so that the next dump meets no unfinished one. */
static int read_answers(struct nft_sock *s, struct answers *a)
{
	ssize_t n;

	while (!a->ended) {
		n = receive(s, a->lost ? MSG_DONTWAIT : 0);
		if (n == -ENOBUFS)
			a->lost = true;
		else if (n < 0)
			return a->lost && n == -EAGAIN ? -ENOBUFS : (int)n;
		else
			each_message(s, n, take_answers, a);
	}
	return a->lost ? -ENOBUFS : a->error ? a->error :
	       a->disturbed ? -EINTR : 0;
}

static int ask_once(struct nft_sock *s, struct nlmsghdr *req, nft_sock_fn *fn,
		    void *data)
{
	struct answers a = { .seq = ++s->seq, .fn = fn, .data = data };

	req->nlmsg_seq = a.seq;
	if (mnl_socket_sendto(s->nl, req, req->nlmsg_len) < 0)
		return -errno;
	return read_answers(s, &a);
}

int nft_sock_ask(struct nft_sock *s, struct nlmsghdr *req, nft_sock_fn *fn,
		 void *data)
{
	bool dump = (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	unsigned int tries = 0;
	int r;

	/* a dump ends with NLMSG_DONE, other answers with an acknowledgement */
	if (!dump)
		req->nlmsg_flags |= NLM_F_ACK;
	do {
		r = ask_once(s, req, fn, data);
	} while ((r == -ENOBUFS || r == -ENOMEM) && !dump &&
		 ++tries < TRIES);
	return r;
}

static void take_generation(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_gen *gen = mem_check(nftnl_gen_alloc());
	uint32_t *generation = data;

	if (!nftnl_gen_nlmsg_parse(nlh, gen) &&
	    nftnl_gen_is_set(gen, NFTNL_GEN_ID))
		*generation = nftnl_gen_get_u32(gen, NFTNL_GEN_ID);
	nftnl_gen_free(gen);
}

int nft_sock_generation(struct nft_sock *s, uint32_t *generation)
{
	struct nft_request room;
	struct nlmsghdr *req;

	req = nft_sock_request(&room, NFT_MSG_GETGEN, AF_UNSPEC, 0);
	return nft_sock_ask(s, req, take_generation, generation);
}

/*
 * The whole batch must fit the send buffer as one datagram.  SO_SNDBUFFORCE
 * exceeds net.core.wmem_max; in containers it is refused, and only SO_SNDBUF is
 * left.  The receive buffer must hold the answers if many messages are refused.
 */
static void make_room(int fd, size_t len)
{
	const int want = len > INT32_MAX / 2 - 4096 ? INT32_MAX / 2
						    : (int)len + 4096;
	const int answers = 1 << 20;
	int have = 0;
	socklen_t size = sizeof(have);

	if (!getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &have, &size) &&
	    have >= want)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &want, sizeof(want)))
		set_option(fd, SOL_SOCKET, SO_SNDBUF, want);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &answers,
		       sizeof(answers)))
		set_option(fd, SOL_SOCKET, SO_RCVBUF, answers);
}

int nft_sock_send(struct nft_sock *s, const struct iovec *parts,
		  size_t n_parts)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = {
		.msg_name = &kernel, .msg_namelen = sizeof(kernel),
		.msg_iov = (struct iovec *)parts, .msg_iovlen = n_parts,
	};
	int fd = nft_sock_fd(s);
	size_t len = 0, i;
	ssize_t n;

	for (i = 0; i < n_parts; i++)
		len += parts[i].iov_len;
	make_room(fd, len);
	do {
		n = sendmsg(fd, &msg, 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int nft_sock_drain(struct nft_sock *s, nft_sock_fn *fn, void *data)
{
	ssize_t n;
	int r = 0;

	while ((n = receive(s, MSG_DONTWAIT)) != -EAGAIN) {
		if (n == -ENOBUFS)
			r = -ENOBUFS;	/* read the messages that arrived */
		else if (n < 0)
			return (int)n;
		else
			each_message(s, n, fn, data);
	}
	return r;
}
