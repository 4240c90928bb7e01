/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_scan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void conf_blame(struct conf_scan *r, struct loc at)
{
	if (!r->blamed->bad)
		r->blamed->bad_at = at;
	r->blamed->bad = true;
}

void conf_complain(struct conf_scan *r, struct str at, const char *fmt, ...)
{
	struct loc loc = loc_of(r->src, at);
	va_list ap;
	char *text;

	conf_blame(r, loc);
	if (r->lost)
		return;
	if (r->errors++ == DIAG_BUDGET)
		diag_error(r->d, loc, 0, "too many errors");
	if (r->errors > DIAG_BUDGET)
		return;
	va_start(ap, fmt);
	text = mem_vprintf(fmt, ap);
	va_end(ap);
	diag_error(r->d, loc, 0, "%s", text);
	free(text);
}

struct str conf_word_at(const struct conf_scan *r, struct loc at)
{
	return (struct str){ r->src->text + at.off, at.len };
}

struct str conf_here(const struct conf_scan *r, size_t n)
{
	size_t left = (size_t)(r->end - r->p);

	return (struct str){ r->p, n < left ? n : left };
}

static bool begins(const struct conf_scan *r, const char *text)
{
	return str_equal(conf_here(r, strlen(text)), str_of(text));
}

void conf_skip_line(struct conf_scan *r)
{
	while (r->p < r->end && *r->p != '\n')
		r->p++;
}

static void skip_comment(struct conf_scan *r)
{
	struct str from = conf_here(r, 2);
	const char *close = memmem(r->p + 2, (size_t)(r->end - r->p) - 2,
				   "*/", 2);

	if (!close)
		conf_complain(r, from, "this comment has no end");
	r->p = close ? close + 2 : r->end;
}

bool conf_skip(struct conf_scan *r)
{
	while (r->p < r->end) {
		if (strchr(" \t\r\n", *r->p))
			r->p++;
		else if (*r->p == '#' || begins(r, "//"))
			conf_skip_line(r);
		else if (begins(r, "/*"))
			skip_comment(r);
		else
			return true;
	}
	return false;
}

bool conf_take(struct conf_scan *r, char sign)
{
	if (!conf_skip(r) || *r->p != sign)
		return false;
	r->p++;
	return true;
}

/* Remove the backslashes. */
static char *unquote(struct str in)
{
	char *text = mem_dup(in.p, in.n), *to = text;
	size_t i;

	for (i = 0; i < in.n; i++) {
		i += in.p[i] == '\\';
		*to++ = in.p[i];
	}
	*to = '\0';
	return text;
}

static bool read_quoted(struct conf_scan *r, struct conf_text *out)
{
	struct str all = conf_here(r, (size_t)(r->end - r->p));
	char quote = *all.p;
	size_t i = 1;

	for (; i < all.n && all.p[i] != quote; i++) {
		if (quote == '\'' || all.p[i] != '\\')
			continue;
		if (++i < all.n && !strchr("\"\\", all.p[i]))
			conf_complain(r, (struct str){ all.p + i - 1, 2 },
				      "in quotes, a backslash stands before \" or another only");
	}
	r->p += i < all.n ? i + 1 : all.n;
	if (i >= all.n) {
		conf_complain(r, (struct str){ all.p, 1 },
			      "the quotes are not closed");
		return false;
	}
	all = (struct str){ all.p + 1, i - 1 };
	out->text = quote == '"' ? unquote(all) : mem_dup(all.p, all.n);
	out->at = loc_of(r->src, all);
	return true;
}

struct str conf_read_word(struct conf_scan *r)
{
	struct str word = { r->p, 0 };

	while (r->p < r->end && !strchr(" \t\r\n{}()=,\"'#", *r->p))
		r->p++;
	word.n = (size_t)(r->p - word.p);
	return word;
}

bool conf_read_text(struct conf_scan *r, const char *what,
		    struct conf_text *out)
{
	struct str word;

	if (conf_skip(r) && (*r->p == '"' || *r->p == '\''))
		return read_quoted(r, out);
	word = conf_read_word(r);
	if (!word.n) {
		conf_complain(r, conf_here(r, 1), "%s is missing", what);
		return false;
	}
	*out = (struct conf_text){
		.text = mem_dup(word.p, word.n), .at = loc_of(r->src, word),
	};
	return true;
}

/* Skip a text in quotes; false: it does not end in this line. */
static bool skip_quoted(struct conf_scan *r)
{
	char quote = *r->p++;

	while (r->p < r->end && *r->p != quote && *r->p != '\n')
		r->p += quote == '"' && *r->p == '\\' ? 2 : 1;
	if (r->p >= r->end || *r->p != quote)
		return false;
	r->p++;
	return true;
}

const char *conf_section_end(const struct conf_scan *r)
{
	struct conf_section blamed = { 0 };
	struct conf_scan x = *r;
	unsigned int depth = 1;
	char sign, before = '\0';

	x.blamed = &blamed;
	x.lost = true;
	for (; conf_skip(&x) && !blamed.bad; before = sign) {
		sign = *x.p;
		if (sign == '"' || sign == '\'') {
			if (!skip_quoted(&x))
				return NULL;
			continue;
		}
		if (!conf_read_word(&x).n)
			x.p++;
		if (sign == '{' && (depth++ > 1 || before != '='))
			return NULL;
		if (sign == '}' && !--depth)
			return x.p;
	}
	return NULL;
}
