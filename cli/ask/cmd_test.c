/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>

#include "cli/ask/expect_run.h"
#include "cli/json.h"

/* Gives up x->json. */
static void print(const struct expect_run *x)
{
	if (x->json)
		json_print(x->json);
	else if (!x->cli->quiet)
		printf("%zu expectation%s, %zu failed\n", x->n,
		       x->n == 1 ? "" : "s", x->failed);
}

static int run_files(struct cli *cli, struct cli_world *w,
		     char *const *paths, size_t n)
{
	struct expect_run x = {
		.cli = cli, .load = &w->load, .policy = &w->policy,
		.json = cli->json ? json_array() : NULL,
	};
	int r = expect_run_files(&x, paths, n);

	print(&x);
	return r;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_world w;
	int r;

	r = cli_read(cli, CLI_ANY_DEV, &w);
	if (!r && argc == 1 && !w.load.conf.tests.n) {
		cli_world_fini(&w);
		return cli_usage(cli, &cmd_test);
	}
	if (!r && argc > 1)
		r = run_files(cli, &w, argv + 1, (size_t)argc - 1);
	else if (!r)
		r = run_files(cli, &w, w.load.conf.tests.v,
			      w.load.conf.tests.n);
	cli_world_fini(&w);
	return r ? cli_status(r) : cli->diag.errors ? CLI_WRONG : CLI_OK;
}

const struct command cmd_test = {
	.name = "test",
	.args = "[FILE...]",
	.help = "does the policy hold what files say it must?",
	.run = run,
};
