/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read a few counters by name and key, where a listing would cost too much.
 */
#pragma once

#include "backends/nft/nft_sock.h"
#include "compiler/plan/plan.h"

/* As backend.read_counters; says nothing. */
int nft_count_read(struct nft_sock *s, const struct plan *plan,
		   struct kernel_ruleset *old);
