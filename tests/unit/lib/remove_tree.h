/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Remove FOLDER with all that is in it, links themselves; 0 or -1 with errno. */
int remove_tree(const char *folder);
