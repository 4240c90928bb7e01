/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains that every packet meets: those of the hooks, the first ones of each
 * server, and the trees that find the chain of a packet's client.  Part of
 * lower_ipt.c.
 */
#pragma once

#include "compiler/lower/lower_ipt_part.h"

void lower_ipt_frame(const struct ipt *x);

/* lower_ipt_server.c: the trees of each server, and those of all. */
void lower_ipt_servers(const struct ipt *x);
/* Fill X->clients: what all clients own, closed ones, too, adjacent prefixes
 * merged. */
void lower_ipt_clients(struct ipt *x);
