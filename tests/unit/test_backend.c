/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void backend_is_found_by_its_name(void **state)
{
	(void)state;
	assert_ptr_equal(backend_find("nftables"), &backend_nft);
	assert_ptr_equal(backend_at(0), &backend_nft);
	assert_null(backend_find("auto"));
	assert_null(backend_find("nft"));
	assert_null(backend_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backend_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
