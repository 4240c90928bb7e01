/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probe packets: small IPv4 and IPv6 packets that carry a number of their own,
 * so that a packet that comes out somewhere names the probe it answers.
 *
 * Everything is plain values; nothing is allocated. Ports are in host order,
 * addresses in network order as in the packet.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The largest packet that packet_build() makes, in bytes. */
#define PACKET_MAX 128

/* An address: family AF_INET uses the first 4 bytes, AF_INET6 all 16. */
struct address {
	sa_family_t family;
	uint8_t byte[16];
};

/* A network; length in bits. */
struct prefix {
	struct address net;
	unsigned int length;
};

struct packet {
	struct address src, dst;
	uint8_t proto;		/* IPPROTO_x; ICMP means ICMPv6 under IPv6 */
	uint16_t sport, dport;	/* TCP, UDP and SCTP only */
	uint32_t id;		/* unique while a program runs */
};

/* Text to address. True if it is one. */
bool address_parse(const char *text, struct address *out);

bool address_equal(const struct address *a, const struct address *b);

/* "10.8.0.0/24" or "10.8.0.1" (the whole address). True if it is one. */
bool prefix_parse(const char *text, struct prefix *out);

bool prefix_contains(const struct prefix *p, const struct address *a);

/*
 * "icmp", "tcp", "udp", "sctp" or a number; "icmp" is the right one of both for the
 * family. True if it is one.
 */
bool packet_parse_proto(const char *text, sa_family_t family, uint8_t *out);

bool packet_has_ports(const struct packet *p);

/*
 * Writes P into BUF of PACKET_MAX bytes, checksums and all: an echo request, a
 * SYN, a datagram, an SCTP header, or the bare number behind the IP header. Returns its length.
 */
size_t packet_build(const struct packet *p, uint8_t *buf);

/*
 * The reverse for a whole IP packet of LEN bytes. False if it is not a probe:
 * anything else, also an answer or an error that quotes a probe.
 */
bool packet_read(const uint8_t *buf, size_t len, struct packet *out);

/*
 * The same without IP header, as IPv6 raw sockets deliver it; fills in proto
 * and id and the ports.
 */
bool packet_read_payload(uint8_t proto, const uint8_t *buf, size_t len,
			 struct packet *out);
