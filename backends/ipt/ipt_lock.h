/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of iptables-legacy and ip6tables-legacy.  The kernel refuses a table
 * only if the number of its rules changed since it was read; so a program holds
 * the lock while it reads, edits and commits.
 */
#pragma once

#include "compiler/base/diag.h"

#define IPT_LOCK_FILE "/run/xtables.lock"

/* A descriptor, to be closed by the caller; or -errno (said): -EBUSY if another
 * program holds the lock for 10 seconds. */
int ipt_lock_take(struct diag *d);
