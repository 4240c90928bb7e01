/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of the packets that rules log to a group of NFLOG.  libnetfilter_log
 * is opened when it is needed, as in ipt_lib.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "compiler/base/diag.h"

/* The length that is read of each packet: headers and IPv6's extensions. */
#define PACKET_LOG_BYTES 256

struct packet_log;

struct logged_packet {
	const char *prefix;	/* of the rule */
	const uint8_t *data;	/* from the IP header on */
	size_t size;
};

/* 0, or -errno (said): no right, no library, or another program has the group.
 * End with packet_log_close. */
int packet_log_open(unsigned int group, struct packet_log **out,
		    struct diag *d);
void packet_log_close(struct packet_log *log);

int packet_log_fd(const struct packet_log *log);

/* Give the packets that are there to FN, each until FN returns.  0, -ENOBUFS
 * (packets are being lost), or another -errno. */
int packet_log_read(struct packet_log *log,
		    void (*fn)(void *arg, const struct logged_packet *p),
		    void *arg);

/* The number of packets lost since the last call and before a packet that was
 * read. */
uint32_t packet_log_lost(struct packet_log *log);
