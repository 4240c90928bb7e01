/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/host_devs.h"
#include "compiler/conf/conf_keep.h"
#include "compiler/state/live.h"
#include "paths.h"

int cli_usage(const struct cli *cli, const struct command *command)
{
	if (cli->diag.out)
		fprintf(cli->diag.out, "usage: vpnpf [options] %s%s%s\n",
			command->name, *command->args ? " " : "",
			command->args);
	return CLI_TROUBLE;
}

int cli_status(int r)
{
	if (!r)
		return CLI_OK;
	return r == -EINVAL ? CLI_WRONG : CLI_TROUBLE;
}

/* NULL: any. */
static const char *backend_name(const struct cli *cli, const struct conf *conf)
{
	const char *name = cli->backend ? cli->backend : conf->backend;

	return name && strcmp(name, "auto") != 0 ? name : NULL;
}

const struct backend *cli_backend(struct cli *cli, const struct conf *conf)
{
	const char *name = backend_name(cli, conf);
	const struct backend *b = name ? backend_find(name) : backend_at(0);

	if (!b)
		diag_error(&cli->diag, LOC_NONE, 0, "no backend \"%s\"", name);
	return b;
}

/* The backend may still be open. */
static int open_one(struct cli *cli, const struct conf *conf,
		    struct cli_handle *out, struct diag *d)
{
	struct cli_handle *cache = cli->handle_cache;

	if (!cache || !cache->handle || cache->backend != out->backend)
		return out->backend->open(&out->handle, &conf->ipt, d);
	out->handle = cache->handle;
	cache->handle = NULL;
	return 0;
}

int cli_open_backend(struct cli *cli, const struct conf *conf,
		     struct cli_handle *out, struct diag *d)
{
	bool any = !backend_name(cli, conf);
	size_t i;
	int r;

	*out = (struct cli_handle){ .backend = cli_backend(cli, conf) };
	if (!out->backend)
		return -ENOENT;
	r = open_one(cli, conf, out, d);
	for (i = 1; any && r == -EPROTONOSUPPORT && backend_at(i); i++) {
		out->backend = backend_at(i);
		r = open_one(cli, conf, out, d);
	}
	if (r == -EPROTONOSUPPORT)
		diag_error(d, LOC_NONE, r, "this kernel has no %s",
			   any ? "nftables, and no iptables-legacy"
			       : out->backend->name);
	return r;
}

bool cli_host_has_nat(const struct conf *conf)
{
	if (!conf->nat || !strcmp(conf->nat, "auto"))
		return backend_host_has_nat();
	return !strcmp(conf->nat, "yes");
}

/* The live bindings. Without them the policies are still correct. */
static void open_state(struct cli *cli, struct compile *c)
{
	const char *dir = c->load.conf.state_dir;
	struct diag silent = { 0 };
	int r;

	r = state_open(dir, true, &c->state, &silent);
	c->has_state = !r;
	if (r)
		state_close(&c->state);
	if (silent.errors)
		diag_warn(&cli->diag, LOC_NONE,
			  "cannot read \"%s\": %s; connected clients are not known",
			  dir, r ? strerror(-r) : "it is damaged");
}

/* Whose clients are asked about may be known only by what it was. */
static void complete_bad(const struct cli *cli, struct load *l)
{
	const char *path = conf_path(&cli->conf);
	struct conf kept;

	if (!path || !conf_next_bad(&l->conf, NULL))
		return;
	if (!conf_keep_read(KEEPDIR, path, &l->sources, &kept))
		conf_keep_complete(&l->conf, &kept);
	conf_fini(&kept);
}

int cli_read(struct cli *cli, unsigned int flags, struct compile *out)
{
	const struct live_view live = { .state = &out->state };
	struct conf_options opt = cli->conf;
	int r;

	*out = (struct compile){ .load.openvpn_25 = cli->openvpn_25 };
	if (flags & CLI_ANY_DEV && opt.policy && !opt.openvpn && !opt.dev)
		opt.dev = "tun*";
	r = conf_load(&opt, &out->load.sources, &out->load.conf, &cli->diag);
	if (r)
		return r;
	if (flags & COMPILE_ASKED)
		complete_bad(cli, &out->load);
	open_state(cli, out);
	out->nat = flags & CLI_NAT && cli_host_has_nat(&out->load.conf);
	host_devs_read(&out->load.conf, out->has_state ? &live : NULL,
		       &out->devs);
	out->has_devs = true;
	return compile_files(out, out->has_state ? &live : NULL, flags,
			     &cli->diag);
}
