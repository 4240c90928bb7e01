/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <string.h>

#include "cli/cli.h"
#include "compiler/lower.h"

struct chains {
	VEC(const char *) names;
};

/* Is CHAIN one of the policy's: "p/<hash>" or "p/<hash>/..."? */
static bool is_part(const char *chain, const char *policy)
{
	size_t n = strlen(policy);

	return !strncmp(chain, policy, n) && (!chain[n] || chain[n] == '/');
}

static int add_chains(struct cli *cli, const struct policy *p, const char *name,
		      const struct ruleset *rs, struct chains *out)
{
	const struct client *c = policy_find(p, str_of(name));
	const struct chain *chain;

	if (!c)
		return diag_error(&cli->diag, LOC_NONE, CLI_WRONG,
				  "no client \"%s\"", name);
	if (!c->policy_chain)
		return diag_error(&cli->diag, LOC_NONE, CLI_WRONG,
				  "\"%s\" has no rules, everything of it is dropped: %s",
				  name, client_state_name(c->state));
	vec_push(&out->names, c->chain);
	vec_each(chain, &rs->chains)
		if (is_part(chain->name, c->policy_chain))
			vec_push(&out->names, chain->name);
	return CLI_OK;
}

static int print_rules(struct cli *cli, const struct conf *conf,
		       struct policy *p, int n, char **names)
{
	const struct backend *backend = cli_backend(cli, conf, NULL);
	char state[LOWER_STATE_TEXT];
	struct chains chains = { 0 };
	struct ruleset rs = { 0 };
	int i, status = CLI_OK;

	if (!backend)
		return CLI_TROUBLE;
	p->ipt = conf->ipt;
	backend->lower(p, &rs);
	for (i = 0; i < n; i++)
		if (add_chains(cli, p, names[i], &rs, &chains))
			status = CLI_WRONG;
	if ((!n || chains.names.n) &&
	    backend->print(&rs, lower_state(ruleset_digest(&rs), state),
			   chains.names.v, chains.names.n, stdout, &cli->diag))
		status = CLI_TROUBLE;
	vec_fini(&chains.names);
	ruleset_fini(&rs);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_world w;
	int status;

	status = cli_status(cli_read(cli, CLI_STRICT, &w));
	if (!status)
		status = print_rules(cli, &w.load.conf, &w.policy, argc - 1,
				     argv + 1);
	if (!status && cli->diag.errors)
		status = CLI_WRONG;
	cli_world_fini(&w);
	return status;
}

const struct command cmd_print = {
	.name = "print",
	.args = "[NAME...]",
	.help = "the rules as text that nft -f loads",
	.run = run,
};
