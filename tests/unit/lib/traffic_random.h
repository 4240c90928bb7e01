/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that the fake kernel counts, and what must be known of them however
 * often its rules are changed.
 */
#pragma once

#include "compiler/plan/counters.h"
#include "tests/unit/lib/rng.h"

/* Some from and to each address, allowed and denied; added to WANT, which owns
 * what it names. */
void traffic_send(struct counters *want, struct rng *rng);

/* The kernel and the state folder together know of WANT and of nothing else. */
void traffic_check(const struct counters *want, const char *state_dir,
		   const char *event);

/* Want what is known, after a loss. */
void traffic_recount(struct counters *want, const char *state_dir);
