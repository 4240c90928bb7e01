/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which server calls, and whether it may. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/hook/hook_part.h"

#include "cli/host_devs.h"

/* OpenVPN passes the path as it was given; it may be relative to our working
 * directory. */
static bool is_file(const char *path, const char *other)
{
	struct stat a, b;

	return path && other && !stat(path, &a) && !stat(other, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The only OpenVPN server, or the only one with DEV; NULL: not known, for
 * example if two are "tun*". */
static const struct instance *find_only(const struct conf *conf,
					const char *dev)
{
	const struct instance *in, *found = NULL;

	vec_each(in, &conf->instances) {
		if (in->ipsec ||
		    (dev && (!in->dev || !conf_dev_matches(in->dev, dev))))
			continue;
		if (found)
			return NULL;
		found = in;
	}
	return found;
}

const struct instance *hook_find_server(const struct cli *cli,
					const struct conf *conf)
{
	const struct instance *in = &conf->instances.v[conf->picked];

	if (cli->conf.instance)
		return in->ipsec ? NULL : in;
	in = find_only(conf, NULL);
	if (in && (in->bad || !conf->shut.n))
		return in;
	vec_each(in, &conf->instances)
		if (is_file(in->config, cli->env.config))
			return in;
	in = cli->env.dev ? find_only(conf, cli->env.dev) : NULL;
	/* its interface may be one of a server that is not readable now */
	if (in && in->config && cli->env.config &&
	    (conf_next_bad(conf, NULL) || conf->shut.n))
		return NULL;
	return in;
}

void hook_warn_of_others(struct hook_call *h)
{
	const struct conf *conf = &h->sync.compile.load.conf;
	struct diag *d = &h->sync.cli->diag;
	const struct instance *in = NULL;

	d->quiet = false;
	while ((in = conf_next_bad(conf, in)))
		if (in != h->instance)
			diag_warn(d, in->bad_at, "\"%s\" is shut for this line; other servers go on with what was loaded",
				  in->name);
	d->quiet = true;
}

static int refuse_bad(struct hook_call *h, const struct instance *in)
{
	struct cli *cli = h->sync.cli;

	sync_say_conf(cli);
	return diag_error(&cli->diag, LOC_NONE, -EACCES,
			  "\"%s\" is shut: refused", in->name);
}

/* A server that only a configuration that cannot be used has. */
static const struct instance *find_shut(const struct hook_call *h)
{
	const struct cli_env *env = &h->sync.cli->env;
	const struct instance *in;

	vec_each(in, &h->sync.compile.load.conf.shut)
		if (!in->ipsec && in->name &&
		    (is_file(in->config, env->config) ||
		     (in->dev && env->dev &&
		      conf_dev_matches(in->dev, env->dev))))
			return in;
	return NULL;
}

/* The section that has DEV, other than IN; NULL: none.  Of patterns that both
 * mean it, the call decides. */
static const struct instance *find_other(const struct hook_call *h,
					 const struct instance *in,
					 const char *dev)
{
	bool meant = conf_dev_matches(in->dev, dev);
	const struct instance *other;

	if (!strcmp(in->dev, dev))
		return NULL;
	vec_each(other, &h->sync.compile.load.conf.instances)
		if (other != in && !other->ipsec && other->dev &&
		    (meant ? !strcmp(other->dev, dev)
			   : conf_dev_matches(other->dev, dev)))
			return other;
	return NULL;
}

/* Do the rules that were loaded last have DEV, in VRF or with NULL in none, as
 * the interface of the calling server? */
static bool is_covered(struct hook_call *h, const char *dev, const char *vrf)
{
	struct state *s = &h->sync.state, mine = { .dirfd = -1, .lock = -1 };
	const char *dir = h->sync.compile.load.conf.state_dir;
	struct diag silent = { 0 };
	struct policy frame = { 0 };
	const struct vpn *vpn;
	bool covered = false;

	if (s->dirfd < 0) {
		s = &mine;
		mine.known = !state_open(dir, true, s, &silent) && mine.known;
	}
	if (s->known)
		state_load_frame(s, &frame);
	vec_each(vpn, &frame.vpns)
		covered |= !vpn->shut && policy_has_dev_in(vpn, dev, vrf) &&
			   !strcmp(vpn->server, h->instance->name);
	policy_fini(&frame);
	state_close(&mine);
	return covered;
}

/* There is no DEV.  OpenVPN goes on to name an interface as it was when
 * somebody renames it. */
static int check_renamed(struct hook_call *h, const char *dev)
{
	const struct instance *in = h->instance;
	struct tundev_facts facts;
	const struct tundev_seen *seen;
	size_t i;
	int r = 0;

	host_devs_read(&h->sync.compile.load.conf, NULL, &facts);
	vec_each(seen, &facts.seen)
		for (i = 0; !r && i < facts.servers.n; i++)
			if (str_equal(facts.servers.v[i].name,
				      str_of(in->name)) &&
			    tundev_has_address(&facts, i, seen->name))
				r = diag_error(&h->sync.cli->diag, in->at,
					       -EACCES, "there is no \"%s\", but \"%.*s\" has the address of \"%s\": nothing would filter its clients there: refused",
					       dev, STR_ARG(seen->name),
					       in->name);
	tundev_fini(&facts);
	return r;
}

/*
 * The clients are on the interface that OpenVPN names, whatever the section
 * says.  The section may have changed since the rules were loaded.
 */
static int check_dev(struct hook_call *h)
{
	const struct instance *in = h->instance, *other;
	const char *dev = h->sync.cli->env.dev;
	struct diag *d = &h->sync.cli->diag;
	bool exists;
	char *vrf;
	int r;

	if (!dev || in->ipsec)
		return 0;
	other = find_other(h, in, dev);
	if (other)
		return diag_error(d, other->at, -EACCES,
				  "\"%s\" is the interface of \"%s\", not of \"%s\": refused",
				  dev, other->name, in->name);
	exists = host_dev_find(dev, &vrf);
	h->uncovered = !is_covered(h, dev, vrf);
	free(vrf);
	r = exists ? 0 : check_renamed(h, dev);
	if (r || !h->uncovered)
		return r;
	if (conf_dev_matches(in->dev, dev)) {
		h->claims = tundev_is_pattern(in->dev) ? dev : NULL;
		return 0;
	}
	r = hook_apply(h);
	if (r)
		return r;
	return diag_error(d, in->at, -EACCES,
			  "\"%s\" has its clients on \"%s\", but this section has \"%s\": nothing would filter them: refused",
			  in->name, dev, in->dev);
}

static int check_one(struct hook_call *h, const struct instance *in)
{
	if (in->bad)
		return refuse_bad(h, in);
	if (!in->client_to_client_at.src)
		return 0;
	return diag_error(&h->sync.cli->diag, in->client_to_client_at, -EACCES,
			  "with client-to-client nothing can filter the clients of \"%s\": refused",
			  in->name);
}

int hook_check_server(struct hook_call *h)
{
	const struct conf *conf = &h->sync.compile.load.conf;
	const struct instance *in;
	int r = 0;

	if (h->instance) {
		r = check_one(h, h->instance);
		return r ? r : check_dev(h);
	}
	in = find_shut(h);
	if (in)
		return diag_error(&h->sync.cli->diag, LOC_NONE, -EACCES,
				  "\"%s\" is shut: refused", in->name);
	vec_each(in, &conf->instances)
		if (!r && !in->ipsec)
			r = check_one(h, in);
	return r ? r : diag_error(&h->sync.cli->diag, LOC_NONE, -EACCES,
				  "it is not known which server calls: name it with --instance: refused");
}
