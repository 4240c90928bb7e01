/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bring state and kernel up to date: with the whole policy from the files
 * (apply), or with the part that a hook's change concerns. A hook reads its
 * client's file only; all else is as it was compiled last. If the state tables
 * do not match the kernel, or do not have all that is needed, a hook does the
 * same as apply.
 */
#pragma once

#include "cli/cli.h"
#include "cli/finding.h"
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
struct report;

/* An observer of sync_all. */
struct sync_observer {
	/*
	 * PLAN was made against OLD; W->policy is the policy of the present
	 * files. Called again if another program changed the kernel before the
	 * commit.
	 */
	void (*planned)(void *arg, struct sync *s, const struct plan *plan,
			const struct kernel_ruleset *old,
			const struct state_write *w);
	void *arg;
};

/* The configuration that a call goes by. */
enum sync_conf {
	SYNC_CONF_PRESENT,	/* the one in the files */
	SYNC_CONF_KEPT,		/* that cannot be used (reported): the last good
				 * one in its place */
	SYNC_CONF_NONE,		/* and no other is known; it may have no policy
				 * and no instances */
};

struct sync {
	struct cli *cli;
	struct compile compile;	/* with the configuration */
	struct state state;	/* locked */
	struct live_view view;	/* live bindings, with the wanted changes */
	const struct backend *backend;
	struct backend_handle *handle;
	struct sync_change change;
	struct counters retired;	/* counters that the commit has removed
				 * from the kernel */
	struct state_write done;	/* digest and generation of the
					 * commit */
	struct findings standing;	/* of sync_all: see standing.h */
	const struct sync_observer *observer;	/* or NULL */
	struct report *report;	/* sync_all tells it what changes; or NULL */
	bool is_loaded;		/* state.policy has the present files */
	enum sync_conf conf;
	bool removes;		/* sync_ready: the caller removes the rules */
	bool check;		/* change nothing */
	bool tried;		/* sync_ready was called */
	bool tells_standing;	/* the caller does it, not sync_all */
	bool ready;		/* state and backend are open */
	bool found;		/* the kernel has rules */
	bool asked;		/* the kernel could be asked */
	bool closing;		/* at most rules without clients are loaded */
	bool closed;		/* rules that drop everything were loaded */
	bool unshut;		/* an interface that should be shut may be open
				 * (reported) */
	bool deep;		/* read rules back, not their digests only */
	bool stateless;		/* a state directory that is not safe is no
				 * reason to stop: nothing is kept then */
};

/*
 * Read the configuration. If it cannot be used (reported), the last good one is
 * taken in its place, as far as rules are in force: see sync_ready. 0, or
 * -errno (reported): the options are wrong.
 *
 * End with sync_close whatever is returned.  Between the two nothing is written
 * to stderr (diag_hold), and a command must not write to stdout: the state is
 * locked, and a reader may be slow.
 */
int sync_open(struct cli *cli, struct sync *s);
/*
 * The same for a hook: what is wrong is not reported, unless the options are.
 */
int sync_open_hook(struct cli *cli, struct sync *s);
/* Report what is wrong in the configuration. */
void sync_say_conf(struct cli *cli);
/*
 * Open the state (locked) and the backend, once: the functions below need
 * them. If the live table is lost, VIEW has what the kernel knows of it:
 * regain.h. With a configuration that cannot be used, and no rules in force or
 * no good configuration of before, this shuts all interfaces that are known and
 * returns -EINVAL.
 */
int sync_ready(struct sync *s);
/*
 * Give kernel and lock back: a server that is asked may wait for a hook, which
 * waits for them.  What the state told can be read on.  HOOK: do not wait for
 * the kernel to release what was deleted.
 */
void sync_unlock(struct sync *s, bool hook);
void sync_close(struct sync *s, bool hook);

/*
 * The exit status of apply and reconcile after R, 0 or -errno (reported):
 * CLI_OK	all is in force
 * CLI_WRONG	something is shut or still as it was before (reported)
 * CLI_TROUBLE	nothing could be loaded: at most rules that shut everything are
 *		in force; or an interface could not be shut; or wrong usage
 */
int sync_status(const struct sync *s, int r);

/* Say what is in force after R, if that is not all: once, at the end of apply or
 * reconcile. */
void sync_say_end(struct sync *s, int r);

/*
 * Read all files, run the tests of the configuration, compile and commit. 0 or
 * -errno (reported). If reading, tests, compiling or loading fail, the loaded
 * rules stay, and interfaces of the configuration that they do not have are
 * shut; if no rules are loaded, rules that drop everything from and to the VPN
 * are loaded. Without changes (dry run, check) the kernel stays as it is.
 */
int sync_all(struct sync *s);

/*
 * After a hook, whatever it did: if no rules are loaded, as before the first
 * apply or after others have deleted them, do as sync_all.
 */
int sync_enforce(struct sync *s);

/* Load rules without clients: everything from and to the VPN is dropped.
 * -ENOENT: no interface is known; rules that are loaded stay. */
int sync_closed(struct sync *s);

/*
 * The compiled policy is no longer in the kernel, so the next hook must compile
 * everything. The live bindings are kept.
 */
void sync_forget(struct sync *s);

/* Remove the rules. */
int sync_remove(struct sync *s);
/*
 * Remove the rules of another backend, from before a change of the
 * configuration, after the new rules are loaded (sync_all does this itself).
 */
int sync_remove_others(struct sync *s);

/*
 * Commit the change in s->view, which affects the clients of A. UPDATED: one of
 * these clients with its present file (exchanged with the compiled one), or
 * NULL if the file has not changed. A file with which the tests of the
 * configuration fail is not used; -EACCES (reported) if its client is closed
 * then.
 */
int sync_clients(struct sync *s, const struct affected *a,
		 struct client *updated);

/* Has the last commit changed rules? */
bool sync_has_changed(const struct sync *s);
/* Print how many of them, one line on stdout. */
void sync_print_change(const struct sync *s);
