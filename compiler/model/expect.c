/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/expect.h"

#include <errno.h>

#include "compiler/base/name.h"
#include "compiler/base/scan.h"
#include "compiler/base/words.h"
#include "compiler/model/service.h"

/*
 *	file	= { line "\n" }
 *	line	= [ end "->" end [ service ] verdict ] [ "#" text ]
 *	end	= word | '"' { any byte | '\"' | '\\' } '"'
 *	service	= protocol [ "/" port ]
 *	verdict	= "accept" | "drop"
 */

/* One more than a valid line has, to report the surplus word. */
#define WORDS_MAX 6

struct reader {
	struct words in;
	struct expect *out;
	struct word word[WORDS_MAX];	/* of one line */
	size_t n;
	struct str end;			/* empty, after the last word */
};

/* False after an error was reported. */
static bool read_words(struct reader *r, struct str line)
{
	struct str more = line;
	struct word w;
	int got;

	r->n = 0;
	while ((got = words_next(&r->in, &more, &w)) > 0) {
		if (w.own)
			vec_push(&r->out->texts, w.own);
		if (r->n < WORDS_MAX)
			r->word[r->n++] = w;
		r->end = (struct str){ w.at.p + w.at.n + w.quoted, 0 };
	}
	return !got;
}

/* Report that WHAT is missing at word I or at the end of the line. */
static bool say_missing(struct reader *r, size_t i, const char *what)
{
	const struct word *w = &r->word[i];

	if (i < r->n)
		words_error(&r->in, w->at, "%s must stand here, not \"%.*s\"",
			    what, STR_ARG(w->text));
	else
		words_error(&r->in, r->end, "%s must follow", what);
	return false;
}

static bool is_arrow(const struct reader *r, size_t i)
{
	const struct word *w = &r->word[i];

	return i < r->n && !w->quoted && str_equal(w->text, STR("->"));
}

static bool read_end(struct reader *r, size_t i, struct expect_end *out)
{
	const struct word *w = &r->word[i];

	if (i >= r->n || is_arrow(r, i))
		return say_missing(r, i, "a client or an address");
	if (!name_is_possible(w->text)) {
		words_error(&r->in, w->at, "no client can have the name \"%.*s\"",
			    STR_ARG(w->text));
		return false;
	}
	*out = (struct expect_end){ w->text, loc_of(r->in.src, w->at) };
	return true;
}

static bool read_verdict(const struct reader *r, size_t i, bool *accept)
{
	const struct word *w = &r->word[i];

	if (i >= r->n || w->quoted)
		return false;
	*accept = scan_equal_nocase(w->text, STR("accept"));
	return *accept || scan_equal_nocase(w->text, STR("drop"));
}

/* Word I is not a verdict, so it must be a service. */
static bool read_service(struct reader *r, size_t i, struct expectation *e)
{
	const struct word *w = &r->word[i];
	char *wrong = service_parse(w->text, &e->service);

	if (!wrong) {
		e->service_text = w->text;
		return true;
	}
	if (i + 1 < r->n)
		words_error(&r->in, w->at, "%s", wrong);
	else
		say_missing(r, i, "accept or drop");
	free(wrong);
	return false;
}

static bool read_outcome(struct reader *r, size_t i, struct expectation *e)
{
	if (i < r->n && !read_verdict(r, i, &e->accept)) {
		if (!read_service(r, i, e))
			return false;
		i++;
	}
	if (!read_verdict(r, i, &e->accept))
		return say_missing(r, i, "accept or drop");
	if (i + 1 == r->n)
		return true;
	words_error(&r->in, r->word[i + 1].at, "nothing may stand here, after accept or drop");
	return false;
}

static void read_line(struct reader *r, struct str line)
{
	struct expectation e = { 0 };
	struct str all;

	if (!read_words(r, line) || !r->n || !read_end(r, 0, &e.src))
		return;
	if (!is_arrow(r, 1)) {
		say_missing(r, 1, "\"->\"");
		return;
	}
	if (!read_end(r, 2, &e.dst) || !read_outcome(r, 3, &e))
		return;
	words_more(&line);
	all = (struct str){ line.p, (size_t)(r->end.p - line.p) };
	e.at = loc_of(r->in.src, all);
	vec_push(&r->out->list, e);
}

int expect_parse(const struct source *src, struct expect *out, struct diag *d)
{
	struct reader r = {
		.in = { .src = src, .d = d, .special = "\"#" }, .out = out,
	};
	struct str line;

	*out = (struct expect){ 0 };
	while (words_next_line(&r.in, &line))
		read_line(&r, line);
	return r.in.errors ? -EINVAL : 0;
}

void expect_fini(struct expect *e)
{
	char **text;

	vec_each(text, &e->texts)
		free(*text);
	vec_fini(&e->texts);
	vec_fini(&e->list);
}
