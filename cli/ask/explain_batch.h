/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain --batch: questions on stdin, one per line, fields separated by tabs;
 * answers "ACCEPT" or "DROP" on stdout, one per line, in order.
 *
 *	c2c	SRC	DST		may these two clients talk?
 *	addr	NAME	ADDRESS		NAME and a remote end that is no client;
 *					"unknown": what has no address
 *
 * All questions that were read are answered before it waits for more, so a
 * program may ask line by line.
 */
#pragma once

#include "cli/cli.h"

/* Returns the exit status. */
int explain_batch_run(struct cli *cli, struct load *l, const struct policy *p);
