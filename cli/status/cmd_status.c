/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/overview.h"

/* Only the clients of NAMES. */
static int pick(struct cli *cli, struct overview *o, int n, char **names)
{
	struct overview_client *c;
	int i, status = CLI_OK;
	size_t kept = 0;

	for (i = 0; i < n; i++) {
		c = overview_find(o, str_of(names[i]));
		if (c)
			c->picked = true;
		else
			status = diag_error(&cli->diag, LOC_NONE, CLI_WRONG,
					    "no client \"%s\"", names[i]);
	}
	vec_each(c, &o->clients) {
		if (c->picked)
			o->clients.v[kept++] = *c;
		else
			overview_client_fini(c);
	}
	o->clients.n = kept;
	return status;
}

static void print(const struct cli *cli, const struct overview *o)
{
	if (cli->prometheus)
		overview_print_prometheus(o);
	else if (cli->json)
		overview_print_json(o);
	else
		overview_print(o);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct overview o;
	int r = overview_read(cli, &o), status = cli_status(r);

	if (!r && argc > 1)
		status = pick(cli, &o, argc - 1, argv + 1);
	if (!r)
		print(cli, &o);
	overview_fini(&o);
	return status;
}

const struct command cmd_status = {
	.name = "status",
	.args = "[NAME...]",
	.help = "clients, their addresses, packets and bytes",
	.run = run,
};
