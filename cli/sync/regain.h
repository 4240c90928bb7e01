/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live table is lost or damaged, and rules are in the kernel: a client that
 * is connected has the address that these rules give it, whatever ipp.txt says.
 */
#pragma once

#include "cli/sync/sync.h"

/*
 * If S has no live table, add the kernel's owners to S's view.  Of addresses
 * also those that the files name: a hook may have told the same, and a file that
 * changes then takes nothing from them.  Not so of networks, and of IPsec
 * clients without a known tunnel: no hook is needed there.  An address that the
 * files give to a client, but the rules do not, becomes nobody's (NAME_NOBODY):
 * the rules name no closed client who may have it.  Hooks, and what a server
 * tells, replace these bindings.  They are written to the live table at once,
 * unless nothing may be written.
 * Without rules nothing is done.  0 (what was done is said) or -errno (said).
 */
int sync_regain(struct sync *s);
