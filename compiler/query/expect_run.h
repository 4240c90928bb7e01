/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of expectations put to a policy that is read and resolved: what is not
 * met is an error at its line, with the reasons.
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/model/expect.h"
#include "compiler/query/query.h"

/* An expectation, and what became of it. */
struct expect_outcome {
	const struct expectation *e;
	struct answer answer;	/* when DECIDED */
	bool decided, ok;
	char *reason;
};

struct expect_run {
	struct load *load;
	const struct policy *policy;
	/* Gets each outcome, which is lent; or NULL. */
	void (*found)(void *arg, const struct expect_outcome *out);
	void *arg;
	size_t n, failed;	/* expectations so far */
};

/*
 * All files, whatever is wrong with one.  0; -EINVAL (said) when one is
 * malformed or not met; -EIO (said) when one cannot be read.
 */
int expect_run_files(struct expect_run *x, char *const *paths, size_t n,
		     struct diag *d);

/* The same for those that the configuration names; none: 0. */
int expect_run_configured(struct load *l, const struct policy *p,
			  struct diag *d);
