/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all fuzzers share.  Each tests/fuzz/fuzz_X.c gives one input to one
 * reader (fuzz_one), tests/fuzz/corpus/X/ holds inputs to begin with.  With
 * --enable-fuzz libFuzzer calls it; in any other build main() gives it the
 * files that are named, and tests/fuzz/corpus.sh names all of them.
 */
#pragma once

#include <stdint.h>

#include "compiler/base/diag.h"

struct fuzz {
	const uint8_t *data;
	size_t size;
	struct sources sources;
	struct diag diag;	/* written, but nowhere to be seen */
};

/* Defined by the fuzzer; a crash is what it tells. */
void fuzz_one(struct fuzz *f);

/* The input's first byte, taken away from it; 0 if there is none. */
uint8_t fuzz_byte(struct fuzz *f);
/* The input as a source called NAME. */
const struct source *fuzz_source(struct fuzz *f, const char *name);
/* What is left of the input in a file without a name: a descriptor at its
 * beginning, and the PATH that leads to it. */
int fuzz_file(const struct fuzz *f, char path[static 32]);
/* A folder for this process, empty at first. */
const char *fuzz_folder(void);
