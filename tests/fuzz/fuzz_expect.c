/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "compiler/model/expect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources set = { 0 };
	struct diag d = { .out = fopen("/dev/null", "w") };
	struct expect expect;

	expect_parse(source_text(&set, "rules.test", (const char *)data, size),
		     &expect, &d);
	expect_fini(&expect);
	sources_fini(&set);
	fclose(d.out);
	return 0;
}
