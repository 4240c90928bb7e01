/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/kernel/probe_packet.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x76706e70u
#define HOPS 64

/* What follows the transport header. */
struct mark {
	uint32_t magic, id;
};

static size_t address_size(const struct address *a)
{
	return a->family == AF_INET ? 4 : 16;
}

bool address_parse(const char *text, struct address *out)
{
	*out = (struct address){ .family = AF_INET };
	if (inet_pton(AF_INET, text, out->byte) == 1)
		return true;
	out->family = AF_INET6;
	return inet_pton(AF_INET6, text, out->byte) == 1;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	       !memcmp(a->byte, b->byte, address_size(a));
}

bool prefix_parse(const char *text, struct prefix *out)
{
	char host[INET6_ADDRSTRLEN + 1] = "";
	size_t len = strcspn(text, "/");
	unsigned long bits;
	char *end;

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	if (!address_parse(host, &out->net))
		return false;
	out->length = 8 * (unsigned int)address_size(&out->net);
	if (!text[len])
		return true;
	bits = strtoul(text + len + 1, &end, 10);
	if (end == text + len + 1 || *end || bits > out->length)
		return false;
	out->length = (unsigned int)bits;
	return true;
}

bool prefix_contains(const struct prefix *p, const struct address *a)
{
	unsigned int whole = p->length / 8, rest = p->length % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (p->net.family != a->family ||
	    memcmp(p->net.byte, a->byte, whole) != 0)
		return false;
	return !rest || !((p->net.byte[whole] ^ a->byte[whole]) & mask);
}

bool packet_parse_proto(const char *text, sa_family_t family, uint8_t *out)
{
	unsigned long n;
	char *end;

	if (!strcmp(text, "icmp"))
		*out = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	else if (!strcmp(text, "tcp"))
		*out = IPPROTO_TCP;
	else if (!strcmp(text, "udp"))
		*out = IPPROTO_UDP;
	else if (!strcmp(text, "sctp"))
		*out = IPPROTO_SCTP;
	else {
		n = strtoul(text, &end, 10);
		if (end == text || *end || n > UINT8_MAX)
			return false;
		*out = (uint8_t)n;
	}
	return true;
}

static uint32_t sum_bytes(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static uint32_t sum_pseudo(const struct packet *p, size_t len)
{
	uint32_t sum = p->proto + (uint32_t)len;

	sum = sum_bytes(sum, p->src.byte, address_size(&p->src));
	return sum_bytes(sum, p->dst.byte, address_size(&p->dst));
}

static void build_icmp(const struct packet *p, uint8_t *at)
{
	bool v4 = p->proto == IPPROTO_ICMP;
	size_t len = sizeof(struct icmphdr) + sizeof(struct mark);
	struct icmphdr h = {
		.type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
		.un.echo = {
			.id = htons((uint16_t)(p->id >> 16)),
			.sequence = htons((uint16_t)p->id),
		},
	};

	memcpy(at, &h, sizeof(h));
	h.checksum = sum_fold(sum_bytes(v4 ? 0 : sum_pseudo(p, len), at, len));
	memcpy(at, &h, sizeof(h));
}

static void build_tcp(const struct packet *p, uint8_t *at)
{
	size_t len = sizeof(struct tcphdr) + sizeof(struct mark);
	struct tcphdr h = {
		.th_sport = htons(p->sport), .th_dport = htons(p->dport),
		.th_seq = htonl(p->id), .th_off = sizeof(h) / 4,
		.th_flags = TH_SYN, .th_win = htons(1024),
	};

	memcpy(at, &h, sizeof(h));
	h.th_sum = sum_fold(sum_bytes(sum_pseudo(p, len), at, len));
	memcpy(at, &h, sizeof(h));
}

static void build_udp(const struct packet *p, uint8_t *at)
{
	size_t len = sizeof(struct udphdr) + sizeof(struct mark);
	struct udphdr h = {
		.uh_sport = htons(p->sport), .uh_dport = htons(p->dport),
		.uh_ulen = htons((uint16_t)len),
	};

	memcpy(at, &h, sizeof(h));
	h.uh_sum = sum_fold(sum_bytes(sum_pseudo(p, len), at, len));
	if (!h.uh_sum)
		h.uh_sum = 0xffff;
	memcpy(at, &h, sizeof(h));
}

/* Without its checksum, for which no router asks. */
struct sctp_header {
	uint16_t sport, dport;
	uint32_t tag, sum;
};

static void build_sctp(const struct packet *p, uint8_t *at)
{
	struct sctp_header h = {
		.sport = htons(p->sport), .dport = htons(p->dport),
	};

	memcpy(at, &h, sizeof(h));
}

/* The size of the transport header, needed before its checksum is made. */
static size_t transport_size(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return sizeof(struct icmphdr);
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
		return sizeof(struct udphdr);
	case IPPROTO_SCTP:
		return sizeof(struct sctp_header);
	default:
		return 0;
	}
}

static size_t build_transport(const struct packet *p, uint8_t *at)
{
	struct mark m = { htonl(MAGIC), htonl(p->id) };
	size_t head = transport_size(p->proto);

	memcpy(at + head, &m, sizeof(m));
	switch (p->proto) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		build_icmp(p, at);
		break;
	case IPPROTO_TCP:
		build_tcp(p, at);
		break;
	case IPPROTO_UDP:
		build_udp(p, at);
		break;
	case IPPROTO_SCTP:
		build_sctp(p, at);
		break;
	default:
		break;
	}
	return head + sizeof(m);
}

static size_t build4(const struct packet *p, uint8_t *buf)
{
	struct iphdr h = {
		.version = 4, .ihl = sizeof(h) / 4, .ttl = HOPS,
		.protocol = p->proto,
	};
	size_t len = sizeof(h) + build_transport(p, buf + sizeof(h));

	h.tot_len = htons((uint16_t)len);
	memcpy(&h.saddr, p->src.byte, 4);
	memcpy(&h.daddr, p->dst.byte, 4);
	h.check = sum_fold(sum_bytes(0, &h, sizeof(h)));
	memcpy(buf, &h, sizeof(h));
	return len;
}

static size_t build6(const struct packet *p, uint8_t *buf)
{
	struct ip6_hdr h = { .ip6_flow = htonl(6u << 28) };
	size_t len = build_transport(p, buf + sizeof(h));

	h.ip6_plen = htons((uint16_t)len);
	h.ip6_nxt = p->proto;
	h.ip6_hlim = HOPS;
	memcpy(&h.ip6_src, p->src.byte, 16);
	memcpy(&h.ip6_dst, p->dst.byte, 16);
	memcpy(buf, &h, sizeof(h));
	return sizeof(h) + len;
}

size_t packet_build(const struct packet *p, uint8_t *buf)
{
	return p->src.family == AF_INET ? build4(p, buf) : build6(p, buf);
}

/* Answers (echo reply, RST) quote the number too and must not count. */
static bool is_request(uint8_t proto, const uint8_t *at)
{
	struct tcphdr tcp;

	switch (proto) {
	case IPPROTO_ICMP:
		return at[0] == ICMP_ECHO;
	case IPPROTO_ICMPV6:
		return at[0] == ICMP6_ECHO_REQUEST;
	case IPPROTO_TCP:
		memcpy(&tcp, at, sizeof(tcp));
		return tcp.th_flags == TH_SYN && tcp.th_off == sizeof(tcp) / 4;
	default:
		return true;
	}
}

bool packet_has_ports(const struct packet *p)
{
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP ||
	       p->proto == IPPROTO_SCTP;
}

bool packet_read_payload(uint8_t proto, const uint8_t *buf, size_t len,
			 struct packet *out)
{
	size_t head = transport_size(proto);
	uint16_t ports[2] = { 0, 0 };
	struct mark m;

	if (len != head + sizeof(m) || !is_request(proto, buf))
		return false;
	memcpy(&m, buf + head, sizeof(m));
	if (m.magic != htonl(MAGIC))
		return false;
	out->proto = proto;
	if (packet_has_ports(out))
		memcpy(ports, buf, sizeof(ports));
	out->sport = ntohs(ports[0]);
	out->dport = ntohs(ports[1]);
	out->id = ntohl(m.id);
	return true;
}

static bool read4(const uint8_t *buf, size_t len, struct packet *out)
{
	struct iphdr h;
	size_t head;

	if (len < sizeof(h))
		return false;
	memcpy(&h, buf, sizeof(h));
	head = h.ihl * 4u;
	if (head < sizeof(h) || len < head)
		return false;
	out->src.family = out->dst.family = AF_INET;
	memcpy(out->src.byte, &h.saddr, 4);
	memcpy(out->dst.byte, &h.daddr, 4);
	return packet_read_payload(h.protocol, buf + head, len - head, out);
}

static bool read6(const uint8_t *buf, size_t len, struct packet *out)
{
	struct ip6_hdr h;

	if (len < sizeof(h))
		return false;
	memcpy(&h, buf, sizeof(h));
	out->src.family = out->dst.family = AF_INET6;
	memcpy(out->src.byte, &h.ip6_src, 16);
	memcpy(out->dst.byte, &h.ip6_dst, 16);
	return packet_read_payload(h.ip6_nxt, buf + sizeof(h),
				   len - sizeof(h), out);
}

bool packet_read(const uint8_t *buf, size_t len, struct packet *out)
{
	if (!len)
		return false;
	switch (buf[0] >> 4) {
	case 4:
		return read4(buf, len, out);
	case 6:
		return read6(buf, len, out);
	default:
		return false;
	}
}
