/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/kernel/probe_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BURST 128

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void run_route(const struct gates *g, struct probe *p)
{
	p->in = gate_find(g, &p->packet.src);
	p->out = gate_find(g, &p->packet.dst);
}

/* IPv6 raw sockets do not tell the destination: it is not compared there. */
static bool same_packet(const struct packet *want, const struct packet *got,
			enum gate at)
{
	return want->proto == got->proto && want->sport == got->sport &&
	       want->dport == got->dport &&
	       address_equal(&want->src, &got->src) &&
	       ((at == GATE_OWN && got->dst.family == AF_INET6) ||
		address_equal(&want->dst, &got->dst));
}

static void tell_astray(uint32_t i, enum gate at, const struct packet *got)
{
	static const char *const gates[] = { "tun", "lan", "own" };
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	inet_ntop(got->src.family, got->src.byte, src, sizeof(src));
	inet_ntop(got->dst.family, got->dst.byte, dst, sizeof(dst));
	fprintf(stderr, "tunprobe: probe %u came out at %s: %s %s %u %u %u\n",
		i, gates[at], src, dst, got->proto, got->sport, got->dport);
}

static void see(void *ctx, enum gate at, const struct packet *got)
{
	struct run *run = ctx;
	uint32_t i = got->id - run->base;
	struct probe *p;

	if (i >= run->n) {
		run->late++;
		return;
	}
	p = &run->probes[i];
	if (at != p->out || !same_packet(&p->packet, got, at)) {
		tell_astray(i, at, got);
		run->astray++;
	} else if (!p->seen) {
		p->seen = true;
		run->missing--;
	}
}

static int send_missing(struct run *run)
{
	size_t burst = 0;
	int r = 0;

	for (size_t i = 0; !r && i < run->n; i++) {
		struct probe *p = &run->probes[i];

		if (p->seen)
			continue;
		r = gate_send(run->gates, p->in, &p->packet);
		run->sent++;
		if (!r && ++burst % BURST == 0)
			r = gate_drain(run->gates, see, run);
	}
	return r ? r : gate_drain(run->gates, see, run);
}

static int wait_missing(struct run *run)
{
	double end = now() + run->wait_ms / 1e3, left;
	int r = 0;

	while (!r && run->missing && (left = end - now()) > 0) {
		r = gate_wait(run->gates, (int)(left * 1e3) + 1);
		if (!r)
			r = gate_drain(run->gates, see, run);
	}
	return r;
}

static int ask(struct run *run, struct probe *probes, size_t n)
{
	int r;

	run->probes = probes;
	run->base = run->next_id;
	run->n = run->missing = n;
	for (size_t i = 0; i < n; i++) {
		probes[i].packet.id = run->next_id++;
		probes[i].seen = false;
	}
	r = send_missing(run);
	if (!r && run->missing)
		r = send_missing(run);
	return r ? r : wait_missing(run);
}

/* From the LAN back to the LAN (or as near as can be) no filter looks. */
static int ask_sentinel(struct run *run)
{
	struct probe p = { .in = GATE_LAN, .out = GATE_LAN };
	int ms = run->wait_ms, r;

	address_parse("198.51.100.1", &p.packet.src);
	address_parse("198.51.100.2", &p.packet.dst);
	p.packet.proto = IPPROTO_ICMP;
	run->wait_ms = 1000;
	r = ask(run, &p, 1);
	run->wait_ms = ms;
	if (r || p.seen)
		return r;
	fprintf(stderr, "tunprobe: not even the sentinel comes through\n");
	return -EIO;
}

int run_ask(struct run *run, struct probe *probes, size_t n)
{
	int r = ask(run, probes, n);

	if (r || run->gates->lan < 0)
		return r;
	return ask_sentinel(run);
}

/* A burst takes the flows in turn. */
static int ask_burst(struct run *run, struct flow *flows, size_t n)
{
	struct probe burst[BURST];
	bool waited = false;
	int r;

	for (size_t i = 0; i < BURST; i++)
		burst[i] = flows[i % n].probe;
	run->probes = burst;
	run->base = run->next_id;
	run->n = run->missing = BURST;
	for (size_t i = 0; i < BURST; i++)
		burst[i].packet.id = run->next_id++;
	r = send_missing(run);
	for (size_t i = 0; !r && !waited && i < BURST; i++) {
		if (!flows[i % n].allowed || burst[i].seen)
			continue;
		waited = true;
		r = wait_missing(run);
	}
	for (size_t i = 0; i < BURST; i++) {
		flows[i % n].sent++;
		flows[i % n].received += burst[i].seen;
	}
	return r;
}

int run_flood(struct run *run, struct flow *flows, size_t n, double seconds,
	      const volatile int *stop)
{
	double end = now() + seconds;
	int r = 0;

	while (!r && !*stop && now() < end)
		r = ask_burst(run, flows, n);
	return r;
}
