/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVPN's hooks. The server waits for each of them, and their input comes
 * from the network: the name is the certificate's, addresses are parsed before
 * use, and main.c drops all other variables.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/hook/hook.h"

/* Report why CLIENT is refused. */
static int refuse(struct cli *cli, const struct client *c)
{
	static const struct loc none;

	switch (c->state) {
	case CLIENT_OPEN:
		return 0;
	case CLIENT_NO_FILE:
		return diag_error(&cli->diag, none, -EACCES,
				  "\"%.*s\" has no policy file: refused",
				  STR_ARG(c->name));
	case CLIENT_BAD_FILE:
		return diag_error(&cli->diag, none, -EACCES,
				  "\"%.*s\" has no usable policy: refused",
				  STR_ARG(c->name));
	case CLIENT_KILL:
		return diag_error(&cli->diag, c->pf.end, -EACCES,
				  "\"%.*s\" is refused by [KILL]",
				  STR_ARG(c->name));
	}
	return -EACCES;
}

static int connect_client(struct hook_call *h)
{
	struct client c = { .name = h->name };
	int r = hook_check_server(h);

	if (r)
		return r;
	r = hook_load_client(h, &c);
	if (!r && !hook_is_spared(h, &c))
		r = refuse(h->sync.cli, &c);
	pffile_fini(&c.pf);
	if (!r)
		r = hook_check_address(h);
	/* dev tap: learn-address gets the hardware address only */
	if (!r && h->instance && h->instance->tap) {
		r = hook_add(h, h->addr4, false);
		if (!r)
			r = hook_add(h, h->addr6, false);
	}
	return r;
}

/* Call FN for the client of the environment. */
static int run_client(struct cli *cli, int (*fn)(struct hook_call *h))
{
	struct hook_call h;
	int r = hook_open(cli, cli->env.common_name, &h);

	if (!r)
		r = fn(&h);
	return hook_close(&h, r);
}

static int run_connect(struct cli *cli, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return run_client(cli, connect_client) ? CLI_WRONG : CLI_OK;
}

static int run_disconnect(struct cli *cli, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return run_client(cli, hook_disconnect) ? CLI_TROUBLE : CLI_OK;
}

static int run_learn_address(struct cli *cli, int argc, char **argv)
{
	struct hook_call h;
	int r;

	if (argc < 3 || argc > 4 || (strcmp(argv[1], "add") &&
	    strcmp(argv[1], "update") && strcmp(argv[1], "delete")))
		return cli_usage(cli, &cmd_learn_address);
	if (!strcmp(argv[1], "delete")) {
		r = hook_open(cli, "", &h);
		if (!r)
			r = hook_remove(&h, argv[2]);
	} else {
		r = hook_open(cli, argc == 4 ? argv[3] : NULL, &h);
		if (!r)
			r = hook_add(&h, argv[2],
				       !strcmp(argv[1], "update"));
	}
	return hook_close(&h, r) ? CLI_WRONG : CLI_OK;
}

const struct command cmd_connect = {
	.name = "connect",
	.args = "[FILE]",
	.help = "client-connect hook: exits 1 to refuse the client",
	.run = run_connect,
	.hook = true,
};

const struct command cmd_disconnect = {
	.name = "disconnect",
	.args = "",
	.help = "client-disconnect hook",
	.run = run_disconnect,
	.hook = true,
};

const struct command cmd_learn_address = {
	.name = "learn-address",
	.args = "add|update|delete ADDRESS [NAME]",
	.help = "learn-address hook: loads the client's rules",
	.run = run_learn_address,
	.hook = true,
};
