/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check files of expectations against a resolved policy.  An expectation that
 * fails is an error at its line, with the reasons.
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/model/expect.h"
#include "compiler/query/query.h"

/* An expectation and its result. */
struct expect_outcome {
	const struct expectation *e;
	struct answer answer;	/* when DECIDED */
	bool decided, ok;
	char *reason;
};

struct expect_run {
	struct load *load;
	const struct policy *policy;
	/* called with each outcome, lent; or NULL */
	void (*found)(void *arg, const struct expect_outcome *out);
	void *arg;
	size_t n, failed;	/* expectations so far */
};

/*
 * Check all files, even after an error.  0; -EINVAL (reported): a file is
 * malformed or an expectation fails; -EIO (reported): a file cannot be read.
 */
int expect_run_files(struct expect_run *x, char *const *paths, size_t n,
		     struct diag *d);

/* The same for the files of the configuration; 0 if there are none. */
int expect_run_configured(struct load *l, const struct policy *p,
			  struct diag *d);
