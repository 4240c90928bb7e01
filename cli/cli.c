/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

const struct backend *cli_backend(struct cli *cli, const struct conf *conf,
				  bool *any)
{
	const char *name = cli->backend ? cli->backend : conf->backend;
	const struct backend *backend;
	bool is_any = !name || !strcmp(name, "auto");

	if (any)
		*any = is_any;
	backend = is_any ? backend_at(0) : backend_find(name);
	if (!backend)
		diag_error(&cli->diag, LOC_NONE, 0, "no backend \"%s\"", name);
	return backend;
}

/* What hooks have seen.  Not knowing it makes no policy wrong. */
static void open_state(struct cli *cli, struct cli_world *w)
{
	const char *dir = w->load.conf.state_dir;
	struct diag silent = { 0 };
	int r;

	r = state_open(dir, true, &w->state, &silent);
	w->has_state = !r;
	if (r)
		diag_warn(&cli->diag, LOC_NONE,
			  "cannot read \"%s\": %s; who is connected is not known",
			  dir, strerror(-r));
}

static int load_all(struct cli *cli, unsigned int lenience,
		    struct cli_world *w)
{
	struct live_view live = { .state = &w->state };
	struct load *l = &w->load;
	struct policy *p = &w->policy;
	int r;

	r = load_policy(l, &l->conf, p, &cli->diag);
	if (r)
		return r;
	if (w->has_state)
		live_add_names(&live, p, &l->sources);
	r = load_bind(l, &l->conf, p, &cli->diag);
	if (r)
		return r;
	if (w->has_state)
		live_bind_all(&live, p);
	if (lenience & CLI_UNRESOLVED)
		return 0;
	return policy_resolve(p, &cli->diag);
}

int cli_read(struct cli *cli, unsigned int lenience, struct cli_world *out)
{
	struct conf_options opt = cli->conf;
	int r;

	*out = (struct cli_world){ 0 };
	if (lenience & CLI_ANY_DEV && opt.policy && !opt.openvpn && !opt.dev)
		opt.dev = "tun*";
	out->load.tolerant = lenience & CLI_TOLERANT;
	out->load.openvpn_25 = cli->openvpn_25;
	r = conf_load(&opt, &out->load.sources, &out->load.conf, &cli->diag);
	if (r)
		return r;
	open_state(cli, out);
	return load_all(cli, lenience, out);
}

void cli_world_fini(struct cli_world *w)
{
	policy_fini(&w->policy);
	if (w->has_state)
		state_close(&w->state);
	load_fini(&w->load);
}
