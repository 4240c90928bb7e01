/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan as batches, in the order that the kernel needs.
 */
#pragma once

#include "backends/nft/nft_batch.h"
#include "compiler/plan/plan.h"

/* What of a plan is in a batch. */
enum nft_part {
	PART_ALL,
	PART_OBJECTS,	/* before: all that no packet meets yet */
	PART_REST,	/* then: the change itself */
	PART_LATE,	/* after PART_ALL or PART_REST: see plan_defer_deletes */
};

/*
 * Put PART of PLAN into B.  STATE (with PART_ALL and PART_REST) is the state
 * element's text; HAD_STATE: there is one, to be replaced.
 */
void nft_commit_plan(struct nft_batch *b, const struct plan *plan,
		     enum nft_part part, const char *state, bool had_state);

/* The set of the state element, or NULL. */
const struct set *nft_commit_state_set(const struct plan *plan);
