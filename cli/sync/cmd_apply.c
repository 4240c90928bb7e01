/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>

#include "cli/server/interfaces.h"
#include "cli/sync/evict.h"
#include "cli/sync/report.h"
#include "cli/sync/revoke.h"
#include "compiler/conf/conf_keep.h"
#include "paths.h"

static void print(const struct sync *s, const struct report *report,
		  const struct findings *ended)
{
	if (s->cli->quiet)
		return;
	report_print(report, s->cli);
	if (s->cli->dry_run)
		return;
	if (!report->lines.n || sync_has_changed(s))
		sync_print_change(s);
	findings_print(ended, "done", false);
}

static int apply(struct cli *cli)
{
	struct findings ended = { .journal = cli->journal };
	struct report report = { 0 };
	struct sync s;
	int r, status;

	r = sync_open(cli, &s);
	s.stateless = true;
	s.report = cli->quiet ? NULL : &report;
	if (!r)
		r = sync_ready(&s);
	if (!r)
		r = sync_all(&s);
	if (!r)
		interfaces_say_disputed(&s.compile, &cli->diag);
	if (!r && !cli->dry_run) {
		s.is_loaded = !state_refresh(&s.state);
		sync_unlock(&s, false);
		evict_all(&s, &ended);
	}
	status = sync_status(&s, r);
	sync_say_end(&s, r);
	sync_close(&s, false);
	if (r && status == CLI_WRONG && !cli->dry_run)
		revoke_all(cli);
	if (!r)
		print(&s, &report, &ended);
	findings_fini(&ended);
	report_fini(&report);
	return status;
}

/* Was there ever a configuration? What calls us before a server starts is
 * installed together with us. */
static bool is_set_up(const struct cli *cli)
{
	const char *path = conf_path(&cli->conf);
	struct sources set = { 0 };
	struct conf kept;
	struct stat st;
	int r = 0;

	if (path && lstat(path, &st) && errno == ENOENT) {
		r = conf_keep_read(KEEPDIR, path, &set, &kept);
		conf_fini(&kept);
		sources_fini(&set);
	}
	return r != -ENOENT;
}

static int run_apply(struct cli *cli, int argc, char **argv)
{
	int status;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_apply);
	if (cli->for_start && !is_set_up(cli)) {
		diag_note(&cli->diag, LOC_NONE,
			  "vpnpf was never set up on this machine: nothing is filtered");
		return CLI_OK;
	}
	status = apply(cli);
	return cli->for_start && status == CLI_WRONG ? CLI_OK : status;
}

const struct command cmd_apply = {
	.name = "apply",
	.args = "",
	.help = "compile and load the policy; print the changes",
	.run = run_apply,
};
