/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes: an address and a length in bits.
 */
#pragma once

#include "compiler/base/addr.h"

struct prefix {
	struct addr addr;	/* bits beyond len are zero, if masked */
	uint8_t family;		/* enum family */
	uint8_t len;		/* 0 to 32 or 128 */
};

static inline bool prefix_is_host(const struct prefix *p)
{
	return p->len == family_bits(p->family);
}

/*
 * Parse the whole of TEXT as an address ("10.8.0.2", "fd00::2") or a prefix
 * ("10.8.0.0/24"): numeric, no leading zeros in IPv4.  Without "/n" it is a
 * host.  Host bits are kept.  0 or -EINVAL.
 */
int prefix_parse(struct str text, struct prefix *out);

/* A prefix from an IPv4 address in host byte order. */
struct prefix prefix_ip4(uint32_t host_order, unsigned int len);

/* Clear the bits beyond p->len; true if any was set. */
bool prefix_mask(struct prefix *p);

/* 127.0.0.0/8 or ::1. */
struct prefix prefix_loopback(unsigned int family);

/* "10.8.0.2", or "10.8.0.0/24" when it is not a host; returns BUF. */
const char *prefix_format(const struct prefix *p, char buf[static ADDR_TEXT]);

/* Is A (of P's family) inside P? */
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* Is Q equal to or inside P? */
bool prefix_covers(const struct prefix *p, const struct prefix *q);
/*
 * Does a line with this prefix match a packet without an IPv4 address?
 * OpenVPN's filter treats the address of such a packet as 0.0.0.0, so every
 * IPv6 packet matches "0.0.0.0/0" and "0.0.0.0/8".
 */
bool prefix_holds_unknown(const struct prefix *p);

/* By family, address, then length (shorter first): a prefix comes right before
 * all prefixes inside it. */
int prefix_cmp(const struct prefix *a, const struct prefix *b);

struct addr prefix_last(const struct prefix *p);	/* highest address */
/* The largest prefix that begins at FIRST and does not reach beyond LAST. */
struct prefix prefix_within(unsigned int family, const struct addr *first,
			    const struct addr *last);
