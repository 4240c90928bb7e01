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
			policy_add_shut(p, vpn);
	policy_fini(&loaded);
	if (s->compile.has_devs)
		tundev_leave(&s->compile.devs, p);
}

/* Add to P, as shut, the interfaces of WANTED that it lacks. */
static bool add_missing(struct policy *p, const struct policy *wanted)
{
	const struct vpn *vpn;
	bool any = false;

	vec_each(vpn, &wanted->vpns) {
		if (policy_covers(p, vpn))
			continue;
		policy_add_shut(p, vpn);
		any = true;
	}
	return any;
}

static void compile_before(struct sync *s)
{
	const struct affected everybody = { .all = true };
	struct client *none = NULL;

	compile_state(&s->compile, &s->state, &everybody, NULL,
		      &s->cli->diag);
	compile_change(&s->compile, &s->view, &none, &s->cli->diag);
}

static int commit(struct sync *s, struct sync_want *want)
{
	int r;

	s->backend->lower(&s->compile.policy, &want->rules);
	r = sync_commit(s, want);
	ruleset_fini(&want->rules);
	return r;
}

static int load(struct sync *s, const struct policy *wanted)
{
	struct sync_want want = { 0 };

	compile_before(s);
	if (add_missing(&s->compile.policy, wanted)) {
		want.w.frame = &s->compile.policy;
		if (s->compile.has_devs)
			tundev_leave(&s->compile.devs, &s->compile.policy);
	}
	return commit(s, &want);
}

int sync_close_clients(struct sync *s, const struct client *closed, size_t n)
{
	struct policy *p = &s->compile.policy;
	VEC(const struct client *) changed = { 0 };
	struct client *c;
	size_t i;
	int r;

	compile_before(s);
	for (i = 0; i < n; i++) {
		c = policy_find(p, closed[i].name);
		if (!c)
			continue;
		pffile_fini(&c->pf);
		c->pf = (struct pffile){ 0 };
		c->state = closed[i].state;
		vec_push(&changed, c);
	}
	r = commit(s, &(struct sync_want){
		.w.changed = changed.v, .w.n_changed = changed.n,
		.w.frame = p, .w.now = state_clock(),
	});
	vec_fini(&changed);
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
	return spoilt;
}

/* What LOADED lacks of WANTED is shut now. */
static void say_shut(struct diag *d, const struct policy *loaded,
		     const struct policy *wanted)
{
	const struct vpn *vpn;

	vec_each(vpn, &wanted->vpns)
		if (!policy_covers(loaded, vpn))
			diag_note(d, LOC_NONE,
				  "%s is shut: the rules of before did not have it",
				  vpn->ipsec ? vpn->server : vpn->dev);
}

static bool lacks(const struct policy *loaded, const struct policy *wanted)
{
	const struct vpn *vpn;

	vec_each(vpn, &wanted->vpns)
		if (!policy_covers(loaded, vpn))
			return true;
	return false;
}

/* The interfaces of the rules of before, and of the configuration. */
static void read_interfaces(const struct sync *s, struct policy *loaded,
			    struct policy *wanted)
{
	state_load_frame(&s->state, loaded);
	load_vpns(&s->compile.load.conf, wanted);
}

bool sync_lacks_interface(const struct sync *s)
{
	struct policy loaded = { 0 }, wanted = { 0 };
	bool any;

	read_interfaces(s, &loaded, &wanted);
	any = lacks(&loaded, &wanted);
	policy_fini(&wanted);
	policy_fini(&loaded);
	return any;
}

int sync_shut_missing(struct sync *s)
{
	struct policy loaded = { 0 }, wanted = { 0 };
	struct diag *d = &s->cli->diag;
	bool spoilt = are_rules_spoilt(s);
	int r = 0;

	read_interfaces(s, &loaded, &wanted);
	if (spoilt || lacks(&loaded, &wanted))
		r = load(s, &wanted);
	if (!r && spoilt)
		diag_note(d, LOC_NONE,
			  "others had changed the rules of before: they were loaded again");
	if (!r)
		say_shut(d, &loaded, &wanted);
	policy_fini(&wanted);
	policy_fini(&loaded);
	return r;
}
