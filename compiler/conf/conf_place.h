/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things stand in a vpnpf.conf.  libconfuse tells the line it is at, but
 * counts it wrong behind comments, and of a section only where it ends; nobody
 * but conf.c includes this.
 */
#pragma once

#include "compiler/base/source.h"

/* Value INDEX of a setting in a section (of libconfuse: just a pointer). */
struct conf_value {
	const void *section;
	const char *name;
	unsigned int index;
	struct loc at;
};

struct conf_places {
	const struct source *src;
	char *text;		/* of SRC, with blanks for its comments */
	VEC(struct conf_value) values;
};

/* A SRC without NUL bytes. */
void conf_places_init(struct conf_places *p, const struct source *src);
void conf_places_fini(struct conf_places *p);

/* The beginning of a line, counted from 1. */
struct loc conf_places_line(const struct conf_places *p, int line);

/* "KIND TITLE"; the whole file if it is written otherwise. */
struct loc conf_places_section(const struct conf_places *p, const char *kind,
			       const char *title);

/* Value V (but for its place), TEXT, was just read in this line: remember where
 * it stands.  NAME is not copied.  A value may be told again. */
struct loc conf_places_add(struct conf_places *p, struct conf_value v,
			   int line, const char *text);
/* The place that was remembered last. */
struct loc conf_places_find(const struct conf_places *p, const void *section,
			    const char *name, unsigned int index);
