/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/sync.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/host_devs.h"
#include "cli/sync/adopt.h"
#include "cli/sync/missing.h"
#include "cli/sync/regain.h"
#include "cli/sync/report.h"
#include "cli/sync/standing.h"
#include "cli/sync/sync_commit.h"
#include "cli/sync/sync_conf.h"
#include "cli/sync/sync_end.h"
#include "compiler/base/journal.h"
#include "compiler/lower/lower_share.h"

/* Not after an error: the handle may be in an unknown state. */
static bool keep_handle(struct sync *s)
{
	struct cli_handle *cache = s->cli->handle_cache;

	if (!cache || cache->handle || !s->backend->reusable ||
	    s->cli->diag.errors)
		return false;
	*cache = (struct cli_handle){ s->backend, s->handle };
	return true;
}

int sync_open_backend(struct sync *s, struct diag *d)
{
	struct cli_handle h;
	int r = cli_open_backend(s->cli, &s->compile.load.conf, &h, d);

	s->backend = h.backend;
	s->handle = h.handle;
	s->asked |= !r;
	return r;
}

int sync_load(struct sync *s, const struct state_write *w)
{
	struct sync_want want = { .w = *w };
	char text[LOWER_STATE_TEXT];
	int r;

	want.w.policy = &s->compile.policy;
	s->backend->lower(&s->compile.policy, &want.rules);
	if (s->cli->dry_run)
		r = s->backend->print(&want.rules,
				      lower_state(ruleset_digest(&want.rules),
						  text), NULL, 0, stdout,
				      &s->cli->diag);
	else
		r = sync_commit(s, &want);
	ruleset_fini(&want.rules);
	return r;
}

void sync_forget(struct sync *s)
{
	/* else the next call takes these rules for those of the policy; an
	 * error may pass */
	if (unlinkat(s->state.dirfd, "policy", 0) && errno != ENOENT)
		unlinkat(s->state.dirfd, "policy", 0);
}

/* The configuration cannot be used: as sync_ready. */
static int go_on(struct sync *s)
{
	bool known = sync_is_in_force(s) && s->conf == SYNC_CONF_KEPT;

	if (!known && !s->cli->dry_run && !s->check)
		sync_shut_rest(s);
	return known ? 0 : -EINVAL;
}

static int make_ready(struct sync *s)
{
	struct conf *conf = &s->compile.load.conf;
	struct diag *d = &s->cli->diag;
	int r;

	s->tried = true;
	s->backend = cli_backend(s->cli, conf);
	if (!s->backend)
		return -ENOENT;
	r = state_open(conf->state_dir, s->cli->dry_run, &s->state, d);
	if (r == -EPERM && s->stateless)
		r = 0;
	s->done.digest = s->state.digest;
	s->done.generation = s->state.generation;
	if (!r && !s->cli->dry_run)
		r = sync_open_backend(s, d);
	s->ready = !r;
	if (r)
		return r;
	conf_check_backend(conf, s->backend->name, d);
	return s->handle ? sync_regain(s) : 0;
}

int sync_ready(struct sync *s)
{
	int r;

	if (s->state.dirfd >= 0)
		return 0;
	r = make_ready(s);
	if (r && r != -ETIMEDOUT && s->backend)
		sync_close_blindly(s);
	return !r && s->conf != SYNC_CONF_PRESENT && !s->removes ? go_on(s) : r;
}

void sync_unlock(struct sync *s, bool hook)
{
	if (s->handle && !keep_handle(s))
		s->backend->close(s->handle, hook && !s->cli->handle_cache);
	s->handle = NULL;
	state_unlock(&s->state);
}

void sync_close(struct sync *s, bool hook)
{
	sync_unlock(s, hook);
	live_fini(&s->view);
	counters_fini(&s->retired);
	findings_fini(&s->standing);
	state_close(&s->state);
	compile_fini(&s->compile);
	diag_release(&s->cli->diag);
}

bool sync_has_changed(const struct sync *s)
{
	const struct sync_change *c = &s->change;

	return c->table || c->chains_added || c->chains_replaced ||
	       c->chains_deleted || c->elems_added || c->elems_deleted;
}

void sync_print_change(const struct sync *s)
{
	const struct sync_change *c = &s->change;

	journal_begin(stdout, s->cli->journal, JOURNAL_INFO);
	if (!sync_has_changed(s)) {
		puts("nothing to change");
		return;
	}
	printf("%schains: %u added, %u changed, %u deleted; "
	       "elements: %zu added, %zu deleted\n",
	       c->table ? "table made; " : "", c->chains_added,
	       c->chains_replaced, c->chains_deleted, c->elems_added,
	       c->elems_deleted);
}

int sync_remove(struct sync *s)
{
	return sync_remove_rules(s, s->backend, s->handle);
}

int sync_remove_others(struct sync *s)
{
	struct diag *d = &s->cli->diag;
	const struct backend *b;
	struct backend_handle *h;
	int r = 0;
	size_t i;

	for (i = 0; !r && (b = backend_at(i)); i++) {
		if (b == s->backend || !b->is_loaded())
			continue;
		r = b->open(&h, &s->compile.load.conf.ipt, d);
		if (r)
			break;
		r = sync_remove_rules(s, b, h);
		b->close(h, false);
		if (!r)
			diag_note(d, LOC_NONE, "the rules in %s are removed",
				  b->name);
	}
	return r;
}

/* What an address shows is kept for the time when it is gone: a server that is
 * started again may first have none. */
static void keep_claims(struct sync *s)
{
	const struct tundev_facts *f = &s->compile.devs;
	const struct tundev_seen *seen;
	struct tundev t;

	vec_each(seen, &f->seen) {
		t = tundev_judge(f, seen->name);
		if (t.kind == TUNDEV_SERVER &&
		    tundev_is_pattern(f->servers.v[t.server].dev) &&
		    tundev_has_address(f, t.server, seen->name))
			live_claim_dev(&s->view, seen->name,
				       f->servers.v[t.server].name);
	}
}

void sync_look(struct sync *s)
{
	struct compile *c = &s->compile;

	c->nat = cli_host_has_nat(&c->load.conf);
	tundev_fini(&c->devs);
	host_devs_read(&c->load.conf, &s->view, &c->devs);
	c->has_devs = true;
}

int sync_all(struct sync *s)
{
	struct state_write w = {
		.read_at = file_clock_read(),
		.files = &s->compile.load.sources,
		.now = s->cli->force ? 0 : state_clock(),
		.is_missed = missing_is_kept, .missed_arg = s,
	};
	bool changes = !s->cli->dry_run && !s->check;
	int r;

	sync_adopt(s);
	sync_look(s);
	keep_claims(s);
	r = compile_files(&s->compile, &s->view,
			  COMPILE_TESTED | COMPILE_LOADED |
			  (s->tells_standing ? COMPILE_FOUND : 0),
			  &s->cli->diag);
	w.policy = &s->compile.policy;
	findings_cut(&s->standing, 0);
	standing_find(&s->compile, &s->standing);
	w.standing = s->standing.list.n;
	w.statics = s->compile.statics.v;
	w.n_statics = s->compile.statics.n;
	if (s->compile.load.unread.n)
		w.read_at.now = 0;
	if (s->unshut || s->conf != SYNC_CONF_PRESENT)
		sync_shut_before(s);
	if (!r && s->report)
		report_make(s, &w, s->report);
	if (!r)
		r = sync_load(s, &w);
	if (changes)
		sync_keep_conf(s);
	if (r && changes)
		sync_shut_rest(s);
	if (!r && changes)
		r = sync_remove_others(s);
	return r;
}
