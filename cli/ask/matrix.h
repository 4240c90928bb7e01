/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may reach whom, for people: a table of all clients, or where that would
 * be too wide a table of groups; and a picture.
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
