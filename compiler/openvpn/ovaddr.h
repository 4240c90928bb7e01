/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as OpenVPN's own files may spell them (socket.c of 2.4 to 2.6:
 * every numeric form of getaddrinfo): 168296487, 10.8.40, octal 010.8.0.041,
 * 0xa.8.0.1, a suffix "/n".  Host names are never looked up.
 */
#pragma once

#include <stdbool.h>

#include "compiler/base/prefix.h"

/* An IPv4 host; its suffix is checked and dropped.  0 or -EINVAL. */
int ovaddr_ip4(const char *text, struct prefix *out);

/* An IPv6 prefix, host bits kept; without suffix /64.  0 or -EINVAL. */
int ovaddr_ip6(const char *text, struct prefix *out);

/* Is TEXT a possible host name, which OpenVPN would look up in the DNS? */
bool ovaddr_is_name(const char *text);

/* Length of a netmask in host byte order; -EINVAL when it has holes. */
int ovaddr_mask_length(uint32_t mask);
