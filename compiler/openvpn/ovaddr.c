/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HOST_ROOM 256

/* Split at the first "/": host into HOST, 0 or -EINVAL for a bad suffix. */
static int split_suffix(const char *text, char host[static HOST_ROOM],
			unsigned long max, unsigned long *bits)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char *end;

	if (n >= HOST_ROOM)
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (!slash)
		return 0;
	/* as OpenVPN: blanks, a sign and an empty suffix are valid */
	*bits = strtoul(slash + 1, &end, 10);
	return *end || *bits > max ? -EINVAL : 0;
}

/* OpenVPN uses getaddrinfo, so it decides here; AI_NUMERICHOST prevents
 * lookups.  inet_pton is faster, and getaddrinfo agrees on what it accepts. */
static int read_number(int af, const char *host, struct addr *out)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST,
		.ai_family = af,
		.ai_socktype = SOCK_STREAM,
	}, *ai;

	*out = (struct addr){ 0 };
	if (inet_pton(af, host, out->b) == 1)
		return 0;
	if (getaddrinfo(host, NULL, &hints, &ai))
		return -EINVAL;
	if (af == AF_INET)
		memcpy(out->b,
		       &((struct sockaddr_in *)(void *)ai->ai_addr)->sin_addr,
		       4);
	else
		memcpy(out->b,
		       &((struct sockaddr_in6 *)(void *)ai->ai_addr)->sin6_addr,
		       16);
	freeaddrinfo(ai);
	return 0;
}

int ovaddr_ip4(const char *text, struct prefix *out)
{
	char host[HOST_ROOM];
	unsigned long bits;
	struct addr a;

	if (split_suffix(text, host, 32, &bits) ||
	    read_number(AF_INET, host, &a))
		return -EINVAL;
	*out = (struct prefix){ a, FAMILY_IP4, 32 };
	return 0;
}

int ovaddr_ip6(const char *text, struct prefix *out)
{
	char host[HOST_ROOM];
	unsigned long bits = 64;
	struct addr a;

	if (split_suffix(text, host, 128, &bits) ||
	    read_number(AF_INET6, host, &a))
		return -EINVAL;
	*out = (struct prefix){ a, FAMILY_IP6, (uint8_t)bits };
	return 0;
}

bool ovaddr_is_name(const char *text)
{
	char host[HOST_ROOM];
	unsigned long bits;
	bool letter = false;
	const char *p;

	if (split_suffix(text, host, 128, &bits))
		return false;
	for (p = host; *p; p++) {
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			letter = true;
		else if (!(*p >= '0' && *p <= '9') && !strchr("-._", *p))
			return false;
	}
	return letter;
}

int ovaddr_mask_length(uint32_t mask)
{
	uint32_t holes = ~mask;
	int n;

	if (holes & (holes + 1))
		return -EINVAL;
	for (n = 32; holes; holes >>= 1)
		n--;
	return n;
}
