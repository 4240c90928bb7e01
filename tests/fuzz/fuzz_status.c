/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "compiler/openvpn/ovstatus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources set = { 0 };
	struct diag d = { .out = fopen("/dev/null", "w") };
	struct ovstatus status;

	ovstatus_parse(source_text(&set, "status", (const char *)data, size),
		       &status, &d);
	ovstatus_fini(&status);
	sources_fini(&set);
	fclose(d.out);
	return 0;
}
