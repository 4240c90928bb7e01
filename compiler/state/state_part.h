/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of compiler/state; no other file includes this header.
 */
#pragma once

#include "compiler/state/state.h"

/* The first line of T (NAME: "live" or "policy") that vpnpf does not write, its
 * number (0: the table lacks a line) and what is wrong; NULL: none. */
const char *state_check(const struct table *t, const char *name,
			size_t *number);

/* The plain name of MANGLED; p NULL: it is no mangled name. */
struct str state_plain(const struct state *s, struct str mangled);

/* The first line with this kind and this second field; p NULL: none. */
struct str state_line(const struct table *t, char kind, struct str field);
/* The same with a plain name as second field. */
struct str state_name_line(const struct table *t, char kind, struct str name);

/* For state_write: the "m" lines with W's policy, or for its changed client C. */
void state_add_missing(const struct state *s, const struct state_write *w,
		       struct table_edits *out);
void state_change_missing(const struct state *s, const struct state_write *w,
			  const struct client *c, struct table_edits *out);

/* The names of the open clients whose "f" line has this id, one a call. */
struct str state_next_user(const struct state *s, struct str id, size_t *pos);
