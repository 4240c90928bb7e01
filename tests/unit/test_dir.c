/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void join_keeps_absolute_paths(void **state)
{
	static const char *const rows[][3] = {
		{ "/etc", "ccd", "/etc/ccd" }, { "/", "ccd", "/ccd" },
		{ "a", "/ccd", "/ccd" }, { ".", "ccd", "ccd" },
		{ "a/", "ccd", "a/ccd" },
	};
	unsigned int i;
	char *p;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		p = dir_join(rows[i][0], rows[i][1]);
		assert_string_equal(p, rows[i][2]);
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(join_keeps_absolute_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
