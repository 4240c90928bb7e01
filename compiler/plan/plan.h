/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wanted ruleset against what is there -> what to add, replace and delete.
 * The old side is either a lowered policy (a hook knows what it had) or what a
 * backend read from the kernel (then only names, rule digests and elements are
 * known).  The plan borrows from both, which must outlive it.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* A chain of the old side. */
struct kernel_rule {
	uint64_t digest;	/* rule_digest, or 0: not known, so differs */
	uint64_t packets, bytes;	/* of its counter */
	/* what counters_count_ipt (iptables) goes by; NULL and 0: there is none, or
	 * it is not asked for.  NET: the first address that it matches */
	const char *target, *comment;
	struct prefix net;
	uint8_t verdict;	/* enum verdict_kind */
	bool altered;		/* it says otherwise than the digest does; or
				 * this kernel returns rules otherwise than it
				 * was given them */
};

struct kernel_chain {
	const char *name;
	enum hook hook;
	int priority;		/* of a hook */
	bool base;		/* packets come to it from the hook */
	bool lent;		/* its rules are another ruleset's */
	VEC(struct kernel_rule) rules;
};

struct kernel_ruleset {
	bool table;			/* the table is there at all */
	bool damaged;			/* but not as we make it, and no change
					 * of what is in it can mend that */
	VEC(struct kernel_chain) chains;	/* sorted by name */
	VEC(struct set) sets;		/* sorted by name, elements sorted;
					 * state element included */
	VEC(char *) names;
};

void kernel_ruleset_fini(struct kernel_ruleset *old);
/* The same view of a lowered ruleset, and of a rule; texts are lent by RS. */
void kernel_ruleset_of(const struct ruleset *rs, struct kernel_ruleset *out);
struct kernel_rule kernel_rule_of(const struct ruleset *rs,
				  const struct rule *rule);

/* Take the digest of no rule that is altered for its own. */
void kernel_ruleset_distrust(struct kernel_ruleset *old);

/* Is TEXT the state element's comment, and there is but that one? */
bool kernel_ruleset_has_state(const struct kernel_ruleset *old,
			      const char *text);

enum chain_change {
	CHAIN_ADD,
	CHAIN_REPLACE,		/* it stays, its rules are replaced */
	CHAIN_DELETE,
};

struct plan_chain {
	enum chain_change change;
	const struct chain *chain;	/* wanted; NULL for CHAIN_DELETE */
	const struct kernel_chain *old;	/* NULL for CHAIN_ADD */
	/* CHAIN_REPLACE: so many rules at its beginning and its end stay */
	size_t heads, tails;
};

struct plan_set {
	const struct set *set;		/* wanted; NULL: delete the set */
	const struct set *old;		/* NULL: create the set */
	/* elements of a set that stays, or all of a new one */
	VEC(const struct elem *) add;
	VEC(const struct elem *) del;
	VEC(const struct elem *) deferred;	/* to be deleted after all else */
};

struct plan {
	const struct ruleset *want;
	bool create_table;
	bool rebuild;		/* all that is there goes, in the same batch */
	VEC(struct plan_chain) chains;
	VEC(struct plan_set) sets;	/* only those with a change */
};

void plan_make(const struct ruleset *want, const struct kernel_ruleset *old,
	       struct plan *out);
void plan_fini(struct plan *plan);

/*
 * The old rule whose counter goes on in rule I of the wanted chain: the same
 * rule where it stays, else the one at its place; NULL: it begins at 0.
 */
const struct kernel_rule *plan_heir(const struct plan_chain *pc, size_t i);

bool plan_is_empty(const struct plan *plan);
/* The change of a set of the old side; NULL: it stays as it is. */
const struct plan_set *plan_find_set(const struct plan *plan,
				     const struct set *old);

/*
 * A packet on its way keeps the rules that it began with, but meets each set as
 * it is by then.  So where rules change, an element that is no longer needed
 * but not wrong (the pair's verdict is the same, the new rules just find it by
 * other means) is deleted later, in a batch of its own: HOLDS says which.
 */
void plan_defer_deletes(struct plan *plan,
		   bool (*holds)(void *arg, const struct set *set,
				 const struct elem *elem), void *arg);

/*
 * What OLD will be once PLAN, made against it, is committed: counters go on
 * where elements stay, and as plan_heir says.  Borrows from both.
 */
void kernel_ruleset_after(const struct kernel_ruleset *old,
			  const struct plan *plan, struct kernel_ruleset *out);

/* A new interval set with elements: is made in a batch before, because the
 * kernel shows such a set empty to packets until its commit has ended. */
bool plan_has_prepared(const struct plan *plan);
/* Elements to be deleted in a batch after. */
bool plan_has_deferred(const struct plan *plan);
/* How many batches, and so generations, the plan takes. */
unsigned int plan_batches(const struct plan *plan);
