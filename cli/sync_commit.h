/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the whole (sync.c) and a part (sync_some.c) are committed by.  0 or
 * -errno; said, but for -ENOENT, -EEXIST and -ERESTART.
 */
#pragma once

#include "cli/sync.h"
#include "compiler/plan.h"

/* A writer that never rests does not keep us for ever. */
#define SYNC_TRIES 50

/* PLAN was made under GENERATION; see backend.h: commit. */
int sync_commit(struct sync *s, const struct plan *plan, struct state_write *w,
		uint32_t generation, bool quiet_drift);

/*
 * WANT against what the kernel has, until no other writer comes between.
 * KNOWN: it must be what the state tables say, else -ENOENT; or NULL.
 */
int sync_commit_all(struct sync *s, const struct ruleset *want,
		    struct policy *p, struct state_write *w, const char *known);

void sync_count_change(const struct plan *plan, struct sync_change *out);
