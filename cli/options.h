/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options, one table for reading them and for the help.
 */
#pragma once

#include "cli/cli.h"

#define OPTIONS_MAX 32

struct options_given {
	bool row[OPTIONS_MAX];
	bool help, version;
};

/*
 * Take options off argv into CLI: off its front, or with STOP_EARLY false from
 * anywhere; optind is then the first of what is left.  0, or -EINVAL (said).
 */
int options_read(struct cli *cli, int argc, char **argv, bool stop_early,
		 struct options_given *given);

/* Are all that were given for COMMAND?  0, or -EINVAL (said). */
int options_check(struct cli *cli, const struct command *command,
		  const struct options_given *given);

/* A screen about all commands, N of them. */
void options_help(const struct command *const *commands, size_t n);
/* And about one. */
void options_help_command(const struct command *command);
