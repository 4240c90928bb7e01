/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files cannot be loaded, so the rules of before stay: whom his own file
 * takes all rights has none nevertheless.
 */
#pragma once

#include "cli/cli.h"

/* Shut all open clients whose file is [KILL] or was removed, in one commit, and
 * end sessions as evict_all does (noted).  No lock is held. */
void revoke_all(struct cli *cli);
