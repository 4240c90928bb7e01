/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "backends/nflog/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p;

	if (packet_parse(data, size, &p) &&
	    (!prefix_is_host(&p.src) || !prefix_is_host(&p.dst)))
		abort();
	return 0;
}
