/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "tcp/22": what a packet is, for who asks for a verdict.
 */
#pragma once

#include "compiler/model/verdict.h"

/* PROTO[/PORT] of tcp, udp, sctp, icmp and other.  NULL, or what is wrong with
 * TEXT, malloced. */
char *service_parse(struct str text, struct service_key *out);
