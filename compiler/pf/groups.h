/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A groups file: "admins: john nick", one group a line, "#" comments; a name
 * with blanks, quotes or ":" stands in double quotes with \" and \\.  A group's
 * line may be repeated (members accumulate) and may name another group as
 * "@other"; a circle is an error.
 */
#pragma once

#include "compiler/base/diag.h"

struct group_member {
	struct str name;	/* text owned by the groups when unquoted */
	struct loc at;
};

struct group {
	struct str name;
	struct loc at;
	VEC(struct group_member) members;	/* flat, no "@", no doubles */
};

struct groups {
	VEC(struct group) list;
	VEC(char *) texts;		/* unquoted names */
};

/* 0, or -EINVAL after all errors were said; end with groups_fini either way. */
int groups_parse(const struct source *src, struct groups *out, struct diag *d);
const struct group *groups_find(const struct groups *g, struct str name);
void groups_fini(struct groups *g);
