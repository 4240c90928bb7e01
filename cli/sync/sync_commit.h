/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way from a compiled policy into the kernel: plan the lowered rules
 * against the kernel's, commit, and try again after a commit of another
 * program.
 */
#pragma once

#include "cli/sync/sync.h"
#include "compiler/lower/ruleset.h"

/* The wanted rules, from s->compile.policy. */
struct sync_want {
	struct ruleset rules;		/* all rules; of a part: the rules of
					 * the affected clients */
	struct ruleset before;		/* of a part: their present rules */
	bool part;			/* the kernel matches the tables */
	bool known;			/* of all rules: this is required */
	bool bare;			/* write no tables: they cannot be
					 * written */
	uint32_t generation;		/* of a part: of that check */
	struct state_write w;		/* except digest, generation, retired */
};

/*
 * Plan and commit, kernel and tables. 0 or -errno (reported; silent: -ENOENT
 * and -EEXIST, the kernel does not match the tables). Also keeps the counters
 * that the commit removes.
 */
int sync_commit(struct sync *s, struct sync_want *want);

/*
 * Does the kernel match the tables? See backend.h: check; -ENOENT also if there
 * are no tables.
 */
int sync_check_kernel(struct sync *s, uint32_t *generation, struct diag *d);

/*
 * Shut the interfaces of the configuration that the loaded rules do not have;
 * these rules stay, as the state tables know them: what others have changed of
 * them is mended. 0 or -errno (reported).
 */
int sync_shut_missing(struct sync *s);

/*
 * Close clients of the loaded rules, as the state tables know them: each C of
 * CLOSED has a name and a closed state. What others have changed of the rules is
 * mended. 0 or -errno (reported).
 */
int sync_close_clients(struct sync *s, const struct client *closed, size_t n);

/* Look at what the host has: its interfaces, and whether it translates. */
void sync_look(struct sync *s);

/* Does the configuration have an interface that the loaded rules lack? */
bool sync_lacks_interface(const struct sync *s);

/*
 * Add the interfaces of the loaded rules to the compiled policy, as shut: of a
 * server whose interface the configuration does not tell any more.
 */
void sync_shut_before(struct sync *s);

/* Add B's counters in OLD to s->retired; with PLAN (or NULL) without those that
 * continue after its commit. */
void sync_retire_counters(struct sync *s, const struct backend *b,
			  const struct kernel_ruleset *old,
			  const struct plan *plan);

/* Remove B's rules by its handle H; s->done stays valid. */
int sync_remove_rules(struct sync *s, const struct backend *b,
		      struct backend_handle *h);
