/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may talk to whom -> the elements of allow4, deny4 and their like.  Part
 * of lower.c.
 */
#pragma once

#include "compiler/owned.h"
#include "compiler/ruleset.h"

/* ALL, or the pairs of which at least one is in focus. */
void lower_pairs(const struct policy *p, const struct owned_list *owned,
		 bool all, struct ruleset *rs);
