/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

/* Only the clients of NAMES. */
static int pick(struct cli *cli, struct status *o, int n, char **names)
{
	struct status_client *c;
	int i, status = CLI_OK;
	size_t kept = 0;

	for (i = 0; i < n; i++) {
		c = status_find(o, str_of(names[i]));
		if (c) {
			c->picked = true;
			continue;
		}
		diag_error(&cli->diag, LOC_NONE, 0, "no client \"%s\"",
			   names[i]);
		status = CLI_WRONG;
	}
	vec_each(c, &o->clients) {
		if (c->picked)
			o->clients.v[kept++] = *c;
		else
			status_client_fini(c);
	}
	o->clients.n = kept;
	return status;
}

static void print(const struct cli *cli, const struct status *o)
{
	if (cli->prometheus) {
		status_print_prometheus(o);
	} else if (cli->json) {
		status_print_json(o);
	} else {
		status_print_rules(&o->rules, cli);
		if (o->rules.kind == IN_FORCE_RULES)
			status_print_interfaces(o);
		status_print(o);
	}
}

/* What is in force is told even if the files cannot be read. */
static int run(struct cli *cli, int argc, char **argv)
{
	struct status o;
	int r = status_read(cli, &o), status = cli_status(r);

	if (!r && argc > 1)
		status = pick(cli, &o, argc - 1, argv + 1);
	if (!r || cli->prometheus || o.rules.kind != IN_FORCE_UNKNOWN)
		print(cli, &o);
	if (!status && (conf_next_bad(&o.compile.load.conf, NULL) ||
			(o.rules.kind != IN_FORCE_UNKNOWN &&
			 !in_force_is_good(&o.rules))))
		status = CLI_WRONG;
	status_fini(&o);
	return status;
}

const struct command cmd_status = {
	.name = "status",
	.args = "[NAME...]",
	.help = "what is in force; clients, addresses, packets and bytes",
	.run = run,
};
