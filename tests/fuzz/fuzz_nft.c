/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The input is what nf_tables answers when it is asked for the whole table and
 * then for the state: netlink messages, of which an acknowledgement or the end
 * of a dump ends the answer to one question.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft.h"
#include "backends/nft/nft_list.h"
#include "tests/fuzz/fuzz.h"

/* As much as the kernel puts into one datagram. */
#define MESSAGE_MAX (32u << 10)

static struct fuzz *input;

/* The next message of the input, with its length and SEQ made right; its type.
 * At the end of the input there are only ends. */
static uint16_t next_message(uint32_t seq, struct nlmsghdr *nlh)
{
	struct nlmsghdr head = { .nlmsg_type = NLMSG_DONE };
	size_t n = 0;

	if (input->size >= sizeof(head)) {
		memcpy(&head, input->data, sizeof(head));
		n = head.nlmsg_len < input->size ? head.nlmsg_len : input->size;
		if (n < sizeof(head) || n > MESSAGE_MAX)
			n = sizeof(head);
		memcpy(nlh, input->data, n);
		input->data += n;
		input->size -= n;
	}
	head.nlmsg_len = (uint32_t)(n ? n : sizeof(head));
	head.nlmsg_seq = seq;
	memcpy(nlh, &head, sizeof(head));
	return head.nlmsg_type;
}

static void *serve(void *arg)
{
	static char question[MESSAGE_MAX], message[MESSAGE_MAX]
		__attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *asked = (const struct nlmsghdr *)question;
	struct nlmsghdr *nlh = (struct nlmsghdr *)message;
	int fd = *(const int *)arg;
	uint16_t type;

	while (recv(fd, question, sizeof(question), 0) > 0) {
		/* an empty batch is not answered */
		if (asked->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
			continue;
		do {
			type = next_message(asked->nlmsg_seq, nlh);
			if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
				abort();
		} while (type != NLMSG_ERROR && type != NLMSG_DONE);
	}
	return NULL;
}

static struct nft_sock *connect_sock(void)
{
	static struct nft_sock s;
	static int fd[2];
	pthread_t thread;

	if (s.nl)
		return &s;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) ||
	    pthread_create(&thread, NULL, serve, &fd[1]))
		abort();
	s.nl = mnl_socket_fdopen(fd[0]);
	s.buf = mem_alloc(SOCK_BUFFER_BYTES);
	return &s;
}

void fuzz_one(struct fuzz *f)
{
	struct nft_sock *s = connect_sock();
	struct kernel_ruleset old;
	uint32_t generation;
	char text[128];

	input = f;
	if (!nft_list_read(s, &old, &generation))
		kernel_ruleset_fini(&old);
	nft_state_text(s, text, sizeof(text));
}
