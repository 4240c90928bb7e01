/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edits of a live view with an index of their lines, because reconcile may
 * bind ten thousand addresses at once.  Part of live.c.
 */
#pragma once

#include "compiler/state/live.h"

/* As table_edit. */
void live_edit(struct live_view *v, bool add, char *line);

/* Is exactly LINE deleted? */
bool live_edit_deletes(const struct live_view *v, struct str line);
/* The first added line that begins with TEXT, or the next one behind LINE (p not
 * NULL).  p NULL: none. */
struct str live_edit_next(const struct live_view *v, struct str line,
			  struct str text);

/* Drop the edit that adds LINE (NUL-terminated); false: there is none. */
bool live_edit_undo(struct live_view *v, const char *line);

void live_edits_fini(struct live_view *v);
