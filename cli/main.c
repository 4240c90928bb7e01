/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct command *const commands[] = {
	&cmd_check, &cmd_print, &cmd_apply, &cmd_flush, &cmd_connect,
	&cmd_disconnect, &cmd_learn_address, &cmd_updown, &cmd_reconcile,
	&cmd_explain, &cmd_matrix, &cmd_watch, &cmd_test,
};

enum { N_COMMANDS = sizeof(commands) / sizeof(*commands) };

static const char options_help[] =
"options:\n"
"  -c FILE  configuration (default /etc/vpnpf/vpnpf.conf), or one server by\n"
"           --openvpn SERVER.CONF --policy DIR --ccd DIR --ipp FILE\n"
"           --topology net30|p2p|subnet --dev NAME\n"
"  --instance NAME  of which server of the configuration a hook speaks\n"
"  --state-dir DIR  (default /run/vpnpf)\n"
"  -b nftables|iptables-legacy|auto\n"
"  -n  print what would be done              --json  as JSON\n"
"  -q  no warnings      -v  say more         --batch  explain: read questions\n"
"  --closed  flush: let nothing pass         --openvpn-2.5  check: old grammar\n"
"  --check  reconcile: repair nothing        --deep  reconcile: read all\n"
"exit status: 0 in order, 1 input wrong or differences, 2 trouble\n";

/* Where an option's value goes, and which commands it is for (NULL: all). */
struct option_row {
	const char *name;
	char letter;
	bool is_text;
	size_t offset;		/* in struct cli */
	const char *only;
};

#define TEXT(field) true, offsetof(struct cli, field)
#define FLAG(field) false, offsetof(struct cli, field)

static const struct option_row rows[] = {
	{ "config", 'c', TEXT(conf.file), NULL },
	{ "openvpn", 0, TEXT(conf.openvpn), NULL },
	{ "policy", 0, TEXT(conf.policy), NULL },
	{ "ccd", 0, TEXT(conf.ccd), NULL },
	{ "ipp", 0, TEXT(conf.ipp), NULL },
	{ "topology", 0, TEXT(conf.topology), NULL },
	{ "dev", 0, TEXT(conf.dev), NULL },
	{ "instance", 0, TEXT(conf.instance), NULL },
	{ "state-dir", 0, TEXT(conf.state_dir), NULL },
	{ "backend", 'b', TEXT(backend), NULL },
	{ "dry-run", 'n', FLAG(dry_run), NULL },
	{ "quiet", 'q', FLAG(quiet), NULL },
	{ "verbose", 'v', FLAG(verbose), NULL },
	{ "json", 0, FLAG(json), "check explain matrix reconcile test "
				     "watch" },
	{ "openvpn-2.5", 0, FLAG(openvpn_25), "check" },
	{ "closed", 0, FLAG(closed), "flush" },
	{ "batch", 0, FLAG(batch), "explain" },
	{ "check", 0, FLAG(check), "reconcile" },
	{ "deep", 0, FLAG(deep), "reconcile" },
};

/* What getopt_long returns for options that have no letter. */
enum {
	OPTION_HELP = 256,
	OPTION_VERSION,
	OPTION_ROW,		/* rows[0], and so on */
};

enum { N_ROWS = sizeof(rows) / sizeof(*rows) };

struct given {
	bool row[N_ROWS];
	bool help, version;
};

/* What getopt_long wants to know. */
struct syntax {
	char letters[2 * N_ROWS + 8];
	struct option names[N_ROWS + 3];
};

static void fill_syntax(bool stop_early, struct syntax *out)
{
	char *letter = out->letters;
	size_t i;

	if (stop_early)
		*letter++ = '+';
	letter = stpcpy(letter, ":hV");
	for (i = 0; i < N_ROWS; i++) {
		out->names[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].is_text ? required_argument
						   : no_argument,
			.val = OPTION_ROW + (int)i,
		};
		if (!rows[i].letter)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].is_text)
			*letter++ = ':';
	}
	*letter = '\0';
	out->names[i++] = (struct option){ .name = "help", .val = OPTION_HELP };
	out->names[i++] = (struct option){ .name = "version",
					   .val = OPTION_VERSION };
	out->names[i] = (struct option){ 0 };
}

static const struct option_row *find_row(int c)
{
	size_t i;

	if (c >= OPTION_ROW)
		return &rows[c - OPTION_ROW];
	for (i = 0; i < N_ROWS; i++)
		if (rows[i].letter == c)
			return &rows[i];
	return NULL;
}

static void set_option(struct cli *cli, const struct option_row *row,
		       struct given *given)
{
	char *field = (char *)cli + row->offset;

	if (row->is_text)
		*(const char **)field = optarg;
	else
		*(bool *)field = true;
	given->row[row - rows] = true;
}

static int say_bad_option(struct cli *cli, int c, char **argv)
{
	const char *arg = argv[optind - 1], *what = c == ':' ?
		"needs a value" : "is no option";

	if (optopt > 0 && optopt < OPTION_HELP)
		return diag_error(&cli->diag, LOC_NONE, -EINVAL, "-%c %s",
				  optopt, what);
	return diag_error(&cli->diag, LOC_NONE, -EINVAL, "\"%s\" %s", arg,
			  what);
}

/*
 * Take options off the front of argv, or with STOP_EARLY false from anywhere;
 * optind is then the first of what is left.
 */
static int read_options(struct cli *cli, int argc, char **argv, bool stop_early,
			struct given *given)
{
	const struct option_row *row;
	struct syntax syntax;
	int c;

	fill_syntax(stop_early, &syntax);
	opterr = 0;
	optind = 0;	/* glibc: begin anew */
	while ((c = getopt_long(argc, argv, syntax.letters, syntax.names,
				NULL)) != -1) {
		row = find_row(c);
		if (row)
			set_option(cli, row, given);
		else if (c == 'h' || c == OPTION_HELP)
			given->help = true;
		else if (c == 'V' || c == OPTION_VERSION)
			given->version = true;
		else
			return say_bad_option(cli, c, argv);
	}
	return 0;
}

static bool holds_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (; (words = strstr(words, word)); words += n)
		if (words[n] == ' ' || !words[n])
			return true;
	return false;
}

static int check_options(struct cli *cli, const struct command *command,
			 const struct given *given)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (given->row[i] && rows[i].only &&
		    !holds_word(rows[i].only, command->name))
			return diag_error(&cli->diag, LOC_NONE, -EINVAL,
					  "--%s is not for %s", rows[i].name,
					  command->name);
	return 0;
}

static int show_help(void)
{
	char call[64];
	size_t i;

	fputs("usage: vpnpf [options] COMMAND [arguments]\n", stdout);
	for (i = 0; i < N_COMMANDS; i++) {
		snprintf(call, sizeof(call), "%s %s", commands[i]->name,
			 commands[i]->args);
		printf("  %-21s%s %s\n", call,
		       strlen(call) > 21 ? "\n                      " : "",
		       commands[i]->help);
	}
	fputs(options_help, stdout);
	return CLI_OK;
}

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
		       int argc, char **argv, struct given *given)
{
	int first = 0;

	if (!command->hook) {
		if (read_options(cli, argc, argv, false, given))
			return CLI_TROUBLE;
		first = optind - 1;
		argv[first] = (char *)command->name;
	}
	if (given->help)
		return show_help();
	if (check_options(cli, command, given))
		return CLI_TROUBLE;
	cli->diag.quiet = cli->quiet;
	cli->diag.verbose = cli->verbose;
	return command->run(cli, argc - first, argv + first);
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct command *command;
	struct given given = { 0 };

	if (read_options(cli, argc, argv, true, &given))
		return CLI_TROUBLE;
	if (given.help)
		return show_help();
	if (given.version) {
		puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return CLI_OK;
	}
	command = find_command(cli, argv[optind]);
	if (!command)
		return CLI_TROUBLE;
	return run_command(cli, command, argc - optind, argv + optind, &given);
}

/* Whoever calls a hook may have closed what we are going to write to: then the
 * next file that is opened would be it. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * A hook's environment comes from the network, and what steers libraries
 * (PATH, XTABLES_LIBDIR, ...) from anywhere: these variables are taken, and
 * then there is no environment any more.
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
		},
		.racoon = {
			.addr = getenv("INTERNAL_ADDR4"),
			.user = getenv("XAUTH_USER"),
			.id = getenv("REMOTE_ID"),
		},
	};
	clearenv();
}

int main(int argc, char **argv)
{
	struct cli cli = { .diag = { .out = stderr } };
	int status;

	open_standard_files();
	take_environment(&cli);
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	status = run(&cli, argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		diag_error(&cli.diag, LOC_NONE, 0, "cannot write the output: "
			   "%s", strerror(errno));
		status = CLI_TROUBLE;
	}
	return status;
}
