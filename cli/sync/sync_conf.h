/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of a call, and the last good one in its place; part of
 * sync.c.
 */
#pragma once

#include "cli/sync/sync.h"

/* Keep the configuration of S, if it can be used, for a call whose configuration
 * cannot be read: also if the files that it names cannot be loaded, for it tells
 * the interfaces. */
void sync_keep_conf(struct sync *s);

/* After a load: say which servers are shut now because they are bad. */
void sync_say_shut(struct sync *s);
