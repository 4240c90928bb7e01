/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The syntax of vpnpf.conf: settings and sections, with their places.
 *
 *	file	= { setting | KIND TITLE "{" { setting } "}" }
 *	setting	= KEY "=" value | KEY "=" "{" [ value { "," value } ] "}"
 *	value	= a word, "text" or 'text'; in "text", \" and \\ are one byte
 *
 * Blanks and line ends separate words.  A comment goes from "#" or "//" to the
 * end of the line, or from "/" "*" to "*" "/".  The caller has tables of the
 * keys, and interprets the values.
 */
#pragma once

#include "compiler/base/diag.h"

enum conf_type {
	CONF_TEXT,		/* one value */
	CONF_LIST,		/* any number of values */
	CONF_SWITCH,		/* yes or no, on or off, true or false */
};

struct conf_key {
	const char *name;
	/* former name, accepted with a warning; or NULL */
	const char *old;
	enum conf_type type;
	/* check a value, not empty: 0 or -EINVAL (reported); NULL: no check */
	int (*check)(const char *text, struct loc at, struct diag *d);
};

/* A kind of section; for the top level name is "". */
struct conf_kind {
	const char *name;
	const struct conf_key *keys;	/* ends with name NULL */
};

struct conf_text {
	char *text;		/* never "" */
	struct loc at;		/* without the quotes */
};

struct conf_setting {
	const struct conf_key *key;
	struct loc at;		/* of the key */
	VEC(struct conf_text) values;
};

struct conf_section {
	const struct conf_kind *kind;
	struct conf_text title;
	struct loc at;		/* of the word KIND; top: start of the file */
	VEC(struct conf_setting) settings;	/* each key once; without
						 * those with a wrong value */
	bool bad;		/* an error (reported) is in this section */
	struct loc bad_at;	/* the first one */
};

struct conf_file {
	struct conf_section top;
	VEC(struct conf_section) sections;	/* in the order of the file */
};

/*
 * KINDS: the top level, then the sections; ends with name NULL.  Continues
 * after an error.  0 or -EINVAL (reported): the top level is bad.  An error
 * inside of a section is the section's where its end is certain: braces and
 * quotes are closed, the quotes in the same line.  End with conf_file_fini
 * either way; *out keeps pointers to KINDS and to SRC.
 */
int conf_file_parse(const struct source *src, const struct conf_kind *kinds,
		    struct conf_file *out, struct diag *d);
void conf_file_fini(struct conf_file *f);

/* KEY is the present name of a key.  NULL: not set. */
const struct conf_setting *conf_file_find(const struct conf_section *sec,
					  const char *key);
/* The value of a CONF_TEXT; NULL: not set. */
const char *conf_file_text(const struct conf_section *sec, const char *key);
/* The value of a CONF_SWITCH; false: off or not set. */
bool conf_file_is_on(const struct conf_section *sec, const char *key);
