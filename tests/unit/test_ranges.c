/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/rng.h"

static struct prefix net(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(str_of(text), &p), 0);
	return p;
}

/* RESULT: "first-last=value first-last=value" of what the N prefixes make. */
static void assert_ranges(struct ranges_input *input, size_t n,
			  const char *result)
{
	char first[ADDR_TEXT], last[ADDR_TEXT], *text = NULL;
	struct ranges ranges;
	const struct range *r;
	unsigned int family;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ranges_make(input, n, &ranges);
	vec_each(r, &ranges.list) {
		family = input[r->input].net.family;
		fprintf(out, "%s%s-%s=%u", r == ranges.list.v ? "" : " ",
			addr_format(family, &r->first, first),
			addr_format(family, &r->last, last),
			input[r->input].value);
	}
	fclose(out);
	assert_string_equal(text, result);
	free(text);
	vec_fini(&ranges.list);
}

static void nothing_makes_nothing(void **state)
{
	(void)state;
	assert_ranges(NULL, 0, "");
}

static void the_lowest_rank_has_the_address(void **state)
{
	struct ranges_input inner[] = {
		{ net("10.0.0.0/8"), 2, 8 }, { net("10.0.1.0/24"), 1, 24 },
	};
	struct ranges_input outer[] = {
		{ net("10.0.1.0/24"), 2, 24 }, { net("10.0.0.0/8"), 1, 8 },
	};

	(void)state;
	assert_ranges(inner, 2, "10.0.0.0-10.0.0.255=8 10.0.1.0-10.0.1.255=24 "
		      "10.0.2.0-10.255.255.255=8");
	/* the parts of a prefix may stay apart, but all are there */
	assert_ranges(outer, 2, "10.0.0.0-10.0.0.255=8 10.0.1.0-10.0.1.255=8 "
		      "10.0.2.0-10.255.255.255=8");
}

static void of_equal_prefixes_the_lower_rank_counts(void **state)
{
	struct ranges_input input[] = {
		{ net("10.0.0.0/24"), 7, 1 }, { net("10.0.0.0/24"), 3, 2 },
		{ net("10.0.0.0/24"), 5, 3 },
	};

	(void)state;
	assert_ranges(input, 3, "10.0.0.0-10.0.0.255=2");
}

static void the_ends_of_the_address_space_are_ends(void **state)
{
	struct ranges_input all[] = {
		{ net("0.0.0.0/0"), 9, 0 }, { net("0.0.0.0"), 1, 1 },
		{ net("255.255.255.255"), 1, 2 },
	};
	struct ranges_input all6[] = {
		{ net("::/0"), 9, 0 }, { net("::"), 1, 1 },
		{ net("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 1, 2 },
	};
	struct ranges_input halves[] = {
		{ net("128.0.0.0/1"), 1, 2 }, { net("0.0.0.0/1"), 1, 1 },
	};

	(void)state;
	assert_ranges(all, 3, "0.0.0.0-0.0.0.0=1 0.0.0.1-255.255.255.254=0 "
		      "255.255.255.255-255.255.255.255=2");
	assert_ranges(all6, 3, "::-::=1 "
		      "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe=0 "
		      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-"
		      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff=2");
	assert_ranges(halves, 2, "0.0.0.0-127.255.255.255=1 "
		      "128.0.0.0-255.255.255.255=2");
}

static void neighbours_stay_apart(void **state)
{
	struct ranges_input input[] = {
		{ net("10.0.1.0/24"), 1, 5 }, { net("10.0.0.0/24"), 1, 5 },
		{ net("10.0.3.0/24"), 1, 5 },
	};

	(void)state;
	assert_ranges(input, 3, "10.0.0.0-10.0.0.255=5 10.0.1.0-10.0.1.255=5 "
		      "10.0.3.0-10.0.3.255=5");
}

static void the_families_do_not_meet(void **state)
{
	struct ranges_input input[] = {
		{ net("::/0"), 0, 6 }, { net("255.255.255.255"), 5, 4 },
		{ net("0.0.0.0/0"), 1, 3 },
	};

	(void)state;
	assert_ranges(input, 3, "0.0.0.0-255.255.255.254=3 "
		      "255.255.255.255-255.255.255.255=3 "
		      "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff=6");
}

/* Of 2 x 256 addresses at an end of each space: who has it, or NULL. */
static const struct ranges_input *best(const struct ranges_input *input,
				       size_t n, unsigned int family,
				       const struct addr *a)
{
	const struct ranges_input *found = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (input[i].net.family == family &&
		    prefix_contains(&input[i].net, a) &&
		    (!found || input[i].rank < found->rank))
			found = &input[i];
	return found;
}

static const struct ranges_input *by_ranges(const struct ranges_input *input,
					    const struct ranges *ranges,
					    unsigned int family,
					    const struct addr *a)
{
	const struct ranges_input *found = NULL;
	const struct range *r;

	vec_each(r, &ranges->list) {
		if (input[r->input].net.family != family ||
		    memcmp(r->first.b, a->b, sizeof(a->b)) > 0 ||
		    memcmp(r->last.b, a->b, sizeof(a->b)) < 0)
			continue;
		assert_null(found);	/* disjoint */
		found = &input[r->input];
	}
	return found;
}

static void random_input(struct rng *rng, struct ranges_input *input, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct prefix *p = &input[i].net;
		bool ip6 = rng_percent(rng, 40);

		*p = net(ip6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00"
			     : rng_percent(rng, 50) ? "255.255.255.0"
						    : "0.0.0.0");
		p->addr.b[ip6 ? 15 : 3] = (uint8_t)rng_below(rng, 256);
		p->len = (uint8_t)(family_bits(p->family) -
				   rng_below(rng, 9));
		if (rng_percent(rng, 3))
			p->len = 0;
		prefix_mask(p);
		input[i].rank = (unsigned int)(i * 37 % n);	/* n is prime */
		input[i].value = (unsigned int)i;
	}
}

static void chance_agrees_with_looking_at_each_address(void **state)
{
	static const char *const bases[] = {
		"0.0.0.0", "255.255.255.0",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00",
	};
	struct ranges_input input[23];
	struct rng rng = { 1 };
	struct ranges ranges;
	unsigned int turn, i, b;

	(void)state;
	for (turn = 0; turn < 150; turn++) {
		size_t n = turn % 3 ? 23 : 1 + turn % 2;

		random_input(&rng, input, n);
		ranges_make(input, n, &ranges);
		for (b = 0; b < 3; b++) {
			struct prefix p = net(bases[b]);

			for (i = 0; i < 256; i++) {
				p.addr.b[b == 2 ? 15 : 3] = (uint8_t)i;
				assert_ptr_equal(
					best(input, n, p.family, &p.addr),
					by_ranges(input, &ranges, p.family,
						  &p.addr));
			}
		}
		vec_fini(&ranges.list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_makes_nothing),
		cmocka_unit_test(the_lowest_rank_has_the_address),
		cmocka_unit_test(of_equal_prefixes_the_lower_rank_counts),
		cmocka_unit_test(the_ends_of_the_address_space_are_ends),
		cmocka_unit_test(neighbours_stay_apart),
		cmocka_unit_test(the_families_do_not_meet),
		cmocka_unit_test(chance_agrees_with_looking_at_each_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
