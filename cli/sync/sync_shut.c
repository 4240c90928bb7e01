/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy cannot be loaded: the interface of a new server would be open until
 * somebody mends the files, and so would be what others have done to the rules.
 */
#include "config.h"

#include "cli/sync/sync_commit.h"

#include "cli/sync/drift.h"

void sync_shut_before(struct sync *s)
{
	struct policy loaded = { 0 }, *p = &s->compile.policy;
	const struct vpn *vpn;

	if (!s->state.known)
		return;
	state_load_frame(&s->state, &loaded);
	vec_each(vpn, &loaded.vpns)
		if (!policy_covers(p, vpn))
			policy_add_vpn(p, str_of(vpn->dev), vpn->tap,
				       vpn->ipsec)->shut = true;
	policy_fini(&loaded);
}

static bool add_missing(struct sync *s, const struct policy *wanted)
{
	struct policy *p = &s->compile.policy;
	const struct vpn *vpn;
	bool any = false;

	vec_each(vpn, &wanted->vpns) {
		if (policy_covers(p, vpn))
			continue;
		policy_add_vpn(p, str_of(vpn->dev), vpn->tap,
			       vpn->ipsec)->shut = true;
		diag_note(&s->cli->diag, LOC_NONE,
			  "%s is shut: the rules of before do not have it",
			  vpn->dev);
		any = true;
	}
	return any;
}

static int load(struct sync *s)
{
	const struct affected everybody = { .all = true };
	struct sync_want want = { 0 };
	struct policy wanted = { 0 };
	struct client *none = NULL;
	int r;

	compile_state(&s->compile, &s->state, &everybody, NULL,
		      &s->cli->diag);
	compile_change(&s->compile, &s->view, &none, &s->cli->diag);
	load_vpns(&s->compile.load.conf, &wanted);
	if (add_missing(s, &wanted))
		want.w.frame = &s->compile.policy;
	s->backend->lower(&s->compile.policy, &want.rules);
	r = sync_commit(s, &want);
	ruleset_fini(&want.rules);
	policy_fini(&wanted);
	return r;
}

/* Have others changed the rules of before? */
static bool are_rules_spoilt(struct sync *s)
{
	struct findings found = { 0 };
	struct diag silent = { 0 };
	struct kernel_ruleset old;
	uint32_t generation;
	bool spoilt;

	if (s->backend->list(s->handle, &old, &generation, &silent))
		return false;
	spoilt = drift_of_kernel(s, &old, &found) && found.list.n;
	findings_fini(&found);
	kernel_ruleset_fini(&old);
	if (spoilt)
		diag_note(&s->cli->diag, LOC_NONE,
			  "others have changed the rules of before: they are loaded again");
	return spoilt;
}

int sync_shut_missing(struct sync *s)
{
	struct policy loaded = { 0 }, wanted = { 0 };
	const struct vpn *vpn;
	bool any = false;

	state_load_frame(&s->state, &loaded);
	load_vpns(&s->compile.load.conf, &wanted);
	vec_each(vpn, &wanted.vpns)
		any = any || !policy_covers(&loaded, vpn);
	policy_fini(&wanted);
	policy_fini(&loaded);
	return any || are_rules_spoilt(s) ? load(s) : 0;
}
