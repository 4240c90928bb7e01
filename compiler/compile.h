/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stages in a row, from files or from the state tables to the policy that
 * a backend lowers.  Whoever wants a policy calls these, and nobody chains the
 * stages by hand; so what must hold before rules are loaded, the tests of the
 * configuration above all, is asked here, once, for every caller.
 *
 *	conf_load (the caller's) -> compile_files -> backend: lower ...
 *	state_open (the caller's) -> compile_state, compile_change -> lower ...
 */
#pragma once

#include "compiler/load/load.h"
#include "compiler/state/live.h"

struct compile {
	struct load load;	/* the configuration; and all text */
	struct policy policy;	/* borrows from LOAD and the state tables */
	VEC(struct binding) statics;	/* COMPILE_LOADED: the static bindings
					 * before they were resolved */
	struct layout layout;	/* compile_state: what rules were loaded with */
	bool same;		/* compile_change: it changes no rule */
	/* Of a command that only asks.  Who changes them has them locked and
	 * somewhere else. */
	struct state state;
	bool has_state;
};

/* The clients that a change touches, by name. */
struct affected {
	VEC(struct str) names;
	bool all;		/* and all others that were loaded */
	bool unbound;		/* compile_state binds no address: only what
				 * compile_change makes is wanted */
};

/* What a caller can do without, and what it wants more. */
enum compile_flags {
	COMPILE_TOLERANT = 1,	/* load.h: tolerant */
	COMPILE_UNRESOLVED = 2,	/* policy_resolve is left to the caller */
	COMPILE_TESTED = 4,	/* check_policy, and the configured tests */
	COMPILE_LOADED = 8,	/* it shall be loaded: a bad file leaves the
				 * rules before in force, which is said */
};

/*
 * All files and (LIVE not NULL) live bindings -> resolved policy.  FLAGS: a sum
 * of enum compile_flags; COMPILE_LOADED needs LIVE.  C has its configuration;
 * what it had compiled before goes.  0, or -errno (said): something that
 * concerns everybody cannot be read or is wrong, or a test is not met.  Bad .pf
 * files are said and count as errors of D, but still 0.
 */
int compile_files(struct compile *c, const struct live_view *live,
		  unsigned int flags, struct diag *d);

/* No client is known: the interfaces of the configuration, and nothing else. */
void compile_closed(struct compile *c);

/*
 * The policy that was loaded last, from the tables S: the clients of A, which
 * are marked as affected, and those whom their rules depend on; or all clients.
 * UPDATED (or NULL) will be given to compile_change.
 */
void compile_state(struct compile *c, const struct state *s,
		   const struct affected *a, const struct client *updated,
		   struct diag *d);

/*
 * What compile_state has made, changed: with the live bindings of LIVE, and
 * with *UPDATED (or NULL), a client as its file is now, in its place; the file
 * of before is left in it.  A file with which the configured tests fail is as
 * good as none, for a hook as for compile_files: that is said, the client keeps
 * the rules of before, and *UPDATED is NULL.  0, or -EACCES if it has none.
 */
int compile_change(struct compile *c, const struct live_view *live,
		   struct client **updated, struct diag *d);

/* False: with the change there are parts of the rules, outside of those of its
 * clients, that were not loaded. */
bool compile_keeps_layout(const struct compile *c);

/*
 * A bad file leaves the rules before in force: true if C's file is bad and the
 * tables have other rules of it, which *OLD then is.  End OLD with pffile_fini
 * (old->pf) whatever is returned.
 */
bool compile_keeps(const struct state *s, const struct client *c,
		   struct client *old);

/* Also ends the load and, if it has it, the state. */
void compile_fini(struct compile *c);
