/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The value's name (NULL: no value), its member, the option's commands (NULL:
 * all), and the help text. */
static const struct option_row {
	const char *name;
	char letter;
	const char *value;
	size_t offset;		/* in struct cli */
	const char *only, *help;
} rows[] = {
#define AT(field) offsetof(struct cli, field)
	{ "config", 'c', "FILE", AT(conf.file), NULL,
	  "configuration (default /etc/vpnpf/vpnpf.conf)" },
	{ "openvpn", 0, "SERVER.CONF", AT(conf.openvpn), NULL,
	  "one server, instead of -c" },
	{ "policy", 0, "DIR", AT(conf.policy), NULL, "its .pf files" },
	{ "ccd", 0, "DIR", AT(conf.ccd), NULL, "its client-config-dir" },
	{ "ipp", 0, "FILE", AT(conf.ipp), NULL, "its ifconfig-pool-persist" },
	{ "topology", 0, "NAME", AT(conf.topology), NULL,
	  "net30, p2p or subnet" },
	{ "dev", 0, "NAME", AT(conf.dev), NULL, "its interface" },
	{ "instance", 0, "NAME", AT(conf.instance), NULL,
	  "the server that a hook is for" },
	{ "state-dir", 0, "DIR", AT(conf.state_dir), NULL,
	  "(default /run/vpnpf)" },
	{ "backend", 'b', "NAME", AT(backend), NULL,
	  "nftables, iptables-legacy or auto" },
	{ "dry-run", 'n', NULL, AT(dry_run), NULL,
	  "print what would be done, change nothing" },
	{ "quiet", 'q', NULL, AT(quiet), NULL, "no warnings, no summary" },
	{ "verbose", 'v', NULL, AT(verbose), NULL, "more messages" },
	{ "json", 0, NULL, AT(json),
	  "check doctor explain matrix reconcile status test watch",
	  "the answer as JSON" },
	{ "openvpn-2.5", 0, NULL, AT(openvpn_25), "check",
	  "reject what OpenVPN 2.5 rejects" },
	{ "closed", 0, NULL, AT(closed), "flush",
	  "drop all VPN traffic instead of opening it" },
	{ "force", 0, NULL, AT(force), "apply",
	  "end the sessions of all clients without a file" },
	{ "for-start", 0, NULL, AT(for_start), "apply",
	  "status 0: a server may start" },
	{ "batch", 0, NULL, AT(batch), "explain",
	  "read questions from the standard input" },
	{ "check", 0, NULL, AT(check), "reconcile",
	  "report differences, repair nothing" },
	{ "deep", 0, NULL, AT(deep), "reconcile",
	  "read everything, even if it seems unchanged" },
	{ "dot", 0, NULL, AT(dot), "matrix", "as a picture for dot(1)" },
	{ "offline", 0, NULL, AT(offline), "doctor",
	  "look at the configuration only, not at this host" },
	{ "prometheus", 0, NULL, AT(prometheus), "status",
	  "for the textfile collector" },
};

enum { N_ROWS = sizeof(rows) / sizeof(*rows) };
_Static_assert(N_ROWS <= OPTIONS_MAX, "OPTIONS_MAX");

/* What getopt_long returns for options that have no letter. */
enum {
	OPTION_HELP = 256,
	OPTION_VERSION,
	OPTION_ROW,		/* rows[0], and so on */
};

/* The arguments of getopt_long. */
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
			.has_arg = rows[i].value ? required_argument
						 : no_argument,
			.val = OPTION_ROW + (int)i,
		};
		if (!rows[i].letter)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].value)
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
		       struct options_given *given)
{
	char *field = (char *)cli + row->offset;

	if (row->value)
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

int options_read(struct cli *cli, int argc, char **argv, bool stop_early,
		 struct options_given *given)
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

static bool is_for(const struct option_row *row, const struct command *command)
{
	return !row->only || holds_word(row->only, command->name);
}

int options_check(struct cli *cli, const struct command *command,
		  const struct options_given *given)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (given->row[i] && !is_for(&rows[i], command))
			return diag_error(&cli->diag, LOC_NONE, -EINVAL,
					  "--%s is not for %s", rows[i].name,
					  command->name);
	return 0;
}

void options_help(const struct command *const *commands, size_t n)
{
	size_t i;

	puts("usage: vpnpf [options] COMMAND [arguments]\n"
	     "       vpnpf COMMAND --help: its arguments, and all options");
	for (i = 0; i < n; i++)
		if (!commands[i]->internal)
			printf("  %-14s %s\n", commands[i]->name,
			       commands[i]->help);
	puts("  -c FILE (default /etc/vpnpf/vpnpf.conf), or --openvpn SERVER.CONF --policy DIR\n"
	     "  -b nftables|iptables-legacy|auto   -n dry run   -q quiet   -v verbose   --json\n"
	     "exit status: 0 in order, 1 input wrong or differences, 2 trouble");
}

static void print_row(const struct option_row *row)
{
	char call[64];
	int n = 0;

	if (row->letter)
		n = snprintf(call, sizeof(call), "-%c, ", row->letter);
	snprintf(call + n, sizeof(call) - (size_t)n, "--%s%s%s", row->name,
		 row->value ? " " : "", row->value ? row->value : "");
	printf("  %-23s %s\n", call, row->help);
}

void options_help_command(const struct command *command)
{
	size_t i;

	printf("usage: vpnpf [options] %s%s%s\n%s\n", command->name,
	       *command->args ? " " : "", command->args, command->help);
	for (i = N_ROWS; i--; )
		if (rows[i].only && is_for(&rows[i], command))
			print_row(&rows[i]);
	for (i = 0; i < N_ROWS; i++)
		if (!rows[i].only)
			print_row(&rows[i]);
}
