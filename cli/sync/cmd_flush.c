/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "cli/sync/sync.h"

static void print_loaded(void)
{
	const struct backend *b;
	bool any = false;
	size_t i;

	for (i = 0; (b = backend_at(i)); i++) {
		if (!b->is_loaded())
			continue;
		printf("would remove the rules in %s\n", b->name);
		any = true;
	}
	if (!any)
		puts("nothing to remove");
}

static int shut_all(struct sync *s)
{
	int r = sync_closed(s);

	if (r == -ENOENT)
		diag_error(&s->cli->diag, LOC_NONE, r,
			   "no interface is known: nothing can be shut");
	return r;
}

static int run_flush(struct cli *cli, int argc, char **argv)
{
	struct sync s;
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_flush);
	r = sync_open(cli, &s);
	s.removes = true;
	s.stateless = true;
	if (!r)
		r = sync_ready(&s);
	if (!r && cli->closed)
		r = shut_all(&s);
	else if (!r && !cli->dry_run)
		r = sync_remove(&s);
	if (!r && !cli->dry_run)
		r = sync_remove_others(&s);
	if (!r && !cli->dry_run)
		sync_forget(&s);
	sync_close(&s, false);
	if (!r && cli->dry_run && !cli->closed)
		print_loaded();
	return cli_status(r);
}

const struct command cmd_flush = {
	.name = "flush",
	.args = "",
	.help = "remove the rules; --closed: drop all VPN traffic",
	.run = run_flush,
};
