/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/ask/classes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/rng.h"

#define MOST 16

static bool table[MOST][MOST];

static bool may(void *arg, size_t a, size_t b)
{
	(void)arg;
	assert_true(a != b);
	return table[a][b];
}

/* "01 23": clients 0 and 1 may talk, and 2 and 3. */
static void set_table(const char *pairs)
{
	memset(table, 0, sizeof(table));
	for (; *pairs; pairs += pairs[2] ? 3 : 2)
		table[pairs[0] - '0'][pairs[1] - '0'] =
			table[pairs[1] - '0'][pairs[0] - '0'] = true;
}

/* "0+1 2 34": + where those inside may talk. */
static const char *folded(size_t n)
{
	static char text[128];
	const struct client_class *g;
	struct classes fold;
	char *p = text;
	size_t i;

	classes_make(n, may, NULL, &fold);
	*p = '\0';
	vec_each(g, &fold.groups) {
		if (p > text)
			*p++ = ' ';
		for (i = 0; i < g->members.n; i++)
			p += sprintf(p, "%s%u", i && g->inside ? "+" : "",
				     g->members.v[i]);
	}
	classes_fini(&fold);
	return text;
}

static void nobody_is_no_group(void **state)
{
	(void)state;
	set_table("");
	assert_string_equal(folded(0), "");
	assert_string_equal(folded(1), "0");
}

static void those_who_may_do_the_same_are_one(void **state)
{
	(void)state;
	set_table("");
	assert_string_equal(folded(4), "0123");
	set_table("01 02 03 12 13 23");
	assert_string_equal(folded(4), "0+1+2+3");
	set_table("02 03 12 13");
	assert_string_equal(folded(4), "01 23");
	set_table("01 02 03 12 13");
	assert_string_equal(folded(4), "0+1 23");
}

static void those_who_differ_in_one_are_not(void **state)
{
	(void)state;
	set_table("01 12");
	assert_string_equal(folded(3), "02 1");
	set_table("01 12 23");
	assert_string_equal(folded(4), "0 1 2 3");
	set_table("01");
	assert_string_equal(folded(3), "0+1 2");
}

static bool are_alike(size_t n, size_t a, size_t b)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (k != a && k != b && table[a][k] != table[b][k])
			return false;
	return true;
}

static void fill_by_chance(size_t n, struct rng *rng)
{
	unsigned int kinds = 1 + rng_below(rng, 4), seed = rng_next(rng);
	size_t a, b, x, y;

	memset(table, 0, sizeof(table));
	for (a = 0; a < n; a++)
		for (b = 0; b < a; b++) {
			x = a % kinds;
			y = b % kinds;
			table[a][b] = table[b][a] =
				seed >> (x * y + x + y) & 1;
			if (!rng_below(rng, 20))
				table[a][b] = table[b][a] = !table[a][b];
		}
}

/* Two are of one group if and only if they are alike. */
static void groups_are_those_who_are_alike(void **state)
{
	size_t group_of[MOST], a, b, n;
	const struct client_class *g;
	struct rng rng = { 5 };
	struct classes fold;
	unsigned int turn;

	(void)state;
	for (turn = 0; turn < 2000; turn++) {
		n = 2 + rng_below(&rng, MOST - 2);
		fill_by_chance(n, &rng);
		classes_make(n, may, NULL, &fold);
		vec_each(g, &fold.groups)
			for (a = 0; a < g->members.n; a++)
				group_of[g->members.v[a]] =
					(size_t)(g - fold.groups.v);
		for (a = 0; a < n; a++)
			for (b = 0; b < a; b++)
				assert_int_equal(group_of[a] == group_of[b],
						 are_alike(n, a, b));
		classes_fini(&fold);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_no_group),
		cmocka_unit_test(those_who_may_do_the_same_are_one),
		cmocka_unit_test(those_who_differ_in_one_are_not),
		cmocka_unit_test(groups_are_those_who_are_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
