/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edits of a live view, found by their lines: reconcile may bind ten
 * thousand addresses at once.  For live.c only.
 */
#pragma once

#include "compiler/state/live.h"

/* As table_edit. */
void live_edit(struct live_view *v, bool add, char *line);

/* Is exactly LINE deleted? */
bool live_edit_deletes(const struct live_view *v, struct str line);
/* The line that is added and begins with TEXT (NUL-terminated), of which there
 * is one at most; line.p NULL: none. */
struct str live_edit_adds(const struct live_view *v, const char *text);

/* LINE (NUL-terminated) is added no more; false: it was not. */
bool live_edit_undo(struct live_view *v, const char *line);

void live_edits_fini(struct live_view *v);
