/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/missing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GUARD_FILE "files-missing"

/* With fewer clients a third is soon meant. */
#define GUARD_LEAST 5

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

bool missing_is_kept(void *arg, struct str name, long long since)
{
	struct sync *s = arg;
	struct load *l = &s->compile.load;
	struct missing_guard unused;
	struct diag silent = { 0 };
	struct client c;
	bool missing;

	if (!is_recent(&l->conf, since, state_clock()) &&
	    !missing_is_guarded(&s->state, &unused))
		return false;
	/* with DEFAULT.pf, whoever has only left has a file still */
	missing = load_client(l, &l->conf, name, &c, &silent) ||
		  c.state == CLIENT_NO_FILE;
	pffile_fini(&c.pf);
	return missing;
}

bool missing_is_guarded(const struct state *s, struct missing_guard *out)
{
	int fd = s->dirfd < 0 ? -1 : openat(s->dirfd, GUARD_FILE, O_RDONLY |
					    O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[32] = "";
	bool stands;

	*out = (struct missing_guard){ 0 };
	if (fd < 0)
		return false;
	stands = read(fd, text, sizeof(text) - 1) > 0 &&
		 sscanf(text, "%u %u", &out->missing, &out->connected) == 2;
	close(fd);
	return stands;
}

/* Without this file the clients are refused when they connect again. */
static void keep(const struct state *s, const struct missing_guard *g)
{
	int fd = openat(s->dirfd, GUARD_FILE, O_WRONLY | O_CREAT | O_CLOEXEC |
			O_NOFOLLOW, 0600);
	char text[32];
	int n = snprintf(text, sizeof(text), "%10u %10u\n", g->missing,
			 g->connected);

	if (fd >= 0 && pwrite(fd, text, (size_t)n, 0) < 0)
		unlinkat(s->dirfd, GUARD_FILE, 0);
	if (fd >= 0)
		close(fd);
}

bool missing_guard(const struct state *s, const struct missing_guard *g,
		   bool check)
{
	bool stands = g->connected >= GUARD_LEAST &&
		      3ull * g->missing > g->connected;

	if (check)
		return stands;
	if (stands)
		keep(s, g);
	else
		unlinkat(s->dirfd, GUARD_FILE, 0);
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
