/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of names, to look them up in.  The names are lent.
 */
#pragma once

#include "compiler/base/str.h"
#include "compiler/base/vec.h"

struct names {
	VEC(struct str) list;
};

/* Sort the list by bytes, and keep each name once. */
void names_sort(struct names *names);
/* Is NAME in the sorted list? */
bool names_has(const struct names *names, struct str name);
