/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vpnpf.conf as it is written: settings and sections, each with its place.
 *
 *	file	= { setting | KIND TITLE "{" { setting } "}" }
 *	setting	= KEY "=" value | KEY "=" "{" [ value { "," value } ] "}"
 *	value	= a word, "text" or 'text'; in "text", \" and \\ are one byte
 *
 * Blanks and line ends separate words.  A comment goes from "#" or "//" to the
 * end of the line, or from "/" "*" to "*" "/".  Which keys there are is said by
 * the caller's tables; what a value means is the caller's business.
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
	/* what it was called once: it is still read, with a warning; or NULL */
	const char *old;
	enum conf_type type;
	/* of a value that is not empty: 0, or -EINVAL (said); NULL: any */
	int (*check)(const char *text, struct loc at, struct diag *d);
};

/* A kind of section, or the file itself: name "". */
struct conf_kind {
	const char *name;
	const struct conf_key *keys;	/* until a name of NULL */
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
	struct loc at;		/* of the word KIND; of the file its beginning */
	VEC(struct conf_setting) settings;	/* a key once */
};

struct conf_file {
	struct conf_section top;
	VEC(struct conf_section) sections;	/* in the order of the file */
};

/*
 * KINDS: the file, then its sections, until a name of NULL.  Goes on after an
 * error.  0, or -EINVAL after all was said.  End with conf_file_fini either
 * way; *out keeps pointers to KINDS and to SRC.
 */
int conf_file_parse(const struct source *src, const struct conf_kind *kinds,
		    struct conf_file *out, struct diag *d);
void conf_file_fini(struct conf_file *f);

/* By the key's present name.  NULL: it is not there. */
const struct conf_setting *conf_file_find(const struct conf_section *sec,
					  const char *key);
/* The value of a CONF_TEXT; NULL: it is not there. */
const char *conf_file_text(const struct conf_section *sec, const char *key);
/* Of a CONF_SWITCH; false if it is not there. */
bool conf_file_is_on(const struct conf_section *sec, const char *key);
