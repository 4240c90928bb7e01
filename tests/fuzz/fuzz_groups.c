/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "compiler/pf/groups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources set = { 0 };
	struct diag d = { .out = fopen("/dev/null", "w") };
	struct groups groups;

	groups_parse(source_text(&set, "groups", (const char *)data, size),
		     &groups, &d);
	groups_fini(&groups);
	sources_fini(&set);
	fclose(d.out);
	return 0;
}
