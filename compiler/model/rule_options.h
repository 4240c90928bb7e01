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

/* The tables of iptables that can have our rules. */
enum rule_table {
	TABLE_MANGLE,		/* the default: before the host's DNAT */
	TABLE_FILTER,		/* this and the next: behind it */
	TABLE_SECURITY,
	RULE_TABLES,
};

static inline const char *rule_table_name(enum rule_table table)
{
	static const char *const names[RULE_TABLES] = {
		"mangle", "filter", "security",
	};

	return names[table];
}

/* Options of the iptables backend. */
struct ipt_options {
	enum rule_table table;
	bool accept;		/* allowed packets get ACCEPT, not RETURN to the
				 * rules that follow */
};
