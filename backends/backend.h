/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet filter that can hold a ruleset.  The compiler knows no kernel, a
 * backend knows no files.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/model/policy.h"
#include "compiler/plan/counters.h"
#include "compiler/plan/plan.h"

struct backend_handle;

struct backend {
	const char *name;

	/* Policy (resolved) -> this backend's kind of ruleset, sorted; sets
	 * each open client's policy_chain. */
	void (*lower)(struct policy *p, struct ruleset *out);

	/* The same of P's affected clients alone: see lower_nft.h.  Only
	 * where check returns 0. */
	void (*lower_affected)(struct policy *p,
			       bool (*is_used)(void *arg,
					       const char *policy_chain),
			       void *arg, struct ruleset *out);

	/* A handle serves one call after the other: whoever stays keeps it. */
	bool reusable;

	/* Has the kernel anything that remove would take out?  Of iptables
	 * without making the kernel make a table, which would stay. */
	bool (*is_loaded)(void);

	/*
	 * Open the kernel's door.  0, -EPROTONOSUPPORT (silent) when this
	 * kernel cannot hold such rules, or -errno after it was said.
	 */
	int (*open)(struct backend_handle **out, const struct ipt_options *ipt,
		    struct diag *d);

	/*
	 * Are the rules those that were committed with STATE?  Costs
	 * microseconds.  0: they are, so that a change of some clients can be
	 * planned against what the tables say.  -ESTALE: only list can tell, so
	 * that every change is planned against the whole; but if the generation
	 * is that of the commit, rules are as many and as long.  -ENOENT: no.
	 * *GENERATION is then the one of now.  Without H (a dry run): as if
	 * nobody had touched them.
	 */
	int (*check)(struct backend_handle *h, const char *state,
		     uint32_t *generation, struct diag *d);

	/* Are our rules asked first in their hooks?  NULL: what others do there
	 * does not matter, or changes the state's text. */
	bool (*is_first)(struct backend_handle *h);

	/*
	 * Read what is there, and the generation it was read under.  Tries
	 * again when it changes meanwhile.  No table: 0, and out->table false.
	 * The state text is the comment of the only element of a set "state".
	 */
	int (*list)(struct backend_handle *h, struct kernel_ruleset *out,
		    uint32_t *generation, struct diag *d);

	/* counters.h: what a listing has counted. */
	void (*count)(const struct kernel_ruleset *rules,
		      const struct policy *p, struct counters *out);

	/*
	 * After check: PLAN was made against OLD, which was lowered and not
	 * listed.  Read the counters of what PLAN takes away or gives to
	 * another client into OLD.  0; or silently -ENOENT: it is not all
	 * there, -ERESTART: others have changed it meanwhile.
	 */
	int (*read_counters)(struct backend_handle *h, const struct plan *plan,
			     struct kernel_ruleset *old, struct diag *d);

	/*
	 * Make PLAN true, all or nothing, and write STATE (a text of at most
	 * 100 bytes of [A-Za-z0-9 ]) into the state element in the same batch.
	 * GENERATION is the one that the plan was made under: if the kernel's
	 * is another by now nothing is done and -ERESTART returned (silent).
	 * On success *generation is the new one.  A refusal by the kernel is
	 * said with the .pf line of the rule it concerns; -ENOENT and -EEXIST
	 * (what the plan expected is not there) are silent when quiet_drift.
	 */
	int (*commit)(struct backend_handle *h, const struct plan *plan,
		      const char *state, uint32_t *generation,
		      bool quiet_drift, struct diag *d);

	/*
	 * Tell FOUND, in a sentence each, of the rules of others that may
	 * accept packets from or to P's interfaces before ours are asked.
	 * Takes no lock and changes nothing.  0 or -errno (said).  NULL: there
	 * are none, an accept of others ends nothing.
	 */
	int (*find_foreign)(struct backend_handle *h, const struct policy *p,
			 void (*found)(void *arg, const char *what), void *arg,
			 struct diag *d);

	/* Remove the whole table (own objects only).  0 also if none. */
	int (*remove)(struct backend_handle *h, struct diag *d);

	/*
	 * Close.  With DETACH a process that deleted something need not wait
	 * for the kernel's release of it (8 to 16 ms): see nft.c.
	 */
	void (*close)(struct backend_handle *h, bool detach);

	/* The rules as text that the backend's own tool loads; NAMES (or all,
	 * when N is 0) are chains' names.  Needs no handle and no right.
	 * 0 or -errno (said: a library is missing). */
	int (*print)(const struct ruleset *rs, const char *state,
		     const char *const *names, size_t n, FILE *out,
		     struct diag *d);
};

extern const struct backend backend_nft, backend_ipt;

/* "nftables" or "iptables-legacy"; NULL: no such. */
const struct backend *backend_find(const char *name);

/* In the order of preference, from 0; NULL: no more. */
const struct backend *backend_at(size_t i);
