/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovstatus.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct ovstatus status;

	ovstatus_parse(fuzz_source(f, "status"), &status, &f->diag);
	ovstatus_fini(&status);
}
