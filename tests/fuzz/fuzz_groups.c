/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/groups.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct groups groups;

	groups_parse(fuzz_source(f, "groups"), &groups, &f->diag);
	groups_fini(&groups);
}
