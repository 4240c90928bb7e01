/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"

struct chains {
	VEC(const char *) names;
};

static bool has(const struct chains *c, const char *name)
{
	const char **known;

	vec_each(known, &c->names)
		if (!strcmp(*known, name))
			return true;
	return false;
}

/* "ip/VPNPF-ACC" of iptables, but not "ip/VPo-VPNPF-john.5mgd7vqyka"; of
 * nftables "client/drop" */
static bool is_shared(const char *chain)
{
	const char *slash = strchr(chain, '/');

	return (slash && !strncmp(slash + 1, "VPNPF-", strlen("VPNPF-"))) ||
	       !strncmp(chain, "client/", strlen("client/")) ||
	       !strncmp(chain, "no/", strlen("no/"));
}

/* Add the chains that NAME's rules go to, without chains that all clients
 * share. */
static void add_targets(const struct ruleset *rs, const char *name,
			struct chains *out)
{
	const struct chain *chain = ruleset_find_chain(rs, name);
	const struct rule *rule;
	unsigned int i;

	for (i = 0; chain && i < chain->n_rules; i++) {
		rule = &rs->rules.v[chain->rule + i];
		if (rule->target && !is_shared(rule->target) &&
		    !has(out, rule->target))
			vec_push(&out->names, rule->target);
	}
}

/* Is CHAIN "p/<hash>/from" or "p/<hash>/to"? */
static bool is_of_policy(const char *chain, const char *policy)
{
	size_t n = strlen(policy);

	return !strncmp(chain, policy, n) && chain[n] == '/';
}

/* A client's chains have its name as comment, or the name of its policy. */
static int add_chains(struct cli *cli, const struct policy *p, const char *name,
		      const struct ruleset *rs, struct chains *out)
{
	const struct client *c = policy_find(p, str_of(name));
	const struct chain *chain;
	size_t i = out->names.n;

	if (!c)
		return diag_error(&cli->diag, LOC_NONE, -EINVAL,
				  "no client \"%s\"", name);
	if (!c->policy_chain)
		return diag_error(&cli->diag, LOC_NONE, -EINVAL,
				  "\"%s\" has no rules, everything of it is dropped: %s",
				  name, client_state_name(c->state));
	vec_each(chain, &rs->chains)
		if (is_of_policy(chain->name, c->policy_chain) ||
		    (chain->comment && !strcmp(chain->comment, name)))
			vec_push(&out->names, chain->name);
	for (; i < out->names.n; i++)
		add_targets(rs, out->names.v[i], out);
	return 0;
}

static int print_rules(struct cli *cli, struct conf *conf,
		       struct policy *p, int n, char **names)
{
	const struct backend *backend = cli_backend(cli, conf);
	char state[LOWER_STATE_TEXT];
	struct chains chains = { 0 };
	struct ruleset rs = { 0 };
	int i, status = CLI_OK;

	if (!backend)
		return CLI_TROUBLE;
	if (conf_check_backend(conf, backend->name, &cli->diag))
		return CLI_WRONG;
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
	struct compile c;
	int status;

	status = cli_status(cli_read(cli, CLI_NAT, &c));
	if (!status)
		status = print_rules(cli, &c.load.conf, &c.policy, argc - 1,
				     argv + 1);
	if (!status && cli->diag.errors)
		status = CLI_WRONG;
	compile_fini(&c);
	return status;
}

const struct command cmd_print = {
	.name = "print",
	.args = "[NAME...]",
	.help = "the rules as text for nft -f or iptables-legacy-restore",
	.run = run,
};
