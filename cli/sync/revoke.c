/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/revoke.h"

#include <string.h>

#include "cli/sync/evict.h"
#include "cli/sync/sync_commit.h"

struct revoked {
	VEC(struct client) list;	/* their names are lent from the state */
};

/* What is wrong was said by the caller. */
static int begin(const struct cli *cli, struct cli *mine, struct sync *s)
{
	int r;

	*mine = *cli;
	mine->diag = (struct diag){ 0 };
	mine->handle_cache = NULL;
	r = sync_open(mine, s);
	return r ? r : sync_ready(s);
}

/* May NAME, who is open, do nothing by his file? */
static bool is_revoked(struct sync *s, struct str name, struct client *out)
{
	struct load *l = &s->compile.load;
	struct diag silent = { 0 };
	enum client_state before;

	*out = (struct client){ 0 };
	return state_client_state(&s->state, name, &before) &&
	       before == CLIENT_OPEN &&
	       !load_client_alone(l, &l->conf, name, out, &silent) &&
	       (out->state == CLIENT_KILL || out->state == CLIENT_NO_FILE);
}

static void find(struct sync *s, struct revoked *out)
{
	struct client c;
	struct str name;
	size_t pos = 0;

	for (;;) {
		name = state_next_client(&s->state, &pos);
		if (!name.p)
			return;
		if (is_revoked(s, name, &c))
			*vec_add(&out->list) = (struct client){
				.name = name, .state = c.state,
			};
		pffile_fini(&c.pf);
	}
}

static void say(struct diag *d, const struct revoked *revoked, int r)
{
	const struct client *c;
	size_t n = 0;

	if (r)
		diag_error(d, LOC_NONE, r,
			   "cannot close \"%.*s\" and others that may do nothing: %s",
			   STR_ARG(revoked->list.v->name), strerror(-r));
	vec_each(c, &revoked->list)
		if (!r && n++ < DIAG_BUDGET)
			diag_note(d, LOC_NONE, "\"%.*s\" is closed nevertheless",
				  STR_ARG(c->name));
	if (n > DIAG_BUDGET)
		diag_note(d, LOC_NONE, "and %zu more", n - DIAG_BUDGET);
}

static void end_sessions(struct cli *cli)
{
	struct findings ended = { 0 };
	const struct finding *f;
	struct cli mine;
	struct sync s;
	int r = begin(cli, &mine, &s);

	sync_unlock(&s, false);
	s.cli = cli;
	if (!r)
		evict_all(&s, &ended);
	s.cli = &mine;
	vec_each(f, &ended.list)
		diag_note(&cli->diag, LOC_NONE, "%s", f->what);
	findings_fini(&ended);
	sync_close(&s, false);
}

void revoke_all(struct cli *cli)
{
	struct revoked revoked = { 0 };
	struct cli mine;
	struct sync s;
	int r = 0;

	if (!begin(cli, &mine, &s))
		find(&s, &revoked);
	if (revoked.list.n)
		r = sync_close_clients(&s, revoked.list.v, revoked.list.n);
	sync_unlock(&s, false);
	if (revoked.list.n)
		say(&cli->diag, &revoked, r);
	vec_fini(&revoked.list);
	sync_close(&s, false);
	end_sessions(cli);
}
