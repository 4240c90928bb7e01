/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A groups file: "admins: john nick", one group on a line, "#" comments; a name
 * with blanks, quotes or ":" is in double quotes with \" and \\.  A group may
 * have several lines (members accumulate) and may contain another group,
 * "@other"; a cycle is an error.
 */
#pragma once

#include "compiler/base/diag.h"

struct group_member {
	struct str name;	/* slice of the source, or of groups.texts */
	struct loc at;
};

struct group {
	struct str name;
	struct loc at;
	VEC(struct group_member) members;	/* flat: no "@"; unique */
};

struct groups {
	VEC(struct group) list;
	VEC(char *) texts;		/* names from quotes, unquoted */
};

/* 0 or -EINVAL (reported); end with groups_fini either way. */
int groups_parse(const struct source *src, struct groups *out, struct diag *d);
const struct group *groups_find(const struct groups *g, struct str name);
void groups_fini(struct groups *g);
