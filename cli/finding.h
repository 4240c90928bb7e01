/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What doctor and reconcile find to be otherwise than it should be, in the
 * order of finding.
 */
#pragma once

#include <stdarg.h>

#include "cli/json.h"
#include "compiler/base/vec.h"

struct finding {
	const char *kind;	/* "chain-missing": a name that stays */
	char *what;		/* a sentence, with the user's bytes */
	const char *server;	/* its name; NULL: it is of none */
	struct loc at;		/* or LOC_NONE */
	const char *cure;	/* NULL: there is nothing to do */
	const char *minor;	/* "minor", it is only tidied up; "ignored", the
				 * configuration wants it so; or NULL */
};

struct findings {
	VEC(struct finding) list;
};

void findings_add(struct findings *f, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what nobody need be told. */
void findings_add_minor(struct findings *f, const char *kind,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same; lent until the next one, for server, at, cure and minor. */
struct finding *findings_vadd(struct findings *f, const char *kind,
			      const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* Those that are not minor. */
size_t findings_count(const struct findings *f);

/* Forget those from N on; the list begins with 0. */
void findings_cut(struct findings *f, size_t n);
void findings_fini(struct findings *f);

/*
 * On stdout, a line each, "VERB: what [kind]", with its place or server instead
 * of a VERB that is NULL, and below it the cure.  Of one kind no more than a
 * screen and no minor ones, unless VERBOSE.
 */
void findings_print(const struct findings *f, const char *verb, bool verbose);
/* An array; with minor ones, if MINOR. */
json_t *findings_json(const struct findings *f, bool minor);
