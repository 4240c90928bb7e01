/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which clients may reach each other, for people: a table of all clients, or a
 * table of groups if that would be too wide; and a picture (DOT).
 */
#pragma once

#include "compiler/model/verdict.h"

struct matrix {
	const struct policy *p;
	struct verdict_index index;
	bool color;
	int width;		/* of the terminal, in columns */
};

bool matrix_may(const struct matrix *m, const struct client *from,
		const struct client *to);

/* On stdout. */
void matrix_print(const struct matrix *m);
void matrix_print_dot(const struct matrix *m);
