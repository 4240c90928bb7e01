/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/kernel/probe_gate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUEUE_LEN 4096
#define SOCKET_BUFFER (8 << 20)
#define RUNNING_MS 10000

static int fail(const char *what, const char *name)
{
	int r = -errno;

	fprintf(stderr, "tunprobe: %s %s: %s\n", what, name, strerror(-r));
	return r;
}

void gate_init(struct gates *g)
{
	*g = (struct gates){ .tun = -1, .lan = -1, .send4 = -1, .send6 = -1 };
	for (size_t i = 0; i < GATE_SOCKETS; i++)
		g->raw[i] = -1;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void gate_fini(struct gates *g)
{
	close_fd(&g->tun);
	close_fd(&g->lan);
	close_fd(&g->send4);
	close_fd(&g->send6);
	for (size_t i = 0; i < GATE_SOCKETS; i++)
		close_fd(&g->raw[i]);
}

/*
 * The kernel has a device send some time after it was attached to, on a busy
 * machine much later; until then it loses all packets without a word.
 */
static int wait_running(int fd, struct ifreq *req)
{
	for (int ms = 0; ms < RUNNING_MS; ms++) {
		if (ioctl(fd, SIOCGIFFLAGS, req) < 0)
			return fail("flags of", req->ifr_name);
		if (req->ifr_flags & IFF_RUNNING)
			return 0;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return fail("wait for", req->ifr_name);
}

/*
 * The queue must hold a whole round of probes, or they look dropped. Its
 * length comes last: the kernel sets it under the lock under which it makes
 * a running device send, so that is done by then.
 */
static int set_queue(int fd, struct ifreq *req)
{
	short flags = req->ifr_flags;

	req->ifr_qlen = QUEUE_LEN;
	if (ioctl(fd, SIOCSIFTXQLEN, req) >= 0)
		return 0;
	/* in a user namespace: lib.sh has set the length; take the lock */
	if (errno != EPERM || ioctl(fd, SIOCGIFTXQLEN, req) < 0 ||
	    req->ifr_qlen < QUEUE_LEN)
		return -1;
	req->ifr_flags = flags;
	return ioctl(fd, SIOCSIFFLAGS, req);
}

static int set_up(const char *name)
{
	struct ifreq req = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return fail("socket for", name);
	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &req) < 0)
		r = fail("flags of", name);
	req.ifr_flags |= IFF_UP;
	if (!r && ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		r = fail("set up", name);
	if (!r)
		r = wait_running(fd, &req);
	if (!r && set_queue(fd, &req) < 0)
		r = fail("queue length of", name);
	close(fd);
	return r;
}

static int open_tun(const char *name, int *out)
{
	struct ifreq req = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	*out = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (*out < 0)
		return fail("open", "/dev/net/tun");
	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(*out, TUNSETIFF, &req) < 0)
		return fail("attach to", name);
	return set_up(name);
}

static int open_raw(int family, int proto, int *out)
{
	int size = SOCKET_BUFFER;

	*out = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
	if (*out < 0)
		return fail("open", "raw socket");
	if (setsockopt(*out, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)) < 0)
		setsockopt(*out, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

/* The protocols whose arrival at the server itself can be seen. */
static const struct {
	int family, proto;
} arrivals[GATE_SOCKETS] = {
	{ AF_INET, IPPROTO_ICMP },
	{ AF_INET, IPPROTO_TCP },
	{ AF_INET, IPPROTO_UDP },
	{ AF_INET, IPPROTO_SCTP },
	{ AF_INET6, IPPROTO_ICMPV6 },
	{ AF_INET6, IPPROTO_TCP },
	{ AF_INET6, IPPROTO_UDP },
	{ AF_INET6, IPPROTO_SCTP },
};

int gate_open(struct gates *g, const char *tun, const char *lan)
{
	int r = open_tun(tun, &g->tun);

	if (!r && lan)
		r = open_tun(lan, &g->lan);
	for (size_t i = 0; !r && i < GATE_SOCKETS; i++)
		r = open_raw(arrivals[i].family, arrivals[i].proto, &g->raw[i]);
	if (!r)
		r = open_raw(AF_INET, IPPROTO_RAW, &g->send4);
	if (!r)
		r = open_raw(AF_INET6, IPPROTO_RAW, &g->send6);
	return r;
}

int gate_add_clients(struct gates *g, const struct prefix *p)
{
	if (g->n_clients == GATE_PREFIXES)
		return -ENOSPC;
	g->clients[g->n_clients++] = *p;
	return 0;
}

int gate_add_own(struct gates *g, const struct prefix *p)
{
	if (g->n_own == GATE_PREFIXES)
		return -ENOSPC;
	g->own[g->n_own++] = *p;
	return 0;
}

enum gate gate_find(const struct gates *g, const struct address *a)
{
	for (size_t i = 0; i < g->n_own; i++)
		if (prefix_contains(&g->own[i], a))
			return GATE_OWN;
	for (size_t i = 0; i < g->n_clients; i++)
		if (prefix_contains(&g->clients[i], a))
			return GATE_TUN;
	return GATE_LAN;
}

static ssize_t send_own(const struct gates *g, const struct packet *p,
			const uint8_t *buf, size_t len)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };

	if (p->dst.family == AF_INET) {
		memcpy(&to4.sin_addr, p->dst.byte, 4);
		return sendto(g->send4, buf, len, 0, (struct sockaddr *)&to4,
			      sizeof(to4));
	}
	memcpy(&to6.sin6_addr, p->dst.byte, 16);
	return sendto(g->send6, buf, len, 0, (struct sockaddr *)&to6,
		      sizeof(to6));
}

int gate_send(const struct gates *g, enum gate at, const struct packet *p)
{
	uint8_t buf[PACKET_MAX];
	size_t len = packet_build(p, buf);
	ssize_t n = -1;

	switch (at) {
	case GATE_TUN:
		n = write(g->tun, buf, len);
		break;
	case GATE_LAN:
		n = write(g->lan, buf, len);
		break;
	case GATE_OWN:
		/* EPERM and the like are how a drop on the way out looks. */
		send_own(g, p, buf, len);
		return 0;
	}
	return n < 0 ? fail("write to", at == GATE_TUN ? "tun" : "lan") : 0;
}

static int drain_tun(int fd, enum gate at, gate_seen_fn *seen, void *ctx)
{
	uint8_t buf[2048];
	struct packet p;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (packet_read(buf, (size_t)n, &p))
			seen(ctx, at, &p);
	if (fd >= 0 && n < 0 && errno != EAGAIN)
		return fail("read from", at == GATE_TUN ? "tun" : "lan");
	return 0;
}

static int drain_raw(int fd, int family, int proto, gate_seen_fn *seen,
		     void *ctx)
{
	uint8_t buf[2048];
	struct sockaddr_in6 from;
	socklen_t from_len = sizeof(from);
	struct packet p;
	ssize_t n;

	while ((n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from,
			     &from_len)) >= 0) {
		if (family == AF_INET) {
			if (packet_read(buf, (size_t)n, &p))
				seen(ctx, GATE_OWN, &p);
			continue;
		}
		if (!packet_read_payload((uint8_t)proto, buf, (size_t)n, &p))
			continue;
		p.src.family = p.dst.family = AF_INET6;
		memcpy(p.src.byte, &from.sin6_addr, 16);
		seen(ctx, GATE_OWN, &p);
	}
	return errno == EAGAIN ? 0 : fail("read from", "raw socket");
}

int gate_drain(const struct gates *g, gate_seen_fn *seen, void *ctx)
{
	int r = drain_tun(g->tun, GATE_TUN, seen, ctx);

	if (!r)
		r = drain_tun(g->lan, GATE_LAN, seen, ctx);
	for (size_t i = 0; !r && i < GATE_SOCKETS; i++)
		r = drain_raw(g->raw[i], arrivals[i].family,
			      arrivals[i].proto, seen, ctx);
	return r;
}

int gate_wait(const struct gates *g, int ms)
{
	struct pollfd fds[GATE_SOCKETS + 2] = {
		{ .fd = g->tun, .events = POLLIN },
		{ .fd = g->lan, .events = POLLIN },
	};

	for (size_t i = 0; i < GATE_SOCKETS; i++)
		fds[i + 2] = (struct pollfd){ .fd = g->raw[i],
					      .events = POLLIN };
	if (poll(fds, GATE_SOCKETS + 2, ms) < 0 && errno != EINTR)
		return fail("poll", "gates");
	return 0;
}
