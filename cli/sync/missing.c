/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/missing.h"

static bool is_recent(const struct conf *conf, long long since, long long now)
{
	return since >= 0 && now - since < conf->grace;
}

bool missing_is_spared(const struct conf *conf, const struct state *s,
		       struct str name)
{
	long long now = state_clock();

	return is_recent(conf, state_missing_since(s, name, now), now);
}

bool missing_is_kept(void *arg, struct str name, long long since)
{
	struct sync *s = arg;
	struct load *l = &s->compile.load;
	struct diag silent = { 0 };
	struct client c;
	bool missing;

	if (!is_recent(&l->conf, since, state_clock()))
		return false;
	/* with DEFAULT.pf, whoever has only left has a file still */
	missing = load_client(l, &l->conf, name, &c, &silent) ||
		  c.state == CLIENT_NO_FILE;
	pffile_fini(&c.pf);
	return missing;
}
