/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slice of text, not NUL-terminated.
 *
 * Ownership, in the whole compiler: text is a slice of a source; sources live
 * until the program ends; a struct owns its vectors; "add" takes ownership,
 * "find" lends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *text)
{
	return (struct str){ text, strlen(text) };
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

static inline bool str_begins(struct str s, struct str with)
{
	return s.n >= with.n && (!with.n || !memcmp(s.p, with.p, with.n));
}

/* By bytes; a prefix of a string comes before the string.  <0, 0, >0. */
static inline int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static inline struct str str_from(struct str s, size_t skip)
{
	if (skip > s.n)
		skip = s.n;
	return skip ? (struct str){ s.p + skip, s.n - skip } : s;
}
