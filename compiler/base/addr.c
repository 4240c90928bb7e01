/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/addr.h"

#include <arpa/inet.h>
#include <string.h>

uint32_t addr_ip4(const struct addr *a)
{
	uint32_t net;

	memcpy(&net, a->b, 4);
	return ntohl(net);
}

/* N is 0 to 255; returns the end.  printf would take half the time of apply. */
static char *format_byte(unsigned int n, char *to)
{
	if (n >= 100)
		*to++ = (char)('0' + n / 100);
	if (n >= 10)
		*to++ = (char)('0' + n / 10 % 10);
	*to++ = (char)('0' + n % 10);
	*to = '\0';
	return to;
}

static void format_ip4(const uint8_t *b, char *to)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (i)
			*to++ = '.';
		to = format_byte(b[i], to);
	}
}

const char *addr_format(unsigned int family, const struct addr *a,
			char buf[static ADDR_TEXT])
{
	if (family == FAMILY_IP4)
		format_ip4(a->b, buf);
	else
		inet_ntop(AF_INET6, a->b, buf, ADDR_TEXT);
	return buf;
}

bool addr_next(unsigned int family, struct addr *a)
{
	unsigned int i = family_bytes(family);

	while (i--)
		if (++a->b[i])
			return true;
	return false;
}

bool addr_prev(unsigned int family, struct addr *a)
{
	unsigned int i = family_bytes(family);

	while (i--)
		if (a->b[i]--)
			return true;
	return false;
}
