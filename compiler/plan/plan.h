/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wanted ruleset and old ruleset -> objects to add, replace and delete.  The
 * old side is either the lowered policy of before, for a hook, or a listing of
 * the kernel by a backend; a listing has only names, rule digests and elements.
 * The plan borrows from both rulesets, which must outlive it.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

/* A rule of the old side. */
struct kernel_rule {
	uint64_t digest;	/* rule_digest; 0: unknown, equals no rule */
	uint64_t packets, bytes;	/* of its counter */
	/* for counters_count_ipt and owners_read_ipt; NULL and 0: none, or not
	 * needed.  NET: the first address that the rule matches */
	const char *target, *comment;
	struct prefix net;
	uint32_t reqid;		/* of the IPsec policy that it matches */
	uint8_t mac[6];		/* the hardware address that it matches */
	uint8_t verdict;	/* enum verdict_kind */
	bool altered;		/* the expressions differ from the digest: the
				 * rule was changed, or this kernel returns
				 * rules in another form */
};

struct kernel_chain {
	const char *name;
	enum hook hook;
	int priority;		/* of a hook */
	bool base;		/* packets come to it from the hook */
	bool lent;		/* "rules" belongs to another ruleset */
	VEC(struct kernel_rule) rules;
};

struct kernel_ruleset {
	bool table;			/* the table exists */
	bool damaged;			/* the table has a fault that only its
					 * replacement can mend */
	bool whole;			/* a listing of all our rules, not
					 * those of some clients */
	bool unfinished;		/* a commit in steps has not ended: see
					 * enum plan_steps */
	VEC(struct kernel_chain) chains;	/* sorted by name */
	VEC(struct set) sets;		/* sorted by name, elements sorted;
					 * state element included */
	VEC(char *) names;
};

void kernel_ruleset_fini(struct kernel_ruleset *old);
/* A lowered ruleset, or a rule of it, as the old side; RS lends the texts. */
void kernel_ruleset_of(const struct ruleset *rs, struct kernel_ruleset *out);
struct kernel_rule kernel_rule_of(const struct ruleset *rs,
				  const struct rule *rule);

/* Set the digest of each altered rule to 0. */
void kernel_ruleset_distrust(struct kernel_ruleset *old);

/* Is there exactly one state element, and is TEXT its comment? */
bool kernel_ruleset_has_state(const struct kernel_ruleset *old,
			      const char *text);

enum chain_change {
	CHAIN_ADD,
	CHAIN_REPLACE,		/* the chain stays, rules are replaced */
	CHAIN_DELETE,
};

struct plan_chain {
	enum chain_change change;
	const struct chain *chain;	/* wanted; NULL for CHAIN_DELETE */
	const struct kernel_chain *old;	/* NULL for CHAIN_ADD */
	/* CHAIN_REPLACE: the number of rules that stay at the beginning and at
	 * the end of the chain */
	size_t heads, tails;
};

struct plan_set {
	const struct set *set;		/* wanted; NULL: delete the set */
	const struct set *old;		/* NULL: create the set */
	/* elements of a set that stays, or all of a new one */
	VEC(const struct elem *) add;
	size_t n_early;		/* of these, the first: added in a batch before
				 * the main one */
	VEC(const struct elem *) del;
	VEC(const struct elem *) deferred;	/* deleted in the last batch */
};

/*
 * A backend may commit a plan in steps: first rules that drop everything from
 * and to the VPN, then all other objects in as many batches as they need, and
 * in the last batch the rules that let packets in.  So no packet meets a part
 * of the rules.
 */
enum plan_steps {
	STEPS_NEVER,		/* there are clients whose packets pass before
				 * and after the commit */
	STEPS_IF_NEEDED,	/* if the kernel has no room for one batch */
	STEPS_ALWAYS,		/* the commit continues one in steps */
};

struct plan {
	const struct ruleset *want;
	enum plan_steps steps;
	bool create_table;
	bool rebuild;		/* the batch first deletes all old objects */
	VEC(struct plan_chain) chains;
	VEC(struct plan_set) sets;	/* only those with a change */
};

void plan_make(const struct ruleset *want, const struct kernel_ruleset *old,
	       struct plan *out);
void plan_fini(struct plan *plan);

/*
 * The old rule whose counter rule I of the wanted chain continues: the equal
 * rule if it stays, else the rule at the same place; NULL: the counter begins
 * at 0.
 */
const struct kernel_rule *plan_heir(const struct plan_chain *pc, size_t i);

bool plan_is_empty(const struct plan *plan);
/* The change of a set of the old side; NULL: no change. */
const struct plan_set *plan_find_set(const struct plan *plan,
				     const struct set *old);

/*
 * A packet that is in the rules during a commit continues with the old rules,
 * but looks up the new elements of the sets; and an interval set has the new ones
 * only when the commit ends.  So pairs get their elements in the order in which
 * the rules look (allowed, denied, then clients that accept by default):
 *
 * Elements that are not wrong, but not needed by the new rules (the pair's
 * verdict is the same), are deleted later, in a batch of their own.  HOLDS tells
 * whether an element is not wrong.
 */
void plan_defer_deletes(struct plan *plan,
		   bool (*holds)(void *arg, const struct set *set,
				 const struct elem *elem), void *arg);
/*
 * Elements that change no verdict of the old rules are added in a batch before
 * the main one: a pair to allow, if both clients accepted by default; a pair to
 * deny with a network, if one of them did not.  NOW is the new policy.
 */
void plan_hasten_adds(struct plan *plan, const struct policy *now);

/*
 * The old side after the commit of PLAN, which was made against OLD.  Counters
 * continue in elements that stay, and in rules as plan_heir says.  OUT borrows
 * from both.
 */
void kernel_ruleset_after(const struct kernel_ruleset *old,
			  const struct plan *plan, struct kernel_ruleset *out);

/*
 * Does the plan need a batch before the main one?  That makes an interval set
 * with elements, because packets find it empty until its commit has ended; and a
 * chain that an element of an old map will lead to, because a packet that is in
 * the rules during the commit finds the new element, but no rules in the chain;
 * and see plan_hasten_adds.
 */
bool plan_has_prepared(const struct plan *plan);
/*
 * Is what is deleted whole deleted in a batch after the main one?  If the plan
 * puts a hash map in the place of another one: a packet that is in the old rules
 * would find the old map empty (Linux 6.18 and before).  And if elements of an
 * interval map no longer lead to a chain: they do until the commit has ended
 * (since Linux 6.17), but the chain would have no rules.
 */
bool plan_deletes_late(const struct plan *plan);
/* And are base chains among it?  They go in a batch before the sets, so that no
 * packet is in their rules any more. */
bool plan_unhooks_late(const struct plan *plan);
/* Is there something to delete in a batch after the main one? */
bool plan_has_deferred(const struct plan *plan);
/* The number of batches, and so of generations, that the plan takes if it is
 * not committed in steps. */
unsigned int plan_batches(const struct plan *plan);
