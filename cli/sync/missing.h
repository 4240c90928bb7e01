/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients whose .pf file is gone.  Their rules are closed at once, but often
 * the file comes back in seconds (a folder is replaced, or not mounted), while
 * a client's program that is refused ends for good.  So for `grace` seconds
 * their sessions are left alone, and they may connect, with no rights.  The
 * state has since when a file is missing.
 *
 * If many clients would lose their sessions at one time, this was hardly meant:
 * the guard then keeps all of them, also after the grace time, until the files
 * are back or `apply --force`.
 */
#pragma once

#include "cli/finding.h"
#include "cli/sync/sync.h"

/* Is the file of client NAME missing only since the grace time? */
bool missing_is_recent(const struct conf *conf, const struct state *s,
		       struct str name);
/* The same, or the guard stands: may the client connect? */
bool missing_is_spared(const struct conf *conf, const struct state *s,
		       struct str name);

/* For struct state_write, with the struct sync as ARG. */
bool missing_is_kept(void *arg, struct str name, long long since);

/* How many clients are CONNECTED to servers whose sessions vpnpf can end, and
 * how many of them have their file MISSING; 0: for none the grace time is
 * over. The first is missing SINCE then, by the state_clock. */
struct missing_guard {
	unsigned int missing, connected;
	long long since;
};

/* Does the guard stand, as apply or reconcile has seen last?  Fills OUT. */
bool missing_is_guarded(const struct state *s, struct missing_guard *out);
/* Shall the guard stand, as G says?  If it did, also while too many are missing
 * that G does not count, because they are not connected now; then G becomes what
 * it was.  Keeps the answer in the state unless CHECK. */
bool missing_guard(struct sync *s, struct missing_guard *g, bool check);
/* What to tell the user, malloced. */
char *missing_guard_text(const struct missing_guard *g);
/* The same as a finding that stands. */
void missing_guard_find(const struct missing_guard *g, struct findings *out);
