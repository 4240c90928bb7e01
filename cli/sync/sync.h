/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files, state and kernel brought together: the whole policy (apply), or the
 * part that a hook's change concerns.  The second gives what the first would;
 * where it cannot be sure of that, it does the first.
 */
#pragma once

#include "cli/cli.h"
#include "compiler/plan/counters.h"
#include "compiler/state/live.h"

/* What a commit did. */
struct sync_change {
	bool table;			/* the table was made */
	unsigned int chains_added, chains_replaced, chains_deleted;
	size_t elems_added, elems_deleted;
};

struct sync;
struct plan;
struct kernel_ruleset;
struct state_write;

/* Who looks on at sync_all. */
struct sync_observer {
	/* PLAN was made against OLD; W->policy is the policy as the files are.
	 * Comes again if another writer was faster. */
	void (*planned)(void *arg, struct sync *s, const struct plan *plan,
			const struct kernel_ruleset *old,
			const struct state_write *w);
	void *arg;
	bool check;		/* then nothing is changed */
};

struct sync {
	struct cli *cli;
	struct compile compile;	/* its configuration is that of all */
	struct state state;	/* locked */
	struct live_view view;	/* live bindings, with what shall change */
	const struct backend *backend;
	struct backend_handle *handle;
	struct sync_change change;
	struct counters retired;	/* of what was committed: what the kernel has
				 * counted until then, and does no more */
	struct state_write done;	/* digest and generation of that */
	const struct sync_observer *observer;	/* or NULL */
	bool is_loaded;		/* state.policy is of the files as they are */
	bool deep;		/* read rules back, not their digests only */
};

/*
 * Read the configuration.  End with sync_close whatever is returned.  Between
 * the two nothing is written to stderr (diag_hold), nor may a command write to
 * stdout: the state is locked, and a reader may take his time.
 */
int sync_open(struct cli *cli, struct sync *s);
/* Open state (locked) and kernel, once: all below needs them. */
int sync_ready(struct sync *s);
/* HOOK: do not wait for the kernel to release what was deleted. */
void sync_close(struct sync *s, bool hook);

/*
 * Read all files, ask the tests of the configuration, compile all, make the
 * kernel so.  0 or -errno (said).  If it fails before the kernel is asked, what
 * was loaded stays; where that is nothing, everything from and to the VPN is
 * dropped then.
 */
int sync_all(struct sync *s);

/* Nobody is known: whatever comes from or goes to the VPN is dropped. */
int sync_closed(struct sync *s);

/*
 * What was compiled is in the kernel no more, so the next hook must make all
 * anew.  Who has which address stays known.
 */
void sync_forget(struct sync *s);

/* Take the rules out. */
int sync_remove(struct sync *s);
/*
 * Another backend's rules, from before the configuration was changed, go when
 * the new ones stand (sync_all does it by itself).
 */
int sync_remove_others(struct sync *s);

/*
 * Make the change in s->view true, which affects the clients of A; UPDATED: one
 * of them as its file is now (it is taken, and another left in it), or NULL
 * when the file has not changed.  A file with which the tests of the
 * configuration fail is left out; -EACCES (said) if its client is then closed.
 */
int sync_clients(struct sync *s, const struct affected *a,
		 struct client *updated);

/* What the last of these did, a line on stdout. */
void sync_print_change(const struct sync *s);
