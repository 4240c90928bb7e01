/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/missing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/base/private.h"

/* With fewer clients a third is soon meant. */
#define GUARD_LEAST 5

/* For so long the next apply or reconcile can find out that the guard must
 * stand, and then those who come back must be known. */
#define LATE_SECONDS 600

static bool is_recent(const struct conf *conf, long long since, long long now)
{
	return since >= 0 && now - since < conf->grace;
}

bool missing_is_recent(const struct conf *conf, const struct state *s,
		       struct str name)
{
	long long now = state_clock();

	return is_recent(conf, state_missing_since(s, name, now), now);
}

bool missing_is_spared(const struct conf *conf, const struct state *s,
		       struct str name)
{
	struct missing_guard unused;

	return missing_is_recent(conf, s, name) ||
	       (state_missing_since(s, name, state_clock()) >= 0 &&
		missing_is_guarded(s, &unused));
}

/* With DEFAULT.pf, whoever has only left has a file still. */
static bool is_missing(struct sync *s, struct str name)
{
	struct load *l = &s->compile.load;
	struct diag silent = { 0 };
	struct client c;
	bool missing;

	missing = load_client(l, &l->conf, name, &c, &silent) ||
		  c.state == CLIENT_NO_FILE;
	pffile_fini(&c.pf);
	return missing;
}

bool missing_is_kept(void *arg, struct str name, long long since)
{
	struct sync *s = arg;
	struct missing_guard unused;

	return (is_recent(&s->compile.load.conf, since,
			  state_clock() - LATE_SECONDS) ||
		missing_is_guarded(&s->state, &unused)) &&
	       is_missing(s, name);
}

bool missing_is_guarded(const struct state *s, struct missing_guard *out)
{
	char text[48];

	*out = (struct missing_guard){ 0 };
	return private_get(s->dirfd, STATE_MISSING, text, sizeof(text)) &&
	       sscanf(text, "%u %u %lld", &out->missing, &out->connected,
		      &out->since) == 3;
}

/* Without this file the clients are refused when they connect again. */
static void keep(const struct state *s, const struct missing_guard *g)
{
	char text[48];

	snprintf(text, sizeof(text), "%10u %10u %20lld\n", g->missing,
		 g->connected, g->since);
	private_put(s->dirfd, STATE_MISSING, text);
}

static bool is_too_much(size_t missing, unsigned int connected)
{
	return connected >= GUARD_LEAST && 3ull * missing > connected;
}

/* The clients of BEFORE come back when their server does. */
static bool still_stands(struct sync *s, const struct missing_guard *before,
			 unsigned int connected)
{
	struct str line = { NULL, 0 }, name;
	long long since;
	size_t n = 0;

	while ((name = state_next_missing(&s->state, &line, &since)).p)
		n += since >= before->since && is_missing(s, name);
	return is_too_much(n, connected > before->connected
			      ? connected : before->connected);
}

bool missing_guard(struct sync *s, struct missing_guard *g, bool check)
{
	bool stands = is_too_much(g->missing, g->connected);
	struct missing_guard before;

	if (!s->cli->force && missing_is_guarded(&s->state, &before)) {
		if (stands && before.since < g->since)
			g->since = before.since;
		if (!stands && still_stands(s, &before, g->connected)) {
			*g = before;
			stands = true;
		}
	}
	if (check)
		return stands;
	if (stands)
		keep(&s->state, g);
	else
		unlinkat(s->state.dirfd, STATE_MISSING, 0);
	return stands;
}

char *missing_guard_text(const struct missing_guard *g)
{
	return mem_printf("%u of %u connected clients have no policy file any more: their sessions stay until the files are back, or until \"vpnpf apply --force\"",
			  g->missing, g->connected);
}

void missing_guard_find(const struct missing_guard *g, struct findings *out)
{
	char *text = missing_guard_text(g);

	findings_add(out, "files-missing", "%s", text);
	out->list.v[out->list.n - 1].stands = true;
	free(text);
}
