/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/state_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/lock.h"
#include "compiler/base/private.h"

#define LOCK_SECONDS 60

/* WRITTEN: in place, else replaced by rename. */
static const struct file {
	const char *name;
	bool written;
} files[] = {
	{ "live", false }, { "policy", false }, { "live.new", false },
	{ "policy.new", false }, { STATE_COMPARED, true },
	{ STATE_LOOKED, true }, { STATE_MISSING, true },
};

static int say_dropped(const char *dir, const char *name, const char *fault,
		       int r, struct diag *d)
{
	if (!r)
		return diag_error(d, LOC_NONE, 0, "\"%s/%s\" %s: it is removed",
				  dir, name, fault);
	diag_error(d, LOC_NONE, 0, "\"%s/%s\" %s, and cannot be removed: %s",
		   dir, name, fault, strerror(-r));
	return -EPERM;
}

static int drop_bad(const struct state *s, const char *dir,
		    const struct file *file, struct diag *d)
{
	const char *fault = private_fault(s->dirfd, file->name, file->written);

	return fault ? say_dropped(dir, file->name, fault,
				   private_drop(s->dirfd, file->name), d) : 0;
}

static int open_lock(const struct state *s)
{
	return private_open(s->dirfd, "lock", O_RDWR | O_CREAT);
}

/* A lock on the directory: else another process could replace the lock that
 * this one has made. */
static int replace_lock(const struct state *s, const char *dir, struct diag *d)
{
	const struct file lock = { "lock", true };
	int r;

	if (flock(s->dirfd, LOCK_EX))
		return -errno;
	r = drop_bad(s, dir, &lock, d);
	if (!r)
		r = open_lock(s);
	flock(s->dirfd, LOCK_UN);
	return r;
}

static int lock_directory(const char *dir, struct state *s, struct diag *d)
{
	int r;

	s->lock = open_lock(s);
	if (s->lock == -EPERM)
		s->lock = replace_lock(s, dir, d);
	if (s->lock == -EPERM)
		return s->lock;	/* said */
	if (s->lock < 0)
		return diag_error(d, LOC_NONE, s->lock,
				  "cannot open \"%s/lock\": %s", dir,
				  strerror(-s->lock));
	r = lock_take(s->lock, LOCK_SECONDS);
	if (r == -ETIMEDOUT)
		return diag_error(d, LOC_NONE, r,
				  "another vpnpf has held \"%s/lock\" for more than %d s: is it stuck?",
				  dir, LOCK_SECONDS);
	if (r)
		return diag_error(d, LOC_NONE, r, "cannot lock \"%s\": %s", dir,
				  strerror(-r));
	return 0;
}

/* The value of "key=" in a header line, as a hexadecimal number. */
static bool header_value(struct str header, const char *key, uint64_t *out)
{
	char text[192], *at, *end;
	size_t n = header.n < sizeof(text) ? header.n : sizeof(text) - 1;

	memcpy(text, header.p, n);
	text[n] = '\0';
	at = strstr(text, key);
	if (!at)
		return false;
	errno = 0;
	*out = strtoull(at + strlen(key), &end, 16);
	return !errno && end != at + strlen(key);
}

static void read_headers(struct state *s)
{
	struct str live = table_header(&s->live);
	struct str policy = table_header(&s->policy);
	uint64_t wanted = 0, generation = 0, loaded = 0;

	s->lost = !live.n;
	s->known = str_begins(policy, STR(STATE_POLICY_HEADER)) &&
		   header_value(live, " digest=", &s->digest) &&
		   header_value(live, " policy=", &wanted) &&
		   header_value(live, " generation=", &generation) &&
		   header_value(policy, " id=", &s->policy_id) &&
		   wanted == s->policy_id;
	s->generation = (uint32_t)generation;
	if (!header_value(policy, " read=", &s->read_at.now) ||
	    !header_value(policy, " boot=", &s->read_at.boot))
		s->read_at.now = 0;
	header_value(policy, " loaded=", &loaded);
	s->loaded_at = (long long)loaded;
	s->standing = memmem(policy.p, policy.n, " standing", 9);
}

/* Set T's fault if it has one that table_open does not know. */
static int check_table(struct table *t, const char *name)
{
	struct table bad = { .there = true };

	if (!t->there || t->sealed)
		return 0;
	bad.fault = state_check(t, name, &bad.fault_line);
	if (!bad.fault)
		return 0;
	table_close(t);
	*t = bad;
	return -EBADMSG;
}

/*
 * A damaged table counts as empty: with some of its lines missing, it could
 * open clients that the whole table closes.
 */
static int open_table(const char *dir, const char *name, struct table *t,
		      const struct state *s, struct diag *d)
{
	const char *fault = private_fault(s->dirfd, name, false);
	char line[24] = "";
	int r = fault ? -EBADMSG : table_open_in(s->dirfd, name,
						    s->live.boot, t);

	if (!r)
		r = check_table(t, name);
	if (t->fault_line)
		snprintf(line, sizeof(line), ":%zu", t->fault_line);
	if (r == -EBADMSG)
		return diag_error(d, LOC_NONE, 0,
				  "\"%s/%s%s\" is damaged and not used: it %s",
				  dir, name, line, fault ? fault : t->fault);
	if (r)
		diag_error(d, LOC_NONE, r, "cannot read \"%s/%s\": %s", dir,
			   name, strerror(-r));
	return r;
}

static int open_tables(const char *dir, struct state *s, struct diag *d)
{
	int r = open_table(dir, "live", &s->live, s, d);

	if (!r)
		r = open_table(dir, "policy", &s->policy, s, d);
	if (!r)
		read_headers(s);
	return r;
}

static int open_directory(const char *dir, bool read_only, struct state *s,
			  struct diag *d)
{
	const char *fault;

	if (!read_only && mkdir(dir, 0755) && errno != EEXIST)
		return diag_error(d, LOC_NONE, -errno,
				  "cannot make \"%s\": %m", dir);
	s->dirfd = private_open_dir(dir, &fault);
	if (fault)
		return diag_error(d, LOC_NONE, -EPERM,
				  "\"%s\" %s: it is not used as state directory",
				  dir, fault);
	if (s->dirfd < 0 && !read_only)
		return diag_error(d, LOC_NONE, s->dirfd,
				  "cannot open \"%s\": %s", dir,
				  strerror(-s->dirfd));
	return 0;
}

/* Lock it, and remove what should not be there. */
static int take_directory(const char *dir, struct state *s, struct diag *d)
{
	int r = lock_directory(dir, s, d);
	size_t i;

	for (i = 0; !r && i < sizeof(files) / sizeof(*files); i++)
		r = drop_bad(s, dir, &files[i], d);
	return r;
}

int state_open(const char *dir, bool read_only, struct state *out,
	       struct diag *d)
{
	int r;

	*out = (struct state){
		.dirfd = -1, .lock = -1, .lost = true,
		.sources = mem_zalloc(1, sizeof(*out->sources)),
	};
	r = open_directory(dir, read_only, out, d);
	if (!r && out->dirfd >= 0)
		r = read_only ? 0 : take_directory(dir, out, d);
	if (!r && out->dirfd >= 0)
		r = open_tables(dir, out, d);
	if (r == -EPERM && out->dirfd >= 0) {
		state_unlock(out);
		close(out->dirfd);
		out->dirfd = -1;
	}
	return read_only && r == -EPERM ? 0 : r;
}

void state_unlock(struct state *s)
{
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

void state_close(struct state *s)
{
	table_close(&s->live);
	table_close(&s->policy);
	if (s->sources)
		sources_fini(s->sources);
	free(s->sources);
	state_unlock(s);
	if (s->dirfd >= 0)
		close(s->dirfd);
}
