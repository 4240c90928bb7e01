/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that may all do the same, as one.  The relation "may talk" is
 * symmetric; two clients are alike when they may talk to the same others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/vec.h"

/* Of clients by their index: all of a group are alike, and either all talk to
 * each other (INSIDE) or none of them. */
struct client_class {
	VEC(unsigned int) members;	/* ascending */
	bool inside;			/* of one member: false */
};

struct classes {
	VEC(struct client_class) groups;	/* by their first member */
};

/*
 * N clients; MAY tells of two different ones.  It is asked once a pair.  Alike
 * but for one chance in 2^64.
 */
void classes_make(size_t n, bool (*may)(void *arg, size_t a, size_t b),
		  void *arg, struct classes *out);
void classes_fini(struct classes *fold);
