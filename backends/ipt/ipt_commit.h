/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan as edits of the two tables, and both committed.
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
	unsigned int *doubts;		/* so often -EINVAL is not believed:
					 * libiptc has one for a refusal, too,
					 * that came when the rules stood, as
					 * it gave them their counters and
					 * others had changed them again */
	struct diag *d;
};

/*
 * Edit and commit: both families or none.  0 or -errno (said, but -ERESTART:
 * others have changed a table since it was read).
 */
int ipt_commit_plan(struct ipt_commit *c);

/* Take all of ours out of a table that was read.  0 or -errno, silent. */
int ipt_commit_remove(struct ipt_table *t);
