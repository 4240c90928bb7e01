/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of the configuration for the rules, independent of the clients.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How denied packets are logged. */
struct log_options {
	bool on;
	uint16_t group;		/* of NFLOG */
	uint16_t rate;		/* packets per second, for each reason */
};

#define LOG_RATE_DEFAULT 10
/* Up to this limit iptables can represent every rate exactly. */
#define LOG_RATE_MAX 100

/* Options of the iptables backend. */
struct ipt_options {
	bool security;		/* table "security" rather than "filter" */
	bool accept;		/* allowed packets get ACCEPT, not RETURN to the
				 * rules that follow */
};
