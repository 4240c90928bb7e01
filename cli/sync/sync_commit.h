/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one road from a compiled policy into the kernel: what it is lowered to,
 * against what the kernel has, tried again until no other writer comes between.
 */
#pragma once

#include "cli/sync/sync.h"
#include "compiler/lower/ruleset.h"

/* What the kernel shall have, of s->compile.policy. */
struct sync_want {
	struct ruleset rules;		/* all; or, of a part, what belongs to
					 * the affected clients */
	struct ruleset before;		/* of a part: what they have by now */
	bool part;			/* the kernel is as the tables say */
	bool known;			/* of all: it must be so */
	uint32_t generation;		/* of a part: when that was found */
	struct state_write w;		/* but digest, generation, retired */
};

/*
 * Plan and commit, kernel and tables.  0 or -errno; said, but for -ENOENT and
 * -EEXIST: the kernel is not as the tables say.  Also keeps what the kernel has
 * counted and will not go on with.
 */
int sync_commit(struct sync *s, struct sync_want *want);

/*
 * Is the kernel as the tables say?  See backend.h: check; -ENOENT also if the
 * tables say nothing.
 */
int sync_check_kernel(struct sync *s, uint32_t *generation, struct diag *d);

/* Add what B counts in OLD to s->retired: with PLAN (or NULL) but what is
 * counted once it is committed.  P: see counters.h. */
void sync_retire_counters(struct sync *s, const struct backend *b,
			  const struct kernel_ruleset *old,
			  const struct plan *plan, const struct policy *p);

/* Take B's rules out, by its handle H; s->done stays in force. */
int sync_remove_rules(struct sync *s, const struct backend *b,
		      struct backend_handle *h);
