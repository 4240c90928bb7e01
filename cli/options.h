/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options: one table for parsing and for the help.
 */
#pragma once

#include "cli/cli.h"

#define OPTIONS_MAX 32

struct options_given {
	bool row[OPTIONS_MAX];
	bool help, version;
};

/*
 * Parse the options of argv into CLI: at its front, or with STOP_EARLY false
 * anywhere; then optind is the index of the first other word. 0, or -EINVAL
 * (reported).
 */
int options_read(struct cli *cli, int argc, char **argv, bool stop_early,
		 struct options_given *given);

/* Check that all given options are for COMMAND. 0, or -EINVAL (reported). */
int options_check(struct cli *cli, const struct command *command,
		  const struct options_given *given);

/* Print the help of all N commands. */
void options_help(const struct command *const *commands, size_t n);
/* Print the help of one command. */
void options_help_command(const struct command *command);
