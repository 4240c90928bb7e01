/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "backends/nflog/packet.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct packet p;

	if (packet_parse(f->data, f->size, &p) &&
	    (!prefix_is_host(&p.src) || !prefix_is_host(&p.dst)))
		abort();
}
