/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel, the files and those who are connected differ from what was
 * loaded last; each is told by itself, before it is mended.
 *
 *	rules-missing		there are none at all
 *	table-damaged		what no change of rules can mend: a table put to
 *				sleep, a base chain elsewhere, a set of another
 *				kind
 *	chain-missing, chain-changed, chain-added
 *	jump-moved		iptables: it is not the first rule, or gone
 *	set-missing, set-added, element-missing, element-added
 *	state-missing		the digest by which the rules are known
 *	state-lost		nobody knows what was loaded last: a crash
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

/* What PLAN has to do to a kernel that OLD was read from, where nothing should
 * be to do. */
void drift_of_rules(const struct plan *plan, const struct kernel_ruleset *old,
		    struct findings *out);

/* For sync_observer: the rules as S has loaded them against OLD, its files as
 * they were then against those of W. */
void drift_of_plan(struct sync *s, const struct plan *plan,
		   const struct kernel_ruleset *old,
		   const struct state_write *w, struct findings *out);

/* Those who are connected against S's live bindings; what differs is put right
 * in s->view. */
void drift_of_session(struct sync *s, const struct session *session,
		      struct findings *out);
