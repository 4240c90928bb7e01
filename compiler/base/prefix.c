/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_length(struct str s, unsigned int max, uint8_t *len)
{
	unsigned int v = 0;
	size_t i;

	if (!s.n || s.n > 3 || (s.n > 1 && s.p[0] == '0'))
		return -EINVAL;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -EINVAL;
		v = 10 * v + (s.p[i] - '0');
	}
	if (v > max)
		return -EINVAL;
	*len = (uint8_t)v;
	return 0;
}

int prefix_parse(struct str text, struct prefix *out)
{
	const char *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
	size_t n = slash ? (size_t)(slash - text.p) : text.n;
	char buf[INET6_ADDRSTRLEN];
	struct prefix p = { 0 };

	if (!n || n >= sizeof(buf) || memchr(text.p, '\0', n))
		return -EINVAL;
	memcpy(buf, text.p, n);
	buf[n] = '\0';
	p.family = strchr(buf, ':') ? FAMILY_IP6 : FAMILY_IP4;
	p.len = (uint8_t)family_bits(p.family);
	if (inet_pton(p.family == FAMILY_IP4 ? AF_INET : AF_INET6, buf,
		      p.addr.b) != 1)
		return -EINVAL;
	if (slash && parse_length(str_from(text, n + 1), p.len, &p.len))
		return -EINVAL;
	*out = p;
	return 0;
}

struct prefix prefix_ip4(uint32_t host_order, unsigned int len)
{
	struct prefix p = { .family = FAMILY_IP4, .len = (uint8_t)len };
	uint32_t net = htonl(host_order);

	memcpy(p.addr.b, &net, 4);
	return p;
}

struct prefix prefix_loopback(unsigned int family)
{
	struct prefix net = { .family = (uint8_t)family };

	net.len = family == FAMILY_IP4 ? 8 : 128;
	net.addr.b[family == FAMILY_IP4 ? 0 : 15] =
		family == FAMILY_IP4 ? 127 : 1;
	return net;
}

bool prefix_mask(struct prefix *p)
{
	unsigned int i, bits, n = family_bytes(p->family);
	bool changed = false;
	uint8_t keep;

	for (i = p->len / 8; i < n; i++) {
		bits = i == p->len / 8u ? p->len % 8u : 0;
		keep = (uint8_t)(0xff00u >> bits);
		changed |= p->addr.b[i] & (uint8_t)~keep;
		p->addr.b[i] &= keep;
	}
	return changed;
}

const char *prefix_format(const struct prefix *p, char buf[static ADDR_TEXT])
{
	size_t n = strlen(addr_format(p->family, &p->addr, buf));

	if (!prefix_is_host(p))
		snprintf(buf + n, ADDR_TEXT - n, "/%u", p->len);
	return buf;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned int whole = p->len / 8, rest = p->len % 8;

	if (memcmp(p->addr.b, a->b, whole))
		return false;
	return !rest || !((p->addr.b[whole] ^ a->b[whole]) >> (8 - rest));
}

bool prefix_covers(const struct prefix *p, const struct prefix *q)
{
	return p->family == q->family && p->len <= q->len &&
	       prefix_contains(p, &q->addr);
}

bool prefix_holds_unknown(const struct prefix *p)
{
	static const struct addr zero;

	return p->family == FAMILY_IP4 && prefix_contains(p, &zero);
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int r;

	if (a->family != b->family)
		return a->family - b->family;
	r = memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b));
	return r ? r : a->len - b->len;
}

struct addr prefix_last(const struct prefix *p)
{
	struct addr a = p->addr;
	unsigned int i;

	for (i = p->len; i < family_bits(p->family); i++)
		a.b[i / 8] |= (uint8_t)(0x80u >> i % 8);
	return a;
}

struct prefix prefix_within(unsigned int family, const struct addr *first,
			    const struct addr *last)
{
	struct prefix wider, p = {
		.addr = *first, .family = (uint8_t)family,
		.len = (uint8_t)family_bits(family),
	};
	struct addr end;

	for (wider = p; wider.len; p = wider) {
		wider.len--;
		end = prefix_last(&wider);
		if (prefix_mask(&wider) ||
		    memcmp(end.b, last->b, sizeof(end.b)) > 0)
			break;
	}
	return p;
}
