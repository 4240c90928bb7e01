/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of an IP packet's headers.  The packet may be cut short or hostile.
 */
#pragma once

#include "compiler/base/prefix.h"

struct packet {
	struct prefix src, dst;		/* hosts */
	uint8_t proto;			/* IPPROTO_*; of IPv6 the last header */
	bool has_ports;			/* TCP, UDP and SCTP, except for later
					 * fragments */
	uint16_t sport, dport;		/* host order */
};

/* Parse DATA, which begins with the IP header; false: no IP packet. */
bool packet_parse(const uint8_t *data, size_t size, struct packet *out);
