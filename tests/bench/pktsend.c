/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pktsend ADDRESS COUNT: send COUNT UDP packets of 64 bytes (with their IP
 * header) to port 9 of ADDRESS by sendmmsg, and print the nanoseconds of this
 * thread's CPU time per packet.  Over veth pairs and through a router the
 * kernel does the whole way of a packet in the sender's own time: its IP stack,
 * two veth pairs, the router's forwarding, the receiver's stack.
 */
#include "config.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define PAYLOAD (64 - 20 - 8)

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int open_socket(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return -1;
	return fd;
}

static void stay_on_one_cpu(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

int main(int argc, char **argv)
{
	static char payload[PAYLOAD];
	struct iovec iov = { payload, sizeof(payload) };
	struct mmsghdr msg[BATCH];
	long left, sent = 0;
	double start;
	int fd, n, i;

	fd = argc == 3 ? open_socket(argv[1]) : -1;
	if (fd < 0) {
		perror("pktsend");
		return 1;
	}
	memset(msg, 0, sizeof(msg));
	for (i = 0; i < BATCH; i++) {
		msg[i].msg_hdr.msg_iov = &iov;
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	stay_on_one_cpu();
	start = cpu_ns();
	for (left = atol(argv[2]); left > 0; left -= n, sent += n) {
		n = sendmmsg(fd, msg, left < BATCH ? (unsigned int)left : BATCH,
			     0);
		if (n < 0) {
			perror("pktsend");
			return 1;
		}
	}
	printf("%.1f\n", (cpu_ns() - start) / (double)sent);
	return 0;
}
