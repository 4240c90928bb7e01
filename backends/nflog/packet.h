/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of an IP packet, cut short or hostile as they may be.
 */
#pragma once

#include "compiler/base/prefix.h"

struct packet {
	struct prefix src, dst;		/* hosts */
	uint8_t proto;			/* IPPROTO_*; of IPv6 the last header */
	bool has_ports;			/* TCP, UDP and SCTP, but for fragments
					 * that begin later */
	uint16_t sport, dport;		/* host order */
};

/* From the IP header on; false: it is none. */
bool packet_parse(const uint8_t *data, size_t size, struct packet *out);
