/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare the files, the clients that the servers report as connected, and the
 * kernel; change only the differences, in one commit.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/server/interfaces.h"
#include "cli/sync/compared.h"
#include "cli/sync/drift.h"
#include "cli/sync/evict.h"
#include "cli/sync/revoke.h"
#include "cli/sync/sync_commit.h"
#include "cli/sync/sync_conf.h"
#include "cli/sync/unchanged.h"
#include "compiler/base/journal.h"

struct reconcile {
	struct cli *cli;
	struct sync s;
	struct compared now;
	struct sessions sessions;	/* none if they were compared before */
	struct findings found;
	struct sources told;	/* the text of the sessions */
	char *unasked;		/* "", or the servers that nobody can ask, for
				 * the line "in order" */
	size_t before;		/* findings before sync_all */
	bool failed;
};

static void planned(void *arg, struct sync *s, const struct plan *plan,
		    const struct kernel_ruleset *old,
		    const struct state_write *w)
{
	struct reconcile *x = arg;
	const struct drift out = { &x->found, &x->found };

	findings_cut(&x->found, x->before);
	drift_of_plan(s, plan, old, w, &out);
}

static void find_unasked(struct reconcile *x)
{
	const struct instance *in;
	char *before;

	x->unasked = mem_copy("");
	vec_each(in, &x->s.compile.load.conf.instances) {
		if (in->ipsec || in->bad || in->management || in->status)
			continue;
		before = x->unasked;
		x->unasked = mem_printf("%s%s\"%s\"", before,
					*before ? ", " : "", in->name);
		free(before);
	}
}

/* Before the state is locked: a server does not answer while it waits for a
 * hook that waits for the lock. */
static void read_sessions(struct reconcile *x)
{
	const struct instance *in;

	if (compared_before(&x->s.compile.load.conf, &x->now) && !x->cli->deep)
		return;
	vec_each(in, &x->s.compile.load.conf.instances)
		if (!in->ipsec && !in->bad)
			session_read(in, &x->told, vec_add(&x->sessions.list),
				     &x->cli->diag);
}

/* Only of a server that answers: the status file of one that has ended tells
 * nothing about that. */
static void find_no_interface(struct reconcile *x,
			      const struct session *session)
{
	const struct instance *in = session->in;
	struct finding *f;

	if (session->source != SESSION_MANAGEMENT ||
	    interfaces_have(&x->s.compile, in))
		return;
	findings_add(&x->found, "interface-missing",
		     "there is no interface %s, but \"%s\" runs: its clients are on another one, and are not filtered there",
		     in->dev, in->name);
	f = vec_end(&x->found.list) - 1;
	f->at = in->at;
	f->stands = true;
}

static void compare_sessions(struct reconcile *x)
{
	const struct session *session;

	sync_look(&x->s);
	drift_of_unclaimed(&x->s, x->sessions.list.v, x->sessions.list.n,
			   &x->found);
	vec_each(session, &x->sessions.list) {
		find_no_interface(x, session);
		drift_of_session(&x->s, session, &x->found);
		if (session->in->status && session->until < x->now.until)
			x->now.until = session->until;
	}
	if (x->sessions.list.n && x->now.digest && !x->found.list.n &&
	    !x->s.view.edits.list.n)
		compared_keep(&x->s.state, &x->now);
}

static int compare(struct reconcile *x)
{
	const struct sync_observer observer = { planned, x };
	int r;

	compare_sessions(x);
	x->before = x->found.list.n;
	if (!x->cli->deep && !x->s.view.edits.list.n &&
	    sync_is_unchanged(&x->s)) {
		x->s.is_loaded = true;
		sync_keep_conf(&x->s);
		return 0;
	}
	x->s.deep = x->cli->deep;
	x->s.observer = &observer;
	r = sync_all(&x->s);
	x->s.observer = NULL;
	findings_move(&x->found, &x->s.standing);
	x->s.is_loaded = !r && !x->s.check && !state_refresh(&x->s.state);
	return r;
}

/* Those of a bad server were not compared, but may end. */
static void end_sessions(struct reconcile *x)
{
	const struct instance *in = NULL;
	struct missing_guard guard;

	sync_unlock(&x->s, false);
	while ((in = conf_next_bad(&x->s.compile.load.conf, in)))
		if (in->management)
			session_ask(in, &x->told, vec_add(&x->sessions.list),
				    &x->cli->diag);
	if (evict_sessions(&x->s, &x->sessions, x->s.check, &x->found, &guard))
		missing_guard_find(&guard, &x->found);
}

static const char *result_name(const struct reconcile *x, int status)
{
	const struct finding *f;

	if (x->failed)
		return "trouble";
	vec_each(f, &x->found.list)
		if (!f->minor && !f->stands)
			return status != CLI_OK ? "trouble" :
			       x->s.check ? "differences" : "repaired";
	if (findings_count(&x->found))
		return "stands";
	return status == CLI_OK ? "in order" : "trouble";
}

static void print_json(const struct reconcile *x, int status)
{
	json_t *root = json_object();

	json_put_text(root, "result", result_name(x, status));
	json_object_set_new(root, "findings", findings_json(&x->found, true));
	json_object_set_new(root, "errors", json_integer(x->cli->diag.errors));
	json_print(root);
}

/* STATUS: of sync_status. */
static void print(const struct reconcile *x, int status)
{
	bool ok = status == CLI_OK;

	if (x->cli->json) {
		print_json(x, status);
		return;
	}
	findings_print(&x->found, x->s.check || x->failed ? "found" :
		       "repaired", x->cli->verbose);
	if (x->cli->quiet || !ok || findings_count(&x->found))
		return;
	journal_begin(stdout, x->cli->journal, JOURNAL_INFO);
	printf("in order%s%s\n", *x->unasked ?
	       ", as far as is known: who is connected is not told by " :
	       "", x->unasked);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct reconcile x = { .cli = cli, .found.journal = cli->journal };
	bool check = cli->check || cli->dry_run;
	int r, status;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_reconcile);
	cli->dry_run = false;
	r = sync_open(cli, &x.s);
	x.s.check = check;
	x.s.tells_standing = true;
	x.s.stateless = true;
	find_unasked(&x);
	if (!r && x.s.conf != SYNC_CONF_NONE)
		read_sessions(&x);
	if (!r)
		r = sync_ready(&x.s);
	if (!r)
		r = compare(&x);
	if (!r)
		end_sessions(&x);
	x.failed = r;
	status = sync_status(&x.s, r);
	sync_say_end(&x.s, r);
	sync_unlock(&x.s, false);
	print(&x, status);
	sync_close(&x.s, false);
	if (r && status == CLI_WRONG && !check)
		revoke_all(cli);
	if (!status && findings_count(&x.found))
		status = CLI_WRONG;
	sessions_fini(&x.sessions);
	sources_fini(&x.told);
	free(x.unasked);
	findings_fini(&x.found);
	return status;
}

const struct command cmd_reconcile = {
	.name = "reconcile",
	.args = "",
	.help = "compare files, clients and kernel; repair differences",
	.run = run,
};
