/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/options.h"
#include "compiler/base/journal.h"

static const struct command *const commands[] = {
	&cmd_check, &cmd_print, &cmd_apply, &cmd_flush, &cmd_connect,
	&cmd_disconnect, &cmd_learn_address, &cmd_updown, &cmd_helper,
	&cmd_reconcile, &cmd_explain, &cmd_matrix, &cmd_status, &cmd_watch,
	&cmd_test, &cmd_doctor,
};

enum { N_COMMANDS = sizeof(commands) / sizeof(*commands) };

static const struct command *find_command(struct cli *cli, const char *name)
{
	size_t i;

	if (!name) {
		diag_error(&cli->diag, LOC_NONE, 0,
			   "no command; try vpnpf --help");
		return NULL;
	}
	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	diag_error(&cli->diag, LOC_NONE, 0, "no command \"%s\"; try vpnpf "
		   "--help", name);
	return NULL;
}

static int run_command(struct cli *cli, const struct command *command,
		       int argc, char **argv, struct options_given *given)
{
	int first = 0;

	if (!command->hook) {
		if (options_read(cli, argc, argv, false, given))
			return CLI_TROUBLE;
		first = optind - 1;
		argv[first] = (char *)command->name;
	}
	if (given->help) {
		options_help_command(command);
		return CLI_OK;
	}
	if (options_check(cli, command, given))
		return CLI_TROUBLE;
	/* also if vpnpf-hook is the caller, which must gain some */
	if (command->hook)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	cli->diag.quiet = cli->quiet;
	cli->diag.verbose = cli->verbose;
	if (cli->diag.terminal && !cli->quiet && !command->hook)
		cli->diag.progress = open("/proc/self/fd/2", O_WRONLY |
					  O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return command->run(cli, argc - first, argv + first);
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct command *command;
	struct options_given given = { 0 };

	if (options_read(cli, argc, argv, true, &given))
		return CLI_TROUBLE;
	if (given.help && !argv[optind]) {
		options_help(commands, N_COMMANDS);
		return CLI_OK;
	}
	if (given.version) {
		puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return CLI_OK;
	}
	command = find_command(cli, argv[optind]);
	if (!command)
		return CLI_TROUBLE;
	return run_command(cli, command, argc - optind, argv + optind, &given);
}

/* The caller of a hook may have closed stdin, stdout or stderr: then the next
 * opened file would get its number. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Colours are as no-color.org says; a terminal that is "dumb" has none. */
static void look_at_outputs(struct cli *cli)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	const char *stream = getenv("JOURNAL_STREAM");
	bool color = !(no_color && *no_color) && term && *term &&
		     strcmp(term, "dumb") != 0;

	cli->diag.terminal = isatty(STDERR_FILENO);
	cli->diag.color = color && cli->diag.terminal;
	cli->color = color && isatty(STDOUT_FILENO);
	cli->diag.journal = journal_reads(STDERR_FILENO, stream);
	cli->journal = journal_reads(STDOUT_FILENO, stream);
}

/*
 * A hook's environment comes from the network, and variables for libraries
 * (PATH, XTABLES_LIBDIR, ...) from unknown sources: read our variables, then
 * clear the environment.
 */
static void take_environment(struct cli *cli)
{
	cli->env = (struct cli_env){
		.common_name = getenv("common_name"),
		.addr4 = getenv("ifconfig_pool_remote_ip"),
		.addr6 = getenv("ifconfig_pool_remote_ip6"),
		.dev = getenv("dev"),
		.config = getenv("config"),
		.strongswan = {
			.verb = getenv("PLUTO_VERB"),
			.reqid = getenv("PLUTO_REQID"),
			.addr = getenv("PLUTO_PEER_CLIENT"),
			.user = getenv("PLUTO_XAUTH_ID"),
			.id = getenv("PLUTO_PEER_ID"),
			.local = getenv("PLUTO_ME"),
			.if_in = getenv("PLUTO_IF_ID_IN"),
			.if_out = getenv("PLUTO_IF_ID_OUT"),
			.libreswan = getenv("PLUTO_SA_REQID") ||
				     getenv("PLUTO_CONNECTION_TYPE"),
		},
		.racoon = {
			.addr = getenv("INTERNAL_ADDR4"),
			.user = getenv("XAUTH_USER"),
			.id = getenv("REMOTE_ID"),
		},
	};
	clearenv();
}

/* Refuse a set-uid bit or file capabilities: the caller could choose the files,
 * and libxtables does not work with them. */
static int refuse_lent_rights(struct cli *cli)
{
	diag_error(&cli->diag, LOC_NONE, 0,
		   "does not run with the rights of its file; see vpnpf-hook in vpnpf(8)");
	return CLI_TROUBLE;
}

int main(int argc, char **argv)
{
	struct cli cli = { .diag = { .out = stderr } };
	int status;

	open_standard_files();
	if (getauxval(AT_SECURE))
		return refuse_lent_rights(&cli);
	look_at_outputs(&cli);
	take_environment(&cli);
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	status = run(&cli, argc, argv);
	diag_progress_end(&cli.diag);
	if (fflush(stdout) || ferror(stdout)) {
		diag_error(&cli.diag, LOC_NONE, 0, "cannot write the output: "
			   "%s", strerror(errno));
		status = CLI_TROUBLE;
	}
	return status;
}
