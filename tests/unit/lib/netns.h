/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network of its own for a test that changes the kernel's rules, and a /run
 * of its own, for locks.  Both end with the process.
 */
#pragma once

#include <stdbool.h>

/* False: no right to. */
bool netns_enter(void);

/* What a command writes, malloced; NULL: it failed. */
char *netns_output(const char *command);
/* True if its exit status is 0. */
bool netns_run(const char *command);
