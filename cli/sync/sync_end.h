/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way out after an error: nothing stays open, and what is in force then is
 * said; part of sync.c.
 */
#pragma once

#include "cli/sync/sync.h"

/* Lower and commit the compiled policy, with the tables of W. */
int sync_load(struct sync *s, const struct state_write *w);

int sync_open_backend(struct sync *s, struct diag *d);

/* Are rules in force that have more than shut interfaces? */
bool sync_is_in_force(const struct sync *s);

/* The policy cannot be loaded: shut what is not enforced. S is ready. */
void sync_shut_rest(struct sync *s);
/* The same if the state or the kernel's rules cannot be read. */
void sync_close_blindly(struct sync *s);
