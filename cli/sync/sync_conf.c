/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/sync_conf.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "cli/server/inside.h"
#include "compiler/conf/conf_keep.h"
#include "paths.h"

static void begin(struct cli *cli, struct sync *s)
{
	*s = (struct sync){ .cli = cli, .state = { .dirfd = -1, .lock = -1 } };
	s->view.state = &s->state;
	s->view.now = (long long)time(NULL);
	diag_hold(&cli->diag);
}

/* False: nothing was kept, or it is not used (reported). */
static bool read_kept(struct sync *s, const char *path, struct conf *out,
		      struct diag *d)
{
	int tries = 0, r;

	/* nothing else may know the interfaces, and an error may pass */
	do {
		r = conf_keep_read(KEEPDIR, path, &s->compile.load.sources,
				   out);
		if (!r)
			return true;
		conf_fini(out);
		*out = (struct conf){ 0 };
	} while (r != -ENOENT && !tries++);
	if (r != -ENOENT)
		diag_error(d, LOC_NONE, r,
			   "what \"%s\" keeps of \"%s\" is not used: %s",
			   KEEPDIR, path, r == -EBADMSG ? "it is damaged" :
			   r == -EPERM ? "others than root may write it" :
			   strerror(-r));
	return false;
}

/* KEPT goes on in the place of CONF, whose interfaces are shut where they are
 * others. */
static void exchange(struct conf *conf, struct conf *kept,
		     const char *state_dir)
{
	struct conf unusable = *conf;
	struct instance *in;

	*conf = *kept;
	vec_each(in, &unusable.instances)
		vec_push(&conf->shut, *in);
	unusable.instances.n = 0;
	conf_fini(&unusable);
	*kept = (struct conf){ 0 };
	if (!state_dir)
		return;
	free(conf->state_dir);
	conf->state_dir = mem_copy(state_dir);
}

static bool is_known(const struct conf *conf, const struct instance *in)
{
	const struct instance *k;

	vec_each(k, &conf->shut)
		if (!strcmp(k->name, in->name) && instance_is_known(k))
			return true;
	return instance_is_known(in);
}

static void say_unknown(struct sync *s, struct diag *d)
{
	const struct conf *conf = &s->compile.load.conf;
	const struct instance *in = NULL;

	while ((in = conf_next_bad(conf, in))) {
		if (is_known(conf, in))
			continue;
		diag_error(d, in->at, 0,
			   "the interface of \"%s\" is not known: it may be open",
			   in->name);
		s->unshut = true;
	}
}

static int load_conf(struct sync *s, struct diag *d)
{
	const struct conf_options *opt = &s->cli->conf;
	struct conf *conf = &s->compile.load.conf, kept = { 0 };
	const char *path = conf_path(opt);
	int r = conf_load(opt, &s->compile.load.sources, conf, d);
	bool has;

	if (!r)
		inside_check(conf, d);
	if (conf->bad_options || (!r && !conf_next_bad(conf, NULL)))
		return r;
	has = path && read_kept(s, path, &kept, d);
	if (r)
		s->conf = has ? SYNC_CONF_KEPT : SYNC_CONF_NONE;
	if (r && has) {
		exchange(conf, &kept, opt->state_dir);
		r = conf_pick(conf, opt->instance, d);
	} else {
		r = 0;
		conf_keep_complete(conf, &kept);
	}
	say_unknown(s, d);
	conf_fini(&kept);
	return r;
}

int sync_open(struct cli *cli, struct sync *s)
{
	begin(cli, s);
	return load_conf(s, &cli->diag);
}

int sync_open_hook(struct cli *cli, struct sync *s)
{
	struct diag silent = { 0 };
	int r;

	begin(cli, s);
	r = load_conf(s, &silent);
	if (r)
		sync_say_conf(cli);
	return r;
}

void sync_say_conf(struct cli *cli)
{
	struct sources set = { 0 };
	struct conf conf;

	conf_load(&cli->conf, &set, &conf, &cli->diag);
	conf_fini(&conf);
	sources_fini(&set);
}

void sync_say_shut(struct sync *s)
{
	const struct conf *conf = &s->compile.load.conf;
	const struct instance *in = NULL;

	while (!s->tells_standing && (in = conf_next_bad(conf, in)))
		if (is_known(conf, in))
			diag_note(&s->cli->diag, LOC_NONE, "\"%s\" is shut",
				  in->name);
}

void sync_keep_conf(struct sync *s)
{
	const struct conf *conf = &s->compile.load.conf;
	const char *path = conf_path(&s->cli->conf);
	int r;

	if (!path || s->check || s->conf != SYNC_CONF_PRESENT)
		return;
	r = conf_keep_write(conf, KEEPDIR, path);
	if (r && r != -ENOENT)
		diag_warn(&s->cli->diag, LOC_NONE,
			  "cannot keep the configuration in \"%s\": %s",
			  KEEPDIR, strerror(-r));
}
