/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of ours is in the kernel.
 */
#pragma once

#include "backends/ipt/ipt_parse.h"
#include "backends/ipt/ipt_table.h"
#include "compiler/plan/plan.h"

/*
 * Add the chains of a table that was read, and the state as the set "state".
 * A hook's chain without its jump at its place is no base chain, and has one
 * rule more than there is, of digest 0, so that a plan replaces it.
 */
void ipt_list_table(const struct ipt_table *t, struct ipt_parser *p,
		    struct kernel_ruleset *out);

/* How many rules of a chain that was listed so there really are. */
size_t ipt_list_rules(const struct kernel_chain *chain);

/* By names, as a plan wants them; and are our hooks' chains there? */
void ipt_list_finish(struct kernel_ruleset *out);
