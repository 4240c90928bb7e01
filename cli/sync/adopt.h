/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A section has another name: its clients are where they were.
 */
#pragma once

#include "cli/sync/sync.h"

/*
 * In S's view, give the bindings of servers that the configuration does not have
 * to the one that has the interface (or the networks) which the loaded rules
 * name for them.  What it has given away itself since then counts more.
 */
void sync_adopt(struct sync *s);
