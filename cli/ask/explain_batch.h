/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain --batch: questions on stdin, a line each, fields with tabs between;
 * answers "ACCEPT" or "DROP" on stdout, a line each, in order.
 *
 *	c2c	SRC	DST		may these two clients talk?
 *	addr	NAME	ADDRESS		NAME and a remote end that is no client;
 *					"unknown": what has no address
 *
 * All answers to what was read are written before more is waited for, so a
 * program may ask line by line.
 */
#pragma once

#include "cli/cli.h"

/* The exit status. */
int explain_batch_run(struct cli *cli, struct load *l, const struct policy *p);
