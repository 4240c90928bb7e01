/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of "explain".
 */
#pragma once

#include "cli/cli.h"
#include "compiler/query/query.h"

void explain_print(const struct query *q, const struct answer *a, bool color);
/* IN_FORCE: the verdict that is in force, or NULL.  TRANSLATION: which addresses
 * count where this machine translates them, or NULL. */
void explain_print_json(const struct query *q, const struct answer *a,
			const char *in_force, const char *translation);
/* The files of Q cannot be read: only what is in force, VERDICT, and why. */
void explain_print_loaded(const struct cli *cli, const struct query *q,
			  const char *verdict, const char *why);
