/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the configuration says of how the rules are made, whoever the clients
 * are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How denied packets are logged. */
struct log_options {
	bool on;
	uint16_t group;		/* of NFLOG */
	uint16_t rate;		/* packets a second, for each reason */
};

#define LOG_RATE_DEFAULT 10
/* Up to here iptables has each rate exactly. */
#define LOG_RATE_MAX 100

/* How iptables rules shall be, from the configuration. */
struct ipt_options {
	bool security;		/* table "security" rather than "filter" */
	bool accept;		/* what a client may is accepted at once, not
				 * handed on to the rules that follow */
};
