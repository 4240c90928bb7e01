/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trees that find the chain of a packet's client: those of each server, and
 * those that all servers share.  Part of lower_ipt.c.
 */
#pragma once

#include "compiler/lower/lower_ipt_part.h"

/* Fill X->clients: what all clients own, closed ones, too, adjacent prefixes merged. */
void lower_ipt_clients(struct ipt *x);

void lower_ipt_servers(const struct ipt *x);
