/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One denied packet as "watch" shows it.
 */
#pragma once

#include "backends/nflog/packet_log.h"
#include "cli/cli.h"
#include "compiler/query/query.h"

/* A line on stdout; Q's ends and service are set for it.  Nothing for what is
 * no rule of ours, or no IP packet. */
void watch_print(struct query *q, const struct logged_packet *p);
void watch_print_json(struct query *q, const struct logged_packet *p);
