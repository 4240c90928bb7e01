/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan as batches, in the order that the kernel needs.
 */
#pragma once

#include "backends/nft/nft_batch.h"
#include "compiler/plan/plan.h"

/* The part of a plan in a batch. */
enum nft_part {
	PART_ALL,
	PART_OBJECTS,	/* first: what changes no verdict yet */
	PART_REST,	/* second: the rest of PART_ALL */
	PART_UNHOOK,	/* after them: plan_unhooks_late */
	PART_LATE,	/* last: plan_defer_deletes, plan_deletes_late */
	/* instead of PART_ALL, see enum plan_steps: */
	PART_SHUT,
	PART_FILL,	/* no packet meets its objects: may be cut */
	PART_OPEN,
};

/*
 * Add PART of PLAN to B.  STATE (with PART_ALL, PART_REST and PART_OPEN) is the
 * state element's text; HAD_STATE: there is an old state element to delete.
 */
void nft_commit_plan(struct nft_batch *b, const struct plan *plan,
		     enum nft_part part, const char *state, bool had_state);

/* The set of the state element, or NULL. */
const struct set *nft_commit_state_set(const struct plan *plan);
