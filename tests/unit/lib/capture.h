/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a function prints on stdout. */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct capture {
	FILE *file;
	int out;		/* the real stdout */
};

void capture_begin(struct capture *c);
/* What was printed since, as a string in TEXT of SIZE. */
void capture_end(struct capture *c, char *text, size_t size);
