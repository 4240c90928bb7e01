/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calling client's file, as it is now.
 */
#include "config.h"

#include "cli/hook/hook_part.h"

#include <errno.h>

#include "cli/sync/missing.h"

int hook_load_client(struct hook_call *h, struct client *c)
{
	struct load *l = &h->sync.compile.load;
	int r = load_client(l, &l->conf, h->name, c, &h->sync.cli->diag);
	struct diag silent = { 0 };

	if (r != -ENOENT)
		return r;
	/* said; the directory or the groups may be about to be replaced, but
	 * not what needs neither */
	load_client_alone(l, &l->conf, h->name, c, &silent);
	if (c->state != CLIENT_KILL) {
		pffile_fini(&c->pf);
		*c = (struct client){
			.name = h->name, .state = CLIENT_NO_FILE,
		};
	}
	return 0;
}

bool hook_is_spared(struct hook_call *h, const struct client *c)
{
	const struct conf *conf = &h->sync.compile.load.conf;
	struct state *s = &h->sync.state, mine = { .dirfd = -1, .lock = -1 };
	struct diag silent = { 0 };
	bool spared;

	if (c->state != CLIENT_NO_FILE)
		return false;
	if (s->dirfd < 0) {
		s = &mine;
		if (state_open(conf->state_dir, true, s, &silent)) {
			state_close(s);
			return false;
		}
	}
	spared = missing_is_spared(conf, s, c->name);
	state_close(&mine);
	return spared;
}

int hook_updated_client(struct hook_call *h, struct client *c, bool *changed)
{
	struct diag *d = &h->sync.cli->diag;
	struct client old;
	bool keeps;
	int r;

	*changed = false;
	r = hook_load_client(h, c);
	if (r)
		return r == -EACCES ? -EIO : r;	/* not known */
	keeps = compile_keeps(&h->sync.state, c, &old);
	pffile_fini(&old.pf);
	if (keeps)
		return 0;
	*changed = !state_client_same(&h->sync.state, c);
	if (c->state == CLIENT_OPEN)
		return 0;
	return diag_error(d, LOC_NONE, -EACCES, "\"%.*s\" is closed (%s)",
			  STR_ARG(h->name), client_state_name(c->state));
}
