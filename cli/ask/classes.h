/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classes of clients with equal verdicts. The relation "may talk" is symmetric;
 * two clients are alike if they may talk to the same other clients.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/vec.h"

/* A class; clients by index. All members are alike, and either all may talk to
 * each other (INSIDE) or none. */
struct client_class {
	VEC(unsigned int) members;	/* ascending */
	bool inside;			/* of one member: false */
};

struct classes {
	VEC(struct client_class) groups;	/* by their first member */
};

/*
 * Make the classes of N clients; MAY is called once for each pair of different
 * clients. An error has a chance of 1 in 2^64.
 */
void classes_make(size_t n, bool (*may)(void *arg, size_t a, size_t b),
		  void *arg, struct classes *out);
void classes_fini(struct classes *fold);
