/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that the fake kernel counts, and what must be known of them however
 * often its rules are changed.
 */
#pragma once

#include "compiler/plan/tally.h"
#include "tests/unit/lib/rng.h"

/* Some for each client, allowed and denied, and for each pair; added to WANT,
 * which owns what it names. */
void traffic_send(struct tally *want, struct rng *rng);

/* The kernel and the state folder together know of WANT and of nothing else. */
void traffic_check(const struct tally *want, const char *state_dir,
		   const char *event);

/* Want what is known, after a loss. */
void traffic_recount(struct tally *want, const char *state_dir);
