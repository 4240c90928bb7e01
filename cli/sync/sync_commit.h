/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the whole (sync.c) and a part (sync_clients.c) are committed by.  0 or
 * -errno; said, but for -ENOENT, -EEXIST and -ERESTART.
 */
#pragma once

#include "cli/sync/sync.h"
#include "compiler/plan/plan.h"

/* A writer that never rests does not keep us for ever. */
#define SYNC_TRIES 50

struct sync_step {
	const struct plan *plan;	/* made against OLD under GENERATION */
	const struct kernel_ruleset *old;
	const struct policy *policy;	/* see backend.h: count */
	uint32_t generation;
	bool quiet_drift;		/* see backend.h: commit */
};

/* Also keeps what the kernel has counted and will not go on with. */
int sync_commit(struct sync *s, const struct sync_step *step,
		struct state_write *w);

/*
 * WANT against what the kernel has, until no other writer comes between.
 * KNOWN: it must be what the state tables say, else -ENOENT; or NULL.
 */
int sync_commit_all(struct sync *s, const struct ruleset *want,
		    struct policy *p, struct state_write *w, const char *known);

/* Add what B counts in OLD to s->retired: with STEP (or NULL) but what is counted
 * once it is committed. */
void sync_retire_counters(struct sync *s, const struct backend *b,
			  const struct kernel_ruleset *old,
			  const struct sync_step *step);

/* Take B's rules out, by its handle H; s->done stays in force. */
int sync_remove_rules(struct sync *s, const struct backend *b,
		      struct backend_handle *h);

void sync_count_change(const struct plan *plan, struct sync_change *out);
