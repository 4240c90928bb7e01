/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/revoke.h"

#include <stdlib.h>

#include "cli/sync/evict.h"

struct revoked {
	VEC(char *) names;	/* they outlive the state that they are of */
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
			vec_push(&out->names, mem_dup(name.p, name.n));
		pffile_fini(&c.pf);
	}
}

/* A call of its own for each, as of a hook. */
static void shut(struct cli *cli, const char *name)
{
	struct affected affected = { 0 };
	struct client c = { 0 };
	struct cli mine;
	struct sync s;
	int r = begin(cli, &mine, &s);

	if (!r && is_revoked(&s, str_of(name), &c)) {
		vec_push(&affected.names, c.name);
		r = sync_clients(&s, &affected, &c);
		if (!r)
			diag_note(&cli->diag, LOC_NONE,
				  "\"%s\" is closed nevertheless", name);
	}
	if (r)
		diag_error(&cli->diag, LOC_NONE, r, "cannot close \"%s\"",
			   name);
	pffile_fini(&c.pf);
	vec_fini(&affected.names);
	sync_close(&s, false);
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
	char **name;

	if (!begin(cli, &mine, &s))
		find(&s, &revoked);
	sync_close(&s, false);
	vec_each(name, &revoked.names) {
		shut(cli, *name);
		free(*name);
	}
	vec_fini(&revoked.names);
	end_sessions(cli);
}
