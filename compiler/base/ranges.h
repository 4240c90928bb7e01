/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nested prefixes -> disjoint ranges.  An address belongs to the prefix with
 * the lowest rank among those that contain the address.  A rank by length
 * (longest first) gives longest-prefix match, the line number first match.
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
	unsigned int input;		/* index into the sorted input */
};

struct ranges {
	VEC(struct range) list;		/* by family, ascending, disjoint */
};

/* Sorts INPUT.  Adjacent ranges are not merged.  End with
 * vec_fini(&out->list). */
void ranges_make(struct ranges_input *input, size_t n, struct ranges *out);
