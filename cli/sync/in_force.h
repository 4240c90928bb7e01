/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in force: the rules in the kernel, compared with what was loaded last
 * and with the files, by the code of "reconcile --check". Changes nothing.
 */
#pragma once

#include "cli/finding.h"
#include "cli/sync/sync.h"

enum in_force_kind {
	IN_FORCE_UNKNOWN,	/* the kernel was not asked: WHY */
	IN_FORCE_NOTHING,	/* no rules of ours: everything passes */
	IN_FORCE_CLOSED,	/* the closing table: nothing passes */
	IN_FORCE_RULES,		/* rules, or what others have left of them */
};

struct in_force {
	enum in_force_kind kind;
	char *why;
	const char *backend;	/* NULL: there are no rules */
	long long loaded_at;	/* in seconds since 1970; 0: not known */
	size_t chains, clients;	/* 0: not known */
	struct findings kernel;	/* how the kernel differs from what was loaded;
				 * kinds as in drift.h */
	struct findings files;	/* on disk and not in force: as in drift.h, and
				 * "not-in-force", an error that stops it */
	struct findings standing;
	/* private, and what the findings borrow from */
	struct cli cli;
	struct sync s;
	struct findings heard;
	bool listed;		/* the kernel's rules were compared */
};

/*
 * QUICK: if sync_is_unchanged finds nothing, nothing is read (then CHAINS is
 * 0), and without a state directory the kernel is not asked. Reports nothing.
 * The state is not locked any more when this returns. End with in_force_fini.
 */
void in_force_read(const struct cli *cli, bool quick, struct in_force *out);
void in_force_fini(struct in_force *x);

/* Is all that the files say in force, and nothing else? */
bool in_force_is_good(const struct in_force *x);

/* "loaded", "not loaded", "closed", "unknown" */
const char *in_force_name(const struct in_force *x);
