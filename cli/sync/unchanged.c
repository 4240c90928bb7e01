/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/unchanged.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/server/interfaces.h"
#include "cli/sync/sync_commit.h"
#include "compiler/base/dir.h"
#include "compiler/base/name.h"
#include "compiler/base/private.h"

/* The clocks are read one after the other. */
#define CLOCK_SLACK 1000000000u

/* If only a listing can tell: small rulesets are always listed and compared; of
 * large ones it is checked that they are first in their hooks. */
#define SMALL_TABLE_BYTES (64u << 10)

static bool kernel_is_same(struct sync *s)
{
	struct diag silent = { 0 };
	uint32_t generation;
	int r = sync_check_kernel(s, &generation, &silent);

	if (generation != s->state.generation)
		return false;
	return !r || (r == -ESTALE &&
		      s->state.policy.size > SMALL_TABLE_BYTES &&
		      (!s->backend->is_first ||
		       s->backend->is_first(s->handle)));
}

/* Rules that translate may have come or gone: of iptables-legacy, and of
 * nftables if that is not the backend, the generation does not tell. */
static bool nat_is_same(const struct sync *s)
{
	return s->compile.nat == state_has_nat(&s->state);
}

/* The host's interfaces may have changed what a pattern means. */
static bool devs_are_same(const struct sync *s)
{
	struct policy loaded = { 0 }, now = { 0 };
	bool same;

	state_load_frame(&s->state, &loaded);
	load_vpns(&s->compile.load.conf, &now);
	tundev_assign(&s->compile.devs, &now);
	same = policy_same_devs(&loaded, &now);
	policy_fini(&loaded);
	policy_fini(&now);
	return same;
}

static void found_stray(void *arg, const struct instance *in, const char *name)
{
	(void)in;
	(void)name;
	*(bool *)arg = true;
}

/* Is there something that stands now, and did not before? */
static bool has_strays(const struct sync *s)
{
	bool any = false;

	interfaces_find_stray(&s->compile, found_stray, &any);
	return any;
}

/* If the clock was set back since all files were read, a changed file may have
 * an earlier time. */
static bool clock_is_right(const struct sync *s)
{
	return s->state.read_at.now &&
	       file_clock_read().boot + CLOCK_SLACK >= s->state.read_at.boot;
}

static bool was_seen(const struct sync *s, const char *path)
{
	return !path || state_has_seen(&s->state, path, NULL);
}

/* Is the configuration the one of the loaded policy? */
static bool conf_is_same(const struct sync *s)
{
	const struct conf *conf = &s->compile.load.conf;
	const struct instance *in;
	const struct seen *seen;
	char *const *test;

	vec_each(seen, &s->compile.load.sources.seen)
		if (!state_has_seen(&s->state, seen->path, &seen->stamp))
			return false;
	vec_each(in, &conf->instances)
		if (!was_seen(s, in->ccd) || !was_seen(s, in->ipp))
			return false;
	vec_each(test, &conf->tests)
		if (!was_seen(s, *test))
			return false;
	return was_seen(s, conf->policy) && was_seen(s, conf->groups);
}

/* The directories with a file for each client. */
struct folders {
	int policy;
	VEC(int) ccds;
};

static void open_folders(const struct sync *s, struct folders *out)
{
	const struct conf *conf = &s->compile.load.conf;
	const struct instance *in;

	*out = (struct folders){ .policy = dir_open(conf->policy) };
	vec_each(in, &conf->instances)
		if (in->ccd)
			vec_push(&out->ccds, dir_open(in->ccd));
}

static void close_folders(struct folders *f)
{
	int *fd;

	if (f->policy >= 0)
		close(f->policy);
	vec_each(fd, &f->ccds)
		if (*fd >= 0)
			close(*fd);
	vec_fini(&f->ccds);
}

/* A directory's stamp changes with new and deleted files. */
static bool is_newer(const struct sync *s, int dirfd, const char *path)
{
	struct stamp now;

	return stamp_read(dirfd, path, &now) ||
	       now.changed >= s->state.read_at.now;
}

static bool client_is_newer(const struct sync *s, const struct folders *f,
			    struct str name)
{
	char *pf = name_file(name, ".pf"), *ccd = name_file(name, "");
	bool newer = false;
	const int *fd;

	if (pf)
		newer = is_newer(s, f->policy, pf);
	vec_each(fd, &f->ccds)
		newer = newer || (ccd && is_newer(s, *fd, ccd));
	free(ccd);
	free(pf);
	return newer;
}

/* The place where the next call continues: an offset in the policy table. */
static size_t read_cursor(const struct state *s)
{
	char text[24];

	private_get(s->dirfd, STATE_LOOKED, text, sizeof(text));
	return (size_t)strtoul(text, NULL, 10);
}

/* Without the cursor the same files are checked again. */
static void write_cursor(const struct state *s, size_t pos)
{
	char text[24];

	snprintf(text, sizeof(text), "%-20zu\n", pos);
	private_put(s->dirfd, STATE_LOOKED, text);
}

static bool some_client_is_newer(const struct sync *s, const struct folders *f)
{
	size_t pos = read_cursor(&s->state), at = pos, n;
	bool newer = false, wrapped = !pos;
	struct str name;

	for (n = 0; n < UNCHANGED_CLIENTS && !newer; n++) {
		at = pos;
		name = state_next_client(&s->state, &pos);
		if (!name.p && !wrapped) {
			at = pos = 0;
			wrapped = true;
			name = state_next_client(&s->state, &pos);
		}
		if (!name.p)
			break;
		newer = client_is_newer(s, f, name);
	}
	/* --check loads nothing, and shall find the same again */
	write_cursor(&s->state,
		     newer ? at : n < UNCHANGED_CLIENTS ? 0 : pos);
	return newer;
}

bool sync_is_unchanged(struct sync *s)
{
	struct folders f;
	bool newer;

	if (s->state.standing || !kernel_is_same(s) || !clock_is_right(s))
		return false;
	sync_look(s);
	if (!nat_is_same(s) || !devs_are_same(s) || has_strays(s) ||
	    !conf_is_same(s) || !state_seen_is_same(&s->state) ||
	    state_doubtful(&s->view))
		return false;
	open_folders(s, &f);
	newer = some_client_is_newer(s, &f);
	close_folders(&f);
	return !newer;
}
