/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 and IPv6 addresses.  Bytes are in network order, so that memcmp orders
 * addresses; an IPv4 address is the first 4 bytes, the rest is zero.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/str.h"

enum family {
	FAMILY_IP4,
	FAMILY_IP6,
};

struct addr {
	uint8_t b[16];
};

#define ADDR_TEXT 64		/* room for any address or prefix as text */

static inline unsigned int family_bytes(unsigned int family)
{
	return family == FAMILY_IP4 ? 4 : 16;
}

static inline unsigned int family_bits(unsigned int family)
{
	return 8 * family_bytes(family);
}

uint32_t addr_ip4(const struct addr *a);	/* host byte order */

const char *addr_format(unsigned int family, const struct addr *a,
			char buf[static ADDR_TEXT]);

/* Add or subtract 1; false: the result is outside the address space. */
bool addr_next(unsigned int family, struct addr *a);
bool addr_prev(unsigned int family, struct addr *a);
