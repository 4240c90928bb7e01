/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of compiler/load: one server, its files in a folder of their
 * own, which is the working directory of a test.
 */
#pragma once

#include "compiler/load/load.h"

#define OPEN "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"

/* A folder with "policy" and "ccd". */
struct world {
	struct load l;
	struct policy p;
	struct diag d;
	char *said;
	size_t said_size;
	char folder[64], back[4096];
};

/* A test with a new world, *state. */
#define test(name) \
	cmocka_unit_test_setup_teardown(name, new_world, end_world)

int new_world(void **state);
int end_world(void **state);

/* Write TEXT to the file PATH. */
void put(const char *path, const char *text);
/* A ccd file with the address 10.8.0.2. */
void put_address(const char *path);

/* All steps, without an error. */
void load_world(struct world *w);
/* What was said so far. */
const char *world_said(struct world *w);
/* "john:open max:no file", in order */
const char *clients(struct world *w);
/* "10.8.0.2=john(ccd/john:1:1)", in order */
const char *bindings(struct world *w);
