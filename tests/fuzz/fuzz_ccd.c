/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ccd.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct ccd ccd;

	/* no such folder: nothing is included but by an absolute path */
	ccd_parse(fuzz_source(f, "ccd"), "/dev/null", &f->sources, &ccd,
		  &f->diag);
	ccd_fini(&ccd);
}
