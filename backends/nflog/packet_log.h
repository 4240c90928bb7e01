/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that rules log to a group of NFLOG, as they come.  libnetfilter_log
 * is opened when it is needed, as in ipt_lib.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "compiler/base/diag.h"

/* So much of each packet is read: headers, and IPv6's extensions. */
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

/* What has come, to FN; what it gets is gone when it returns.  0, -ENOBUFS:
 * some are being lost, or another -errno. */
int packet_log_read(struct packet_log *log,
		    void (*fn)(void *arg, const struct logged_packet *p),
		    void *arg);

/* How many were lost since this was asked last, before one that was read. */
uint32_t packet_log_lost(struct packet_log *log);
