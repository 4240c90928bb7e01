/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each client has a random number; a client's row is the sum of the numbers of
 * the clients that it may talk to. Clients are alike if their rows are equal
 * (they do not talk to each other), or if their rows are equal with their own
 * number added (they do). No client can be alike to others in both ways: then a
 * would talk to b, but b not to a.
 */
#include "config.h"

#include "cli/ask/classes.h"

#include <stdint.h>
#include <stdlib.h>

#include "compiler/base/digest.h"

struct row {
	unsigned int client;
	uint64_t open, closed;	/* without itself, and with */
	bool taken;
};

static uint64_t number_of(size_t client)
{
	const uint64_t n = client;

	return digest_bytes(7, &n, sizeof(n));
}

static int cmp_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_client(const struct row *a, const struct row *b)
{
	return (a->client > b->client) - (a->client < b->client);
}

static int cmp_open(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int r = cmp_numbers(a->open, b->open);

	return r ? r : cmp_client(a, b);
}

static int cmp_closed(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int r = cmp_numbers(a->closed, b->closed);

	return r ? r : cmp_client(a, b);
}

static int cmp_groups(const void *pa, const void *pb)
{
	const struct client_class *a = pa, *b = pb;

	return (a->members.v[0] > b->members.v[0]) -
	       (a->members.v[0] < b->members.v[0]);
}

static uint64_t key_of(const struct row *row, bool inside)
{
	return inside ? row->closed : row->open;
}

/* Add runs of equal keys as groups; a single client only without INSIDE,
 * because it may be alike to others in the other way. */
static void add_groups(struct row *rows, size_t n, bool inside,
		       struct classes *out)
{
	struct client_class *group;
	size_t i, end;

	qsort(rows, n, sizeof(*rows), inside ? cmp_closed : cmp_open);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && key_of(&rows[end], inside) ==
					     key_of(&rows[i], inside); end++)
			;
		if (rows[i].taken || (inside && end == i + 1))
			continue;
		group = vec_add(&out->groups);
		*group = (struct client_class){ .inside = inside };
		for (; i < end; i++) {
			if (!rows[i].taken)
				vec_push(&group->members, rows[i].client);
			rows[i].taken = true;
		}
	}
}

void classes_make(size_t n, bool (*may)(void *arg, size_t a, size_t b),
		  void *arg, struct classes *out)
{
	struct row *rows = mem_zalloc(n + 1, sizeof(*rows));
	size_t a, b;

	*out = (struct classes){ 0 };
	for (a = 0; a < n; a++) {
		rows[a].client = (unsigned int)a;
		for (b = 0; b < a; b++) {
			if (!may(arg, a, b))
				continue;
			rows[a].open += number_of(b);
			rows[b].open += number_of(a);
		}
	}
	for (a = 0; a < n; a++)
		rows[a].closed = rows[a].open + number_of(a);
	add_groups(rows, n, true, out);
	add_groups(rows, n, false, out);
	vec_sort(&out->groups, cmp_groups);
	free(rows);
}

void classes_fini(struct classes *fold)
{
	struct client_class *group;

	vec_each(group, &fold->groups)
		vec_fini(&group->members);
	vec_fini(&fold->groups);
}
