/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/evict.h"

static int run_apply(struct cli *cli, int argc, char **argv)
{
	struct findings ended = { 0 };
	struct sync s;
	int r, status;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_apply);
	r = sync_open(cli, &s);
	s.stateless = true;
	if (!r)
		r = sync_ready(&s);
	if (!r)
		r = sync_all(&s);
	if (!r && !cli->dry_run) {
		s.is_loaded = !state_refresh(&s.state);
		sync_unlock(&s, false);
		evict_all(&s, &ended);
	}
	status = sync_status(&s, r);
	sync_close(&s, false);
	if (!r && !cli->dry_run && !cli->quiet) {
		sync_print_change(&s);
		findings_print(&ended, "done", false);
	}
	findings_fini(&ended);
	return status;
}

const struct command cmd_apply = {
	.name = "apply",
	.args = "",
	.help = "compile and load the policy; print the changes",
	.run = run_apply,
};
