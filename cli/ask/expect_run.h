/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of expectations put to a policy that is read and resolved: what is not
 * met is an error at its line, with the reasons.
 */
#pragma once

#include <jansson.h>

#include "cli/cli.h"

struct expect_run {
	struct cli *cli;
	struct load *load;
	const struct policy *policy;
	json_t *json;		/* an array that gets what was found; or NULL */
	size_t n, failed;	/* expectations so far */
};

/*
 * All files, whatever is wrong with one.  0; -EINVAL (said) when one is
 * malformed or not met; -EIO (said) when one cannot be read.
 */
int expect_run_files(struct expect_run *x, char *const *paths, size_t n);

/* The same for those that the configuration names; none: 0. */
int expect_run_configured(struct cli *cli, struct load *l,
			  const struct policy *p);
