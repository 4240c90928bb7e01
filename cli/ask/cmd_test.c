/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "compiler/query/expect_run.h"

static const char *verdict_word(bool accept)
{
	return accept ? "ACCEPT" : "DROP";
}

static json_t *outcome_json(const struct expect_outcome *out)
{
	const struct expectation *e = out->e;
	json_t *json = json_object();

	json_put_place(json, "at", e->at);
	json_put_str(json, "from", e->src.text);
	json_put_str(json, "to", e->dst.text);
	if (e->service_text.n)
		json_put_str(json, "service", e->service_text);
	json_put_text(json, "expected", verdict_word(e->accept));
	if (out->decided)
		json_put_text(json, "verdict",
			      verdict_word(out->answer.accept));
	json_object_set_new(json, "ok", json_boolean(out->ok));
	json_put_text(json, "reason", out->reason);
	return json;
}

static void add_json(void *list, const struct expect_outcome *out)
{
	json_array_append_new(list, outcome_json(out));
}

static int run_files(struct cli *cli, struct compile *c,
		     char *const *paths, size_t n)
{
	json_t *list = cli->json ? json_array() : NULL;
	struct expect_run x = {
		.load = &c->load, .policy = &c->policy,
		.found = list ? add_json : NULL, .arg = list,
	};
	int r = expect_run_files(&x, paths, n, &cli->diag);

	if (list)
		json_print(list);
	else if (!cli->quiet)
		printf("%zu expectation%s, %zu failed\n", x.n,
		       x.n == 1 ? "" : "s", x.failed);
	return r;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct compile c;
	int r;

	r = cli_read(cli, CLI_ANY_DEV, &c);
	if (!r && argc == 1 && !c.load.conf.tests.n) {
		compile_fini(&c);
		return cli_usage(cli, &cmd_test);
	}
	if (!r && argc > 1)
		r = run_files(cli, &c, argv + 1, (size_t)argc - 1);
	else if (!r)
		r = run_files(cli, &c, c.load.conf.tests.v,
			      c.load.conf.tests.n);
	compile_fini(&c);
	return r ? cli_status(r) : cli->diag.errors ? CLI_WRONG : CLI_OK;
}

const struct command cmd_test = {
	.name = "test",
	.args = "[FILE...]",
	.help = "compare the policy with files of expectations",
	.run = run,
};
