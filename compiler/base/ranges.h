/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes that lie inside each other -> disjoint ranges.  Of the prefixes that
 * hold an address the one with the lowest rank has it: with the length as rank
 * (longest first) that is routing, with the line number first match.
 */
#pragma once

#include "compiler/base/prefix.h"
#include "compiler/base/vec.h"

struct ranges_input {
	struct prefix net;
	unsigned int rank;
	unsigned int value;
};

struct range {
	struct addr first, last;	/* inclusive */
	unsigned int input;		/* index of the input that has it */
};

struct ranges {
	VEC(struct range) list;		/* by family, ascending, disjoint */
};

/* Sorts INPUT.  Neighbours stay apart.  End with vec_fini(&out->list). */
void ranges_make(struct ranges_input *input, size_t n, struct ranges *out);
