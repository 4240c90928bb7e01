/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/server/inside.h"
#include "cli/server/interfaces.h"
#include "compiler/load/check.h"

struct counts {
	unsigned int files, addresses, networks;
};

static void count(const struct policy *p, struct counts *n)
{
	const struct binding *b;
	const struct client *c;

	*n = (struct counts){ 0 };
	vec_each(c, &p->clients)
		n->files += c->file != NULL;
	vec_each(b, &p->bindings)
		*(prefix_is_host(&b->net) ? &n->addresses : &n->networks) += 1;
}

static void print_number(unsigned int n, const char *what, const char *end)
{
	const char *plural = what[strlen(what) - 1] == 's' ? "es" : "s";

	printf("%u %s%s%s", n, what, n == 1 ? "" : plural, end);
}

static void print_summary(const struct policy *p, const struct diag *d)
{
	struct counts n;

	count(p, &n);
	print_number((unsigned int)p->clients.n, "client", ", ");
	print_number(n.files, "policy file", ", ");
	print_number(n.addresses, "address", ", ");
	if (n.networks)
		print_number(n.networks, "network", ", ");
	print_number(d->errors, "error", ", ");
	print_number(d->warnings, "warning", "\n");
}

static json_t *client_json(const struct client *c)
{
	json_t *item = json_object();

	json_put_str(item, "name", c->name);
	json_put_text(item, "state", client_state_name(c->state));
	json_put_text(item, "file", c->file ? c->file->name : NULL);
	json_object_set_new(item, "addresses", json_array());
	return item;
}

static void print_json(const struct policy *p, const struct diag *d)
{
	json_t *root = json_object(), *list = json_array(), *item;
	const struct binding *b;
	const struct client *c;

	vec_each(c, &p->clients)
		json_array_append_new(list, client_json(c));
	vec_each(b, &p->bindings) {
		item = json_array_get(list, b->client);
		json_array_append_new(json_object_get(item, "addresses"),
				      json_binding(b));
	}
	json_object_set_new(root, "clients", list);
	json_object_set_new(root, "errors", json_integer(d->errors));
	json_object_set_new(root, "warnings", json_integer(d->warnings));
	json_print(root);
}

/* With data channel offload the kernel refuses a second client with the same
 * address.  One error for each server. */
static void say_dco(struct compile *c, struct diag *d)
{
	const struct policy *p = &c->policy;
	const struct instance *in;
	const struct binding *b;
	char text[ADDR_TEXT];

	vec_each(in, &c->load.conf.instances) {
		if (!interfaces_dco(in, NULL))
			continue;
		vec_each(b, &p->bindings) {
			if (check_pool_of(&c->load.conf, b) != in)
				continue;
			diag_error(d, b->at, 0,
				   "%s lies in the pool, and \"%s\" has data channel offload: while another client has it, \"%.*s\" cannot connect",
				   prefix_format(&b->net, text), in->name,
				   STR_ARG(p->clients.v[b->client].name));
			break;
		}
	}
}

static void say_table(struct cli *cli, const struct conf *conf)
{
	if (conf->ipt.table != TABLE_MANGLE &&
	    cli_backend(cli, conf) == &backend_ipt)
		diag_note(&cli->diag, LOC_NONE,
			  "iptables-table = %s: packets are judged behind this machine's DNAT",
			  rule_table_name(conf->ipt.table));
}

static int run(struct cli *cli, int argc, char **argv)
{
	unsigned int n_doubtful;
	struct compile c;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_check);
	r = cli_read(cli, CLI_ANY_DEV | COMPILE_TESTED, &c);
	if (!r) {
		say_dco(&c, &cli->diag);
		say_table(cli, &c.load.conf);
		interfaces_say_disputed(&c, &cli->diag);
		inside_check(&c.load.conf, &cli->diag);
	}
	if (!r || r == -EINVAL) {
		if (cli->json)
			print_json(&c.policy, &cli->diag);
		else if (!cli->quiet)
			print_summary(&c.policy, &cli->diag);
	}
	n_doubtful = c.policy.n_doubtful;
	compile_fini(&c);
	if (!r && (cli->diag.errors || n_doubtful))
		return CLI_WRONG;
	return cli_status(r);
}

const struct command cmd_check = {
	.name = "check",
	.args = "",
	.help = "read all files and report errors",
	.run = run,
};
