/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new server whose policy cannot be loaded: its interface would be open until
 * somebody mends the files.
 */
#include "config.h"

#include "cli/sync/sync_commit.h"

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
	struct sync_want want = { .w.frame = &s->compile.policy };
	struct policy wanted = { 0 };
	struct client *none = NULL;
	int r = 0;

	compile_state(&s->compile, &s->state, &everybody, NULL,
		      &s->cli->diag);
	compile_change(&s->compile, &s->view, &none, &s->cli->diag);
	load_vpns(&s->compile.load.conf, &wanted);
	if (add_missing(s, &wanted)) {
		s->backend->lower(&s->compile.policy, &want.rules);
		r = sync_commit(s, &want);
	}
	ruleset_fini(&want.rules);
	policy_fini(&wanted);
	return r;
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
	return any ? load(s) : 0;
}
