/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ipp.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct ipp ipp;

	ipp_parse(fuzz_source(f, "ipp.txt"), TOPOLOGY_NET30, &ipp, &f->diag);
	ipp_fini(&ipp);
}
