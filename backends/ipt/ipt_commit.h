/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edit the two tables as a plan says, and commit both.
 */
#pragma once

#include "backends/ipt/ipt_list.h"
#include "backends/ipt/ipt_table.h"
#include "compiler/plan/plan.h"

struct ipt_commit {
	struct ipt_table *tables[2];	/* by family; NULL: without it */
	struct ipt_ext *x;
	const struct plan *plan;
	const char *state;		/* the state's text */
	bool quiet_drift;		/* see backend.h */
	unsigned int *doubts;		/* number of times that -EINVAL is
					 * taken for -EAGAIN: libiptc returns
					 * it, too, if another program changed
					 * the new rules before libiptc set
					 * their counters */
	struct diag *d;
};

/*
 * Edit and commit: both families or none.  0 or -errno (said; silent is
 * -ERESTART: another program changed a table since it was read).
 */
int ipt_commit_plan(struct ipt_commit *c);

/* Remove all our chains and jumps from T, which was read, and commit.  0 or
 * -errno, silent. */
int ipt_commit_remove(struct ipt_table *t);
