/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset as text to compare with: nearly nft's, but nobody's grammar.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* All of it, malloced: sets, then chains, a line each set and rule. */
char *ruleset_text(const struct ruleset *rs);
/* One set ("" without elements behind the colon), malloced. */
char *ruleset_text_set(const struct ruleset *rs, const char *name);
/* One chain, malloced. */
char *ruleset_text_chain(const struct ruleset *rs, const char *name);
