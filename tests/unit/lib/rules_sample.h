/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset in which each kind of match, verdict, set and chain occurs, with
 * the edges of the address space and odd names, for the tests of backends.
 */
#pragma once

#include "compiler/lower/ruleset.h"

struct rules_sample {
	struct sources sources;
	struct ruleset rs;
};

/* The sample, sorted.  Rule 0 stands in "john.pf", line 3, column 1. */
void rules_sample_init(struct rules_sample *s);
void rules_sample_fini(struct rules_sample *s);

/* Each rule as nft text, in the order of rs.rules; ends in NULL. */
extern const char *const rules_sample_text[];

/* An element from text: "10.0.0.0/8", "10.0.0.1-10.0.0.5"; B for pairs. */
struct elem *rules_sample_elem(struct set *set, const char *a, const char *b);
/* A match of the rule begun last: address within NET. */
void rules_sample_addr(struct ruleset *rs, enum field field, const char *net);
