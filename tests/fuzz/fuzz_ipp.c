/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "compiler/openvpn/ipp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources set = { 0 };
	struct diag d = { .out = fopen("/dev/null", "w") };
	struct ipp ipp;

	ipp_parse(source_text(&set, "ipp.txt", (const char *)data, size),
		  TOPOLOGY_NET30, &ipp, &d);
	ipp_fini(&ipp);
	sources_fini(&set);
	fclose(d.out);
	return 0;
}
