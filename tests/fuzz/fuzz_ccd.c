/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "compiler/openvpn/ccd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources set = { 0 };
	struct diag d = { .out = fopen("/dev/null", "w") };
	struct ccd ccd;

	/* no such folder: nothing is included but by an absolute path */
	ccd_parse(source_text(&set, "ccd", (const char *)data, size), -1, &set,
		  &ccd, &d);
	ccd_fini(&ccd);
	sources_fini(&set);
	fclose(d.out);
	return 0;
}
