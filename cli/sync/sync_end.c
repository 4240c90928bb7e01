/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/sync_end.h"

#include <errno.h>

#include "cli/sync/sync_commit.h"
#include "cli/sync/sync_conf.h"

/* In any backend: another backend's rules are removed only after the new ones
 * are loaded. */
static bool are_rules_loaded(void)
{
	const struct backend *b;
	size_t i;

	for (i = 0; (b = backend_at(i)); i++)
		if (b->is_loaded())
			return true;
	return false;
}

bool sync_is_in_force(const struct sync *s)
{
	return !s->closing && s->state.known && are_rules_loaded();
}

int sync_status(const struct sync *s, int r)
{
	if (s->cli->dry_run && r)
		return cli_status(r);
	if (s->unshut || s->compile.load.conf.bad_options)
		return CLI_TROUBLE;
	if (r && !sync_is_in_force(s))
		return CLI_TROUBLE;
	return r || s->cli->diag.errors || s->compile.policy.n_doubtful
		? CLI_WRONG : CLI_OK;
}

int sync_closed(struct sync *s)
{
	struct state_write w = { 0 };

	sync_look(s);
	compile_closed(&s->compile);
	if (!s->compile.policy.vpns.n)
		return -ENOENT;
	return sync_load(s, &w);
}

/* The state cannot be written, and the kernel can be told yet. */
static int close_bare(struct sync *s)
{
	struct sync_want want = { .bare = true };
	int r;

	sync_look(s);
	compile_closed(&s->compile);
	if (!s->compile.policy.vpns.n)
		return -ENOENT;
	s->backend->lower(&s->compile.policy, &want.rules);
	r = sync_commit(s, &want);
	ruleset_fini(&want.rules);
	return r;
}

/* For example at boot: without rules everything would pass. */
static int close_all(struct sync *s)
{
	int r = s->ready ? sync_closed(s) : -ENOENT;

	s->closing = true;
	if (r)
		r = close_bare(s);
	if (r)
		return r;
	s->closed = true;
	sync_forget(s);
	return 0;
}

void sync_shut_rest(struct sync *s)
{
	const struct sync_observer *observer = s->observer;
	int r;

	s->observer = NULL;
	if (!sync_is_in_force(s))
		r = close_all(s);
	else
		r = sync_shut_missing(s);
	s->observer = observer;
	s->unshut |= r != 0;
}

void sync_close_blindly(struct sync *s)
{
	struct diag silent = { 0 };

	if (s->cli->dry_run || s->check || s->removes)
		return;
	if (sync_is_in_force(s)) {
		s->unshut |= sync_lacks_interface(s);
		return;
	}
	if (are_rules_loaded() ||
	    (!s->handle && sync_open_backend(s, &silent)))
		return;
	s->unshut |= close_all(s) != 0;
}

int sync_enforce(struct sync *s)
{
	int r;

	if (s->found || s->cli->dry_run || s->compile.load.conf.bad_options ||
	    are_rules_loaded())
		return 0;
	/* sync_ready has shut what it could */
	if (s->tried && (!s->ready || s->conf != SYNC_CONF_PRESENT))
		return 0;
	r = sync_ready(s);
	return r ? r : sync_all(s);
}

static void say_closed(const struct sync *s, struct diag *d)
{
	if (s->unshut)
		diag_note(d, LOC_NONE,
			  "nothing could be loaded: everything from and to the interfaces that are known is dropped now");
	else
		diag_note(d, LOC_NONE,
			  "nothing could be loaded: everything from and to the VPN is dropped now");
}

/* No rules of this call or of a known one of before are in force. */
static void say_nothing(const struct sync *s, struct diag *d)
{
	bool any = s->asked && are_rules_loaded();
	const char *known = s->compile.policy.vpns.n || !s->asked ? "" :
			    ", and no interface is known that could be shut";

	if (!s->asked)
		diag_note(d, LOC_NONE,
			  "nothing could be loaded: it is not known what is in force");
	else if (any)
		diag_note(d, LOC_NONE,
			  "nothing could be loaded%s: the rules in the kernel stay as they are",
			  known);
	else
		diag_error(d, LOC_NONE, 0,
			   "nothing could be loaded%s: everything may pass",
			   known);
}

static void say_loaded(struct sync *s, struct diag *d)
{
	if (s->conf == SYNC_CONF_KEPT)
		diag_note(d, LOC_NONE,
			  "the last good configuration goes on in the place of \"%s\"",
			  conf_path(&s->cli->conf));
	if (!s->check && !s->cli->dry_run)
		sync_say_shut(s);
}

void sync_say_end(struct sync *s, int r)
{
	bool tried = !s->check && !s->cli->dry_run;
	struct diag *d = &s->cli->diag;

	if (s->compile.load.conf.bad_options)
		return;
	if (!r)
		say_loaded(s, d);
	else if (s->closed)
		say_closed(s, d);
	else if (!sync_is_in_force(s) && tried)
		say_nothing(s, d);
	else if (!sync_is_in_force(s))
		return;
	else if (s->unshut)
		diag_error(d, LOC_NONE, 0,
			   "the rules of before stay in force, but an interface that they do not have may be open");
	else
		diag_note(d, LOC_NONE, "the rules of before stay in force");
}
