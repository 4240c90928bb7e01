/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of iptables-legacy and ip6tables-legacy.  The kernel notices only
 * when the number of rules has changed since a table was read; so whoever
 * reads, edits and commits holds it all the while.
 */
#pragma once

#include "compiler/base/diag.h"

#define IPT_LOCK_FILE "/run/xtables.lock"

/* A descriptor to be closed, or -errno (said): -EBUSY when another program
 * holds it for 10 seconds. */
int ipt_lock_take(struct diag *d);
