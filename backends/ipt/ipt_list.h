/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our chains in the kernel.
 */
#pragma once

#include "backends/ipt/ipt_parse.h"
#include "backends/ipt/ipt_table.h"
#include "compiler/plan/plan.h"

/*
 * Add rules of ours in a table where they are no more wanted.  Each name begins
 * with the table's name, as "filter:ip/VPNPF-FROM": no wanted chain has it, and
 * so a plan deletes the chain.
 */
void ipt_list_old_table(const struct ipt_table *t, struct ipt_parser *p,
			struct kernel_ruleset *out);

/*
 * Add our chains of a table that was read, and the state as the set "state".  A
 * hook's chain whose jump is missing or not the first rule has "base" false and
 * one more rule than the kernel, with digest 0, so that a plan replaces it.
 */
void ipt_list_table(const struct ipt_table *t, struct ipt_parser *p,
		    struct kernel_ruleset *out);

/* The number of rules that the kernel has in a listed chain. */
size_t ipt_list_rules(const struct kernel_chain *chain);

/* After both tables: sort by name, and set out->table if a chain of a hook is
 * there. */
void ipt_list_finish(struct kernel_ruleset *out);
