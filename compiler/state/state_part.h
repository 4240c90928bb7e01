/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share; nobody else includes this.
 */
#pragma once

#include "compiler/state/state.h"

/* The name that stands in a table as MANGLED; p NULL: it is none. */
struct str state_plain(const struct state *s, struct str mangled);

/* The first line of this kind and second field; p NULL: there is none. */
struct str state_line(const struct table *t, char kind, struct str field);
/* The same of a plain name. */
struct str state_name_line(const struct table *t, char kind, struct str name);

/* The names of the open clients whose "f" line has this id, one a call. */
struct str state_next_user(const struct state *s, struct str id, size_t *pos);
