/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter of text for `nft -f`.  Loading the text makes the same rules as a
 * commit, except for the digests of rules, which text cannot have.
 */
#pragma once

#include <stdio.h>

#include "compiler/base/diag.h"
#include "compiler/lower/ruleset.h"

/* A rule without its place: "ip daddr 10.0.0.0/8 accept"; malloced. */
char *nft_text_rule(const struct ruleset *rs, const struct rule *rule);

/* backend.print */
int nft_text_print(const struct ruleset *rs, const char *state,
		   const char *const *names, size_t n, FILE *out,
		   struct diag *d);
