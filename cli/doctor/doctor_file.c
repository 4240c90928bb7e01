/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write access to the files that decide which clients may talk. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "compiler/base/dir.h"
#include "compiler/openvpn/ovconf.h"
#include "paths.h"

struct files {
	struct doctor *x;
	VEC(char *) seen;	/* real paths */
};

/* The reason why other users than root and us can write it, or NULL. LOOSE:
 * owner and group may be any, because the server may run as these. */
static const char *who_writes(const struct stat *st, bool loose)
{
	if (st->st_mode & S_IWOTH)
		return "can be written by all users";
	if (loose)
		return NULL;
	if (st->st_mode & S_IWGRP && st->st_gid && st->st_gid != getegid())
		return "can be written by a group";
	return st->st_uid && st->st_uid != geteuid() ? "is not root's" : NULL;
}

static bool is_seen(struct files *f, const char *path)
{
	char **i;

	vec_each(i, &f->seen)
		if (!strcmp(*i, path))
			return true;
	vec_push(&f->seen, mem_dup(path, strlen(path)));
	return false;
}

/* A user with write access to a directory can replace the files in it, unless
 * the sticky bit is set. PATH is shortened. */
static void look_above(struct files *f, char *path)
{
	struct stat st;
	char *slash;

	while ((slash = strrchr(path, '/')) && path[1]) {
		slash[slash == path] = '\0';
		if (is_seen(f, path))
			return;
		if (!stat(path, &st) && st.st_mode & S_IWOTH &&
		    !(st.st_mode & S_ISVTX))
			doctor_found(f->x, NULL, LOC_NONE,
				     "\"%s\", above it, can be written by all users",
				     path);
	}
}

static void look_at(struct files *f, const char *path, bool loose)
{
	char *real = path ? realpath(path, NULL) : NULL;
	const char *why;
	struct stat st;

	if (real && !is_seen(f, real) && !stat(real, &st)) {
		why = who_writes(&st, loose);
		if (why)
			doctor_found(f->x, NULL, LOC_NONE, "\"%s\" %s", path,
				     why);
		look_above(f, real);
	}
	free(real);
}

/* A directory and the files in it; the message names a few. */
static void look_into(struct files *f, const char *path)
{
	struct dir folder;
	const char *why;
	unsigned int n = 0;
	struct stat st;
	char **name;

	look_at(f, path, false);
	if (!path || dir_read(path, &folder))
		return;
	vec_each(name, &folder.names) {
		if (fstatat(folder.fd, *name, &st, 0))
			continue;
		why = who_writes(&st, false);
		if (why && n++ < DIAG_BUDGET)
			doctor_found(f->x, NULL, LOC_NONE, "\"%s/%s\" %s",
				     path, *name, why);
	}
	if (n > DIAG_BUDGET)
		doctor_found(f->x, NULL, LOC_NONE,
			     "and %u more files in \"%s\"", n - DIAG_BUDGET,
			     path);
	dir_fini(&folder);
}

/* The options whose first word is a program, or a plugin. */
static bool runs_something(const struct ovline *line)
{
	static const char *const options[] = {
		"auth-user-pass-verify", "client-connect",
		"client-disconnect", "down", "learn-address", "plugin",
		"tls-verify", "up",
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (line->n > 1 && !strcmp(line->word[0].text, options[i]))
			return true;
	return false;
}

/* The files of all lines, and the programs that they run. */
static void look_at_lines(struct files *f)
{
	struct doctor_line **l;
	char *program;

	vec_each(l, &f->x->lines) {
		look_at(f, (*l)->line.at.src->name, false);
		if (!runs_something(&(*l)->line))
			continue;
		program = doctor_program(f->x, *l);
		look_at(f, program, false);
		free(program);
	}
}

static void find_writers(struct doctor *x)
{
	const struct load *l = &x->compile.load;
	const struct conf *conf = &l->conf;
	struct files f = { .x = x };
	const struct instance *in;
	char **path;

	/* vpnpf.conf, or the only server.conf; without both any file */
	if (l->sources.list.n)
		look_at(&f, l->sources.list.v[0]->name, false);
	look_at(&f, conf->groups, false);
	look_at(&f, conf->state_dir, false);
	look_into(&f, conf->policy);
	look_at_lines(&f);
	vec_each(path, &conf->tests)
		look_at(&f, *path, false);
	vec_each(in, &conf->instances) {
		look_at(&f, in->ipp, true);
		look_into(&f, in->ccd);
	}
	vec_each(path, &f.seen)
		free(*path);
	vec_fini(&f.seen);
}

static void find_nothing_kept(struct doctor *x)
{
	if (conf_path(&x->cli->conf) && access(KEEPDIR, F_OK))
		doctor_found(x, NULL, LOC_NONE,
			     "there is no \"%s\": the last good configuration is not kept",
			     KEEPDIR);
}

const struct doctor_check doctor_file_checks[] = {
	{ "nothing-kept", "make this directory, owned by root",
	  find_nothing_kept, NULL },
	{ "writable-by-others", "chown root, chmod go-w", find_writers, NULL },
	{ NULL, NULL, NULL, NULL },
};
