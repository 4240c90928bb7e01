/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pairs of clients whose verdict differs from their defaults, and their
 * elements in the SET_ALLOW and SET_DENY sets.  Part of lower_nft.c and
 * lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/ownership.h"

/*
 * Tell FOUND of two kinds of pairs of open clients.  ACCEPT false: both clients
 * accept by default, but one of them does not accept the other.  ACCEPT true:
 * one of them drops by default, but both accept each other.  Without ALL only
 * pairs with an affected client.  Each pair comes once; A and B stand in either
 * order, or are equal.  AT is the line that decides.
 */
void lower_pairs_each(const struct policy *p, bool all,
		      void (*found)(void *arg, unsigned int a, unsigned int b,
				    bool accept, const struct loc *at),
		      void *arg);

/* Add the elements of these pairs to RS. */
void lower_pairs(const struct policy *p, const struct ownership *owned,
		 bool all, struct ruleset *rs);
