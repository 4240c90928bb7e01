/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may talk to whom; and as the elements of allow4, deny4 and their like.
 * Part of lower_nft.c and lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/ownership.h"

/*
 * The pairs of open clients of which both accept by default but at least one
 * does not accept the other (ACCEPT false), or of which at least one drops by
 * default but both accept each other (ACCEPT): ALL, or those of which at least
 * one is in focus.  Each pair comes once, A and B in either order or equal;
 * AT is the line that decides.
 */
void lower_pairs_each(const struct policy *p, bool all,
		      void (*found)(void *arg, unsigned int a, unsigned int b,
				    bool accept, const struct loc *at),
		      void *arg);

/* The same as elements. */
void lower_pairs(const struct policy *p, const struct ownership *owned,
		 bool all, struct ruleset *rs);
