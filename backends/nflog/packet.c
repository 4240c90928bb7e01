/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nflog/packet.h"

#include <netinet/in.h>

#define IP4_HEADER 20
#define IP6_HEADER 40

/* No real packet has more extension headers. */
#define MAX_EXTENSIONS 8

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void take_host(struct prefix *out, enum family family,
		      const uint8_t *addr)
{
	*out = (struct prefix){
		.family = family, .len = (uint8_t)family_bits(family),
	};
	memcpy(out->addr.b, addr, family_bytes(family));
}

static void take_ports(const uint8_t *p, size_t left, struct packet *out)
{
	if (out->proto != IPPROTO_TCP && out->proto != IPPROTO_UDP &&
	    out->proto != IPPROTO_SCTP)
		return;
	if (left < 4)
		return;
	out->has_ports = true;
	out->sport = get16(p);
	out->dport = get16(p + 2);
}

static bool parse_ip4(const uint8_t *p, size_t size, struct packet *out)
{
	size_t header = (size_t)(p[0] & 15) * 4;

	if (size < IP4_HEADER || header < IP4_HEADER)
		return false;
	out->proto = p[9];
	take_host(&out->src, FAMILY_IP4, p + 12);
	take_host(&out->dst, FAMILY_IP4, p + 16);
	/* later fragments have no ports */
	if (!(get16(p + 6) & 0x1fff) && header < size)
		take_ports(p + header, size - header, out);
	return true;
}

/* The length of the extension header NEXT at P; 0: NEXT is no extension, or the
 * packet ends in it.  *LATER is set for a later fragment. */
static size_t extension(uint8_t next, const uint8_t *p, size_t left,
			bool *later)
{
	size_t n = 0;

	if (left < 8)
		return 0;
	switch (next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		n = 8 * ((size_t)p[1] + 1);
		break;
	case IPPROTO_FRAGMENT:
		n = 8;
		*later = get16(p + 2) & 0xfff8;
		break;
	case IPPROTO_AH:
		n = 4 * ((size_t)p[1] + 2);
		break;
	}
	return n <= left ? n : 0;
}

static bool parse_ip6(const uint8_t *p, size_t size, struct packet *out)
{
	size_t at = IP6_HEADER, n;
	bool later = false;
	unsigned int i;

	if (size < IP6_HEADER)
		return false;
	out->proto = p[6];
	take_host(&out->src, FAMILY_IP6, p + 8);
	take_host(&out->dst, FAMILY_IP6, p + 24);
	for (i = 0; i < MAX_EXTENSIONS && !later; i++) {
		n = extension(out->proto, p + at, size - at, &later);
		if (!n)
			break;
		out->proto = p[at];
		at += n;
	}
	if (!later)
		take_ports(p + at, size - at, out);
	return true;
}

bool packet_parse(const uint8_t *data, size_t size, struct packet *out)
{
	*out = (struct packet){ 0 };
	if (!size)
		return false;
	if (data[0] >> 4 == 4)
		return parse_ip4(data, size, out);
	return data[0] >> 4 == 6 && parse_ip6(data, size, out);
}
