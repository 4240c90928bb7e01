/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/words.h"

#include <errno.h>
#include <stdarg.h>

#include "compiler/base/scan.h"

void words_error(struct words *w, struct str at, const char *fmt, ...)
{
	struct loc loc = loc_of(w->src, at);
	va_list ap;
	char *text;

	if (w->errors++ == DIAG_BUDGET)
		diag_error(w->d, loc, 0, "too many errors");
	if (w->errors > DIAG_BUDGET)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	diag_error(w->d, loc, 0, "%s", text ? text : fmt);
	free(text);
}

bool words_next_line(struct words *w, struct str *line)
{
	struct str left;
	const char *end;

	for (;;) {
		left = str_from(source_str(w->src), w->off);
		if (!left.n)
			return false;
		end = memchr(left.p, '\n', left.n);
		*line = left;
		if (end)
			line->n = (size_t)(end - left.p);
		w->off += line->n + 1;
		if (line->n && line->p[line->n - 1] == '\r')
			line->n--;
		if (!memchr(line->p, '\0', line->n))
			return true;
		words_error(w, str_from(*line, strlen(line->p)), "a NUL byte");
	}
}

bool words_more(struct str *line)
{
	while (line->n && scan_is_blank(*line->p))
		*line = str_from(*line, 1);
	return line->n && *line->p != '#';
}

/* Remove the backslashes. */
static void unquote(struct word *word)
{
	size_t i;

	word->own = mem_dup(word->at.p, word->at.n);
	word->text = (struct str){ word->own, 0 };
	for (i = 0; i < word->at.n; i++) {
		if (word->at.p[i] == '\\')
			i++;
		word->own[word->text.n++] = word->at.p[i];
	}
}

/* S begins with a quote. */
static int read_quoted(struct words *w, struct str *s, struct word *out)
{
	struct str all = *s, in = { s->p + 1, 0 };
	bool escaped = false;
	size_t i;

	for (i = 1; i < all.n && all.p[i] != '"'; i++) {
		if (all.p[i] != '\\')
			continue;
		escaped = true;
		if (++i == all.n || (all.p[i] != '"' && all.p[i] != '\\')) {
			words_error(w, str_from(all, i - 1), "in quotes, a backslash stands before \" or another only");
			return -EINVAL;
		}
	}
	if (i == all.n) {
		words_error(w, all, "the quotes are not closed");
		return -EINVAL;
	}
	in.n = i - 1;
	*s = str_from(all, i + 1);
	if (s->n && !scan_is_blank(*s->p)) {
		words_error(w, *s, "a blank must stand before \"%.*s\"",
			    STR_ARG(*s));
		return -EINVAL;
	}
	*out = (struct word){ .text = in, .at = in, .quoted = true };
	if (escaped)
		unquote(out);
	return 1;
}

int words_next(struct words *w, struct str *line, struct word *out)
{
	struct str text;
	size_t i;

	if (!words_more(line))
		return 0;
	if (*line->p == '"')
		return read_quoted(w, line, out);
	text = scan_word(line);
	for (i = 0; i < text.n; i++) {
		if (!strchr(w->special, text.p[i]))
			continue;
		words_error(w, text, "this must stand in double quotes: \"%.*s\"",
			    STR_ARG(text));
		return -EINVAL;
	}
	*out = (struct word){ .text = text, .at = text };
	return 1;
}
