/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>

#include <cmocka.h>

static void sorted_names_are_there_once(void **state)
{
	struct names names = { 0 };

	(void)state;
	vec_push(&names.list, STR("nick"));
	vec_push(&names.list, STR("anna"));
	vec_push(&names.list, STR("nick"));
	vec_push(&names.list, STR("ann"));
	names_sort(&names);
	assert_int_equal(names.list.n, 3);
	assert_true(str_equal(names.list.v[0], STR("ann")));
	assert_true(str_equal(names.list.v[1], STR("anna")));
	assert_true(str_equal(names.list.v[2], STR("nick")));
	assert_true(names_has(&names, STR("anna")));
	assert_false(names_has(&names, STR("annab")));
	assert_false(names_has(&names, STR("")));
	vec_fini(&names.list);
}

static void an_empty_list_has_no_name(void **state)
{
	struct names names = { 0 };

	(void)state;
	names_sort(&names);
	assert_false(names_has(&names, STR("")));
	assert_false(names_has(&names, STR("nick")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_names_are_there_once),
		cmocka_unit_test(an_empty_list_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
