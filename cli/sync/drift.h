/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences of the kernel, the files and the connected clients from what was
 * loaded last. Each difference is a finding, before it is repaired.
 *
 *	rules-missing		there are none at all
 *	table-damaged		what no change of rules can mend: a table put to
 *				sleep, a base chain elsewhere, a set of another
 *				kind
 *	chain-missing, chain-changed, chain-added
 *	jump-moved		iptables: it is not the first rule, or gone
 *	set-missing, set-added, element-missing, element-added
 *	state-missing		the digest by which the rules are known
 *	state-lost		not known what was loaded last: a crash
 *	policy-changed, policy-added, policy-gone
 *	address-changed, interface-changed
 *	binding-gone		an address of a client that is not connected
 *	binding-changed		an address that is another client's now
 *	binding-missing		an address of a client that no hook has told of
 */
#pragma once

#include "cli/finding.h"
#include "cli/server/session.h"
#include "cli/sync/sync.h"

/* Add a finding for each change of PLAN, which was made against OLD from the
 * kernel and should be empty. */
void drift_of_rules(const struct plan *plan, const struct kernel_ruleset *old,
		    struct findings *out);

/* Compare the rules that S loaded with OLD from the kernel. False: it is not
 * known what S loaded; a finding if there are rules. */
bool drift_of_kernel(struct sync *s, const struct kernel_ruleset *old,
		     struct findings *out);

/* The differences of the kernel, and of the files; both may be one list. */
struct drift {
	struct findings *kernel, *files;
};

/* For sync_observer: drift_of_kernel, and compare the files of then with those
 * of W. */
void drift_of_plan(struct sync *s, const struct plan *plan,
		   const struct kernel_ruleset *old,
		   const struct state_write *w, const struct drift *out);

/* Compare the connected clients with S's live bindings; differences are
 * corrected in s->view. */
void drift_of_session(struct sync *s, const struct session *session,
		      struct findings *out);

/* Before drift_of_session: the same for bindings whose server is not known
 * ("-"), if every one of N servers has told its clients. */
void drift_of_unclaimed(struct sync *s, const struct session *sessions,
			size_t n, struct findings *out);
