/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways in which packets pass our rules, or show them other addresses than they
 * have in the tunnel.
 */
#pragma once

enum bypass {
	BYPASS_FLOWTABLE,	/* flows of an interface meet no rules */
	BYPASS_REWRITE,		/* a rule writes addresses without NAT */
};

/* DEV: of a flowtable, else NULL.  WHERE: the object, as in a sentence. */
typedef void bypass_found_fn(void *arg, enum bypass what, const char *dev,
			     const char *where);
