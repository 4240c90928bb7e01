/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found to be otherwise than it should be, in the order of finding.
 */
#pragma once

#include "cli/json.h"
#include "compiler/base/vec.h"

struct finding {
	const char *kind;	/* "chain-missing": a name that stays */
	char *what;		/* a sentence, with the user's bytes */
	bool minor;		/* it is tidied up, and nothing was wrong */
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

/* Those that are not minor. */
size_t findings_count(const struct findings *f);

/* Forget those from N on; the list begins with 0. */
void findings_cut(struct findings *f, size_t n);
void findings_fini(struct findings *f);

/* On stdout, a line each, "VERB: what [kind]", but of one kind no more than a
 * screen; minor ones if VERBOSE. */
void findings_print(const struct findings *f, const char *verb, bool verbose);
/* An array, minor ones included. */
json_t *findings_json(const struct findings *f);
