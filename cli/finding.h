/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings of doctor and reconcile, in the order of finding.
 */
#pragma once

#include <stdarg.h>

#include "cli/json.h"
#include "compiler/base/vec.h"

struct finding {
	const char *kind;	/* "chain-missing": must not change */
	char *what;		/* a sentence, with the user's bytes */
	const char *server;	/* its name; NULL: of no server */
	struct loc at;		/* or LOC_NONE */
	char *who;		/* the client concerned, malloced; or NULL */
	const char *cure;	/* NULL: nothing to do */
	bool stands;		/* no repair ends it, only its cause can */
	const char *minor;	/* "minor", only tidied up; "ignored", by the
				 * configuration; or NULL */
};

struct findings {
	VEC(struct finding) list;
	bool journal;		/* printed lines begin with their priority */
};

void findings_add(struct findings *f, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, as minor. */
void findings_add_minor(struct findings *f, const char *kind,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same; returns the finding, lent until the next call, to set server, at,
 * cure and minor. */
struct finding *findings_vadd(struct findings *f, const char *kind,
			      const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

struct finding_kind {
	const char *name;
	size_t n;
};

struct finding_kinds {
	VEC(struct finding_kind) list;
};

/* Add the numbers of F's findings of each kind, without the minor ones, to
 * KINDS; end it with vec_fini(&kinds->list). */
void findings_count_kinds(const struct findings *f,
			  struct finding_kinds *kinds);

/* The number of findings that are not minor. */
size_t findings_count(const struct findings *f);

/* Remove the findings from index N on. */
void findings_cut(struct findings *f, size_t n);
void findings_fini(struct findings *f);
/* Move all findings of FROM to the end of F. */
void findings_move(struct findings *f, struct findings *from);

/*
 * Print on stdout, one per line, "VERB: place: what [kind]", with the place or
 * the server if there is one (VERB NULL: without it; what stands has the verb
 * "stands"), and the cure below. Of one kind at most a screen, of one kind and
 * server only the first that has a client, with the names of the others, and no
 * minor findings, unless VERBOSE.
 */
void findings_print(const struct findings *f, const char *verb, bool verbose);
/* The findings as an array; with MINOR also the minor ones. */
json_t *findings_json(const struct findings *f, bool minor);
