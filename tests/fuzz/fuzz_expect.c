/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/expect.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct expect expect;

	expect_parse(fuzz_source(f, "rules.test"), &expect, &f->diag);
	expect_fini(&expect);
}
