/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare the files, the clients that the servers report as connected, and the
 * kernel; change only the differences, in one commit.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "cli/sync/compared.h"
#include "cli/sync/drift.h"
#include "cli/sync/evict.h"
#include "cli/sync/unchanged.h"

struct reconcile {
	struct cli *cli;
	struct sync s;
	struct compared now;
	VEC(struct session) sessions;	/* none if they were compared before */
	struct findings found;
	struct sources told;	/* the text of the sessions */
	size_t before;		/* findings before sync_all */
	bool check;
};

static void planned(void *arg, struct sync *s, const struct plan *plan,
		    const struct kernel_ruleset *old,
		    const struct state_write *w)
{
	struct reconcile *x = arg;

	findings_cut(&x->found, x->before);
	drift_of_plan(s, plan, old, w, &x->found);
}

/* Before the state is locked: a server does not answer while it waits for a
 * hook that waits for the lock. */
static void read_sessions(struct reconcile *x)
{
	const struct instance *in;

	if (compared_before(&x->s.compile.load.conf, &x->now) && !x->cli->deep)
		return;
	vec_each(in, &x->s.compile.load.conf.instances)
		if (!in->ipsec)
			session_read(in, &x->told, vec_add(&x->sessions),
				     &x->cli->diag);
}

static void compare_sessions(struct reconcile *x)
{
	const struct session *session;

	vec_each(session, &x->sessions) {
		drift_of_session(&x->s, session, &x->found);
		if (session->in->status && session->until < x->now.until)
			x->now.until = session->until;
	}
	if (x->sessions.n && x->now.digest && !x->found.list.n &&
	    !x->s.view.edits.list.n)
		compared_keep(&x->s.state, &x->now);
}

static int compare(struct reconcile *x)
{
	const struct sync_observer observer = {
		.planned = planned, .arg = x, .check = x->check,
	};
	int r;

	compare_sessions(x);
	x->before = x->found.list.n;
	if (!x->cli->deep && !x->s.view.edits.list.n &&
	    sync_is_unchanged(&x->s)) {
		x->s.is_loaded = true;
		return 0;
	}
	x->s.deep = x->cli->deep;
	x->s.observer = &observer;
	r = sync_all(&x->s);
	x->s.observer = NULL;
	x->s.is_loaded = !r && !x->check && !state_refresh(&x->s.state);
	return r;
}

static void end_sessions(struct reconcile *x)
{
	const struct session *session;

	sync_unlock(&x->s, false);
	vec_each(session, &x->sessions)
		evict_sessions(&x->s, session, x->check, &x->found);
}

static const char *result_name(const struct reconcile *x, int r)
{
	if (r)
		return "trouble";
	if (!findings_count(&x->found))
		return "in order";
	return x->check ? "differences" : "repaired";
}

static void print_json(const struct reconcile *x, int r)
{
	json_t *root = json_object();

	json_put_text(root, "result", result_name(x, r));
	json_object_set_new(root, "findings", findings_json(&x->found, true));
	json_object_set_new(root, "errors", json_integer(x->cli->diag.errors));
	json_print(root);
}

static void print(const struct reconcile *x, int r)
{
	if (x->cli->json) {
		print_json(x, r);
		return;
	}
	findings_print(&x->found, x->check || r ? "found" : "repaired",
		       x->cli->verbose);
	if (!x->cli->quiet && !r && !findings_count(&x->found))
		puts("in order");
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct reconcile x = { .cli = cli };
	struct session *session;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_reconcile);
	x.check = cli->check || cli->dry_run;
	cli->dry_run = false;
	r = sync_open(cli, &x.s);
	if (!r)
		read_sessions(&x);
	if (!r)
		r = sync_ready(&x.s);
	if (!r)
		r = compare(&x);
	if (!r)
		end_sessions(&x);
	sync_close(&x.s, false);
	print(&x, r);
	if (!r && (findings_count(&x.found) || cli->diag.errors))
		r = -EINVAL;
	vec_each(session, &x.sessions)
		session_fini(session);
	vec_fini(&x.sessions);
	sources_fini(&x.told);
	findings_fini(&x.found);
	return cli_status(r);
}

const struct command cmd_reconcile = {
	.name = "reconcile",
	.args = "",
	.help = "compare files, clients and kernel; repair differences",
	.run = run,
};
