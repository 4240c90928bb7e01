/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One denied packet as "watch" shows it.
 */
#pragma once

#include "backends/nflog/packet_log.h"
#include "cli/cli.h"
#include "compiler/query/query.h"

/* Print a line on stdout; sets Q's ends and service. Prints nothing for packets
 * of foreign rules, and for others than IP packets. */
void watch_print(struct query *q, const struct logged_packet *p);
void watch_print_json(struct query *q, const struct logged_packet *p);
