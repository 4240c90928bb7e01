/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of a service, "tcp/22", for queries and expectations.
 */
#pragma once

#include "compiler/model/verdict.h"

/* PROTO[/PORT] of tcp, udp, sctp, icmp and other.  NULL, or the text of an
 * error, malloced. */
char *service_parse(struct str text, struct service_key *out);
