/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/unchanged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/sync/sync_commit.h"
#include "compiler/base/dir.h"
#include "compiler/base/name.h"

/* Where the next call shall go on: an offset in the policy table. */
#define CURSOR_FILE "looked"

/* Where only a listing tells, few rules are read and compared always. */
#define SMALL_TABLE_BYTES (64u << 10)

static bool kernel_is_same(struct sync *s)
{
	struct diag silent = { 0 };
	uint32_t generation;
	int r = sync_check_kernel(s, &generation, &silent);

	if (generation != s->state.generation)
		return false;
	return !r || (r == -ESTALE &&
		      s->state.policy.size > SMALL_TABLE_BYTES);
}

/* Changed, renamed or made since all files were read; or gone. */
static bool is_newer(const struct sync *s, int dirfd, const char *path)
{
	struct stat st;
	uint64_t changed;

	if (fstatat(dirfd, path, &st, 0))
		return errno != ENOENT;
	changed = (uint64_t)st.st_ctim.tv_sec * 1000000000u +
		  (uint64_t)st.st_ctim.tv_nsec;
	return changed >= s->state.read_at;
}

static bool path_is_newer(const struct sync *s, const char *path)
{
	return path && is_newer(s, AT_FDCWD, path);
}

/* What conf_load has read, and folders and files that all clients share. */
static bool shared_is_newer(const struct sync *s, size_t n_conf)
{
	const struct conf *conf = &s->compile.load.conf;
	const struct instance *in;
	char *const *test;
	size_t i;

	for (i = 0; i < n_conf; i++)
		if (path_is_newer(s, s->compile.load.sources.list.v[i]->name))
			return true;
	vec_each(in, &conf->instances)
		if (path_is_newer(s, in->ccd) || path_is_newer(s, in->ipp))
			return true;
	/* without a test that shall be there nothing is in order */
	vec_each(test, &conf->tests)
		if (is_newer(s, AT_FDCWD, *test) || access(*test, F_OK))
			return true;
	return path_is_newer(s, conf->policy) || path_is_newer(s, conf->groups);
}

/* The folders that have a file for each client. */
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

static size_t read_cursor(int fd)
{
	char text[24] = "";

	return fd >= 0 && pread(fd, text, sizeof(text) - 1, 0) > 0
		? (size_t)strtoul(text, NULL, 10) : 0;
}

static void write_cursor(int fd, size_t pos)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%-20zu\n", pos);

	/* if it cannot be kept, the same ones are looked at again */
	if (fd >= 0 && pwrite(fd, text, (size_t)n, 0) < 0)
		return;
}

static bool some_client_is_newer(const struct sync *s, const struct folders *f)
{
	int fd = openat(s->state.dirfd, CURSOR_FILE, O_RDWR | O_CREAT |
			O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t pos = read_cursor(fd), n;
	bool newer = false, wrapped = !pos;
	struct str name;

	for (n = 0; n < UNCHANGED_CLIENTS && !newer; n++) {
		name = state_next_client(&s->state, &pos);
		if (!name.p && !wrapped) {
			pos = 0;
			wrapped = true;
			name = state_next_client(&s->state, &pos);
		}
		if (!name.p)
			break;
		newer = client_is_newer(s, f, name);
	}
	write_cursor(fd, n < UNCHANGED_CLIENTS ? 0 : pos);
	if (fd >= 0)
		close(fd);
	return newer;
}

bool sync_is_unchanged(struct sync *s, size_t n_conf)
{
	struct folders f;
	bool newer;

	if (!kernel_is_same(s) || !s->state.read_at ||
	    shared_is_newer(s, n_conf))
		return false;
	open_folders(s, &f);
	newer = some_client_is_newer(s, &f);
	close_folders(&f);
	return !newer;
}
