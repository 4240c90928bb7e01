/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live table is lost or damaged, and rules are in the kernel: a client that
 * is connected has the address that these rules give it, whatever ipp.txt says.
 */
#pragma once

#include "cli/sync/sync.h"

/*
 * If S has no live table, add the kernel's owners that differ from those of the
 * files to S's view.  An address that the files give to a client, but the
 * rules do not, becomes nobody's (NAME_NOBODY): the rules name no closed client
 * who may have it.  Hooks, and what a server tells, replace these bindings.
 * They are written to the live table at once, unless nothing may be written.
 * Without rules nothing is done.  0 (what was done is said) or -errno (said).
 */
int sync_regain(struct sync *s);
