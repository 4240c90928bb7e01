/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet filter that can hold a ruleset.  The compiler knows no kernel, a
 * backend knows no files.
 */
#pragma once

#include "backends/bypass.h"
#include "backends/host_nat.h"
#include "compiler/base/diag.h"
#include "compiler/model/policy.h"
#include "compiler/plan/counters.h"
#include "compiler/plan/owners.h"
#include "compiler/plan/plan.h"

struct backend_handle;

struct backend {
	const char *name;

	/* Policy (resolved) -> this backend's kind of ruleset, sorted; sets
	 * each open client's policy_chain. */
	void (*lower)(struct policy *p, struct ruleset *out);

	/* As lower, but only P's affected clients: see lower_nft.h.  Needed
	 * only if check can return 0. */
	void (*lower_affected)(struct policy *p,
			       bool (*is_used)(void *arg,
					       const char *policy_chain),
			       void *arg, struct ruleset *out);

	/* A long-running process may use one handle for all its changes. */
	bool reusable;

	/* Does the kernel have rules of ours that judge packets?  Must not make
	 * the kernel create a table, as a request for one of iptables does. */
	bool (*is_loaded)(void);

	/* Do other programs' rules of this kind translate addresses?  Reads no
	 * rules, makes no table; false if we have no right to ask. */
	bool (*has_nat)(void);

	/* Tell FOUND of the rules of this kind that translate the source of
	 * packets to POOLS, and WHERE they stand; silent if we have no right to
	 * ask. */
	void (*find_nat)(const struct host_pools *pools,
			 nat_found_fn *found, void *arg);

	/* Tell FOUND of flowtables and of rules that write addresses, of other
	 * programs and of this kind; silent if we have no right to ask.  NULL:
	 * there is no such thing. */
	void (*find_bypass)(bypass_found_fn *found, void *arg);

	/*
	 * Open a handle.  0, -EPROTONOSUPPORT (silent) if this kernel cannot
	 * hold such rules, or -errno (said).
	 */
	int (*open)(struct backend_handle **out, const struct ipt_options *ipt,
		    struct diag *d);

	/*
	 * Are the kernel's rules the rules that were committed with STATE?
	 * Costs microseconds.  0: yes; a change of some clients can be planned
	 * against the state tables.  -ESTALE: only list can tell; every change
	 * is planned against a listing.  If the generation is still that of the
	 * commit, number and size of the rules are unchanged.  -ENOENT: no.
	 * *GENERATION becomes the present one.  Without H (a dry run): the
	 * answer for unchanged rules.
	 */
	int (*check)(struct backend_handle *h, const char *state,
		     uint32_t *generation, struct diag *d);

	/* Are our rules the first in their hooks?  NULL: foreign rules do not
	 * matter there, or change the state's text. */
	bool (*is_first)(struct backend_handle *h);

	/*
	 * Read the kernel's rules and their generation.  Tries again if they
	 * change meanwhile.  No table: 0, and out->table false.  The state text
	 * is the comment of the only element of a set "state".
	 */
	int (*list)(struct backend_handle *h, struct kernel_ruleset *out,
		    uint32_t *generation, struct diag *d);

	/* Add the counters of a listing to OUT: see counters.h. */
	void (*count)(const struct kernel_ruleset *rules, struct counters *out);

	/* Add the owners of addresses in a listing to OUT: see owners.h. */
	void (*owners)(const struct kernel_ruleset *rules, struct owners *out);

	/*
	 * After check: PLAN was made against OLD, which was lowered, not
	 * listed.  Read into OLD the counters of the objects that PLAN deletes
	 * or gives to another client.  0; or, silent, -ENOENT: an object is
	 * missing, -ERESTART: another program changed the rules meanwhile.
	 */
	int (*read_counters)(struct backend_handle *h, const struct plan *plan,
			     struct kernel_ruleset *old, struct diag *d);

	/*
	 * Commit PLAN, all or nothing, and write STATE (at most 100 bytes of
	 * [A-Za-z0-9 ]) into the state element in the same batch.  The plan was
	 * made under *GENERATION: if the kernel has another generation now, the
	 * call does nothing and returns -ERESTART (silent).  On success
	 * *GENERATION is the new one.  A refusal by the kernel is said with the
	 * .pf line of the rule; with QUIET_DRIFT -ENOENT and -EEXIST (the
	 * kernel differs from the plan's old side) are silent.
	 */
	int (*commit)(struct backend_handle *h, const struct plan *plan,
		      const char *state, uint32_t *generation,
		      bool quiet_drift, struct diag *d);

	/*
	 * Tell FOUND, in a sentence each, of the foreign rules that may accept
	 * packets from or to P's interfaces before these meet our rules.  Takes
	 * no lock and changes nothing.  0 or -errno (said).  NULL: a foreign
	 * accept does not bypass our rules.
	 */
	int (*find_foreign)(struct backend_handle *h, const struct policy *p,
			 void (*found)(void *arg, const char *what), void *arg,
			 struct diag *d);

	/* Remove our table or chains, no foreign object.  0 also if there are
	 * none. */
	int (*remove)(struct backend_handle *h, struct diag *d);

	/*
	 * Close the handle.  With DETACH a process that deleted objects need
	 * not wait 8 to 16 ms until the kernel has freed them: see nft.c.
	 */
	void (*close)(struct backend_handle *h, bool detach);

	/* Print the rules as text for the backend's own tool: all rules, or if
	 * N is not 0 the chains NAMES.  Needs no handle and no privilege.  0 or
	 * -errno (said: a library is missing). */
	int (*print)(const struct ruleset *rs, const char *state,
		     const char *const *names, size_t n, FILE *out,
		     struct diag *d);
};

extern const struct backend backend_nft, backend_ipt;

/* The backend "nftables" or "iptables-legacy"; NULL: none. */
const struct backend *backend_find(const char *name);

/* The backends in order of preference, from 0; NULL: no more. */
const struct backend *backend_at(size_t i);

/* Does this host translate addresses, by rules of any kind?  See has_nat. */
bool backend_host_has_nat(void);
