/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All stages from files, or from the state tables, to the policy that a backend
 * lowers.  Every caller gets its policy here, so all checks before a load, such
 * as the configured tests, are in one place.
 *
 *	conf_load (the caller's) -> compile_files -> backend: lower ...
 *	state_open (the caller's) -> compile_state, compile_change -> lower ...
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/state/live.h"

struct compile {
	struct load load;	/* the configuration, and all text */
	struct policy policy;	/* borrows from LOAD and the state tables */
	VEC(struct binding) statics;	/* COMPILE_LOADED: the static bindings
					 * before they were resolved */
	struct layout layout;	/* compile_state: layout of the loaded rules */
	bool nat;		/* compile_files: the host translates, as the
				 * caller has found */
	/* compile_files, compile_closed: what interfaces the host has, as the
	 * caller has found; owned.  Else those of a pattern are not known. */
	struct tundev_facts devs;
	bool has_devs;
	bool all_read;		/* compile_files: no file is missing in POLICY */
	bool same;		/* compile_change: no rule changes */
	/* For commands that only read the tables.  Commands that change them
	 * have their own, locked state. */
	struct state state;
	bool has_state;
};

/* The clients that a change touches, by name. */
struct affected {
	VEC(struct str) names;
	bool all;		/* and all other loaded clients */
	bool unbound;		/* compile_state binds no address: the caller
				 * only needs the result of compile_change */
};

enum compile_flags {
	COMPILE_TOLERANT = 1,	/* load.h: tolerant */
	COMPILE_UNRESOLVED = 2,	/* policy_resolve is left to the caller */
	COMPILE_TESTED = 4,	/* check_policy, and the configured tests */
	COMPILE_LOADED = 8,	/* the policy will be loaded: clients with a
				 * bad file keep their previous rules (said) */
	COMPILE_ASKED = 16,	/* for answers: clients of servers that are shut
				 * are marked (shut.h) */
	COMPILE_FOUND = 32,	/* the caller tells standing findings, so they
				 * are not said, but for errors in files */
};

/*
 * All files and (LIVE not NULL) live bindings -> resolved policy.  FLAGS: a sum
 * of enum compile_flags; COMPILE_LOADED needs LIVE.  C has its configuration;
 * its policy of before is freed.  0, or -errno (said): a file that concerns all
 * clients cannot be read or is wrong, or a configured test fails.  Bad .pf
 * files are said and count as errors of D, but the return value is still 0.
 */
int compile_files(struct compile *c, const struct live_view *live,
		  unsigned int flags, struct diag *d);

/* A policy without clients: only the interfaces of the configuration. */
void compile_closed(struct compile *c);

/*
 * The policy that was loaded last, from the tables S: the clients of A, marked
 * as affected, and the clients that their rules depend on; or all clients.
 * UPDATED (or NULL) is the later argument of compile_change.
 */
void compile_state(struct compile *c, const struct state *s,
		   const struct affected *a, const struct client *updated,
		   struct diag *d);

/*
 * Change the policy of compile_state: bind the live bindings of LIVE, and
 * exchange the file of the client of *UPDATED (or NULL), which holds the new
 * file, and afterwards the old one.  If the configured tests fail with the new
 * file (said), the client keeps its previous rules, and *UPDATED is NULL.  0,
 * or -EACCES if the client has no previous rules.
 */
int compile_change(struct compile *c, const struct live_view *live,
		   struct client **updated, struct diag *d);

/* False: the changed policy needs another layout than the loaded rules have, so
 * the whole policy must be loaded. */
bool compile_keeps_layout(const struct compile *c);

/*
 * Does C, whose file is bad, keep its previous rules?  If true, *OLD is the
 * client with these rules, from the tables.  Always end OLD with
 * pffile_fini(&old->pf).
 */
bool compile_keeps(const struct state *s, const struct client *c,
		   struct client *old);

/* Also ends the load, and the state if C has it. */
void compile_fini(struct compile *c);
