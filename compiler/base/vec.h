/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing array.  VEC(struct x) declares the type; all-zero is empty.  A
 * vector owns its memory (vec_fini), not the memory that its elements point to.
 * Pointers to elements are valid until the next vec_add.
 */
#pragma once

#include <stdlib.h>

#include "compiler/base/mem.h"

#define VEC(type) struct { type *v; size_t n, room; }

/* VEC(char *) with a name; the texts are owned. */
struct texts {
	char **v;
	size_t n, room;
};

/* Append an element; evaluates to its address (uninitialised). */
#define vec_add(vec) \
	((vec)->v = (vec)->n < (vec)->room ? (vec)->v : \
	 mem_realloc((vec)->v, \
		     (vec)->room = (vec)->room ? 2 * (vec)->room : 8, \
		     sizeof(*(vec)->v)), \
	 &(vec)->v[(vec)->n++])

#define vec_push(vec, value) (*vec_add(vec) = (value))

#define vec_reserve(vec, want) do { \
	size_t want_ = (want); \
	if ((vec)->room < want_) { \
		(vec)->room = want_; \
		(vec)->v = mem_realloc((vec)->v, (vec)->room, \
				       sizeof(*(vec)->v)); \
	} \
} while (0)

#define vec_each(it, vec) \
	for ((it) = (vec)->v; (it) && (it) < (vec)->v + (vec)->n; (it)++)

/* The address of element I, or past the last.  NULL for an empty vector: in C
 * even NULL + 0 is undefined. */
#define vec_at(vec, i) ((vec)->n ? (vec)->v + (i) : (vec)->v)
#define vec_end(vec) vec_at(vec, (vec)->n)

/* Sort with a comparison function of qsort(3). */
#define vec_sort(vec, cmp) do { \
	if ((vec)->n > 1) \
		qsort((vec)->v, (vec)->n, sizeof(*(vec)->v), (cmp)); \
} while (0)

/*
 * Compare two elements of one vector by address: the last step when pointers
 * are sorted, because qsort(3) is not stable.
 */
static inline int vec_cmp_places(const void *a, const void *b)
{
	return (a > b) - (a < b);
}

#define vec_fini(vec) do { \
	free((vec)->v); \
	(vec)->v = NULL; \
	(vec)->n = (vec)->room = 0; \
} while (0)
