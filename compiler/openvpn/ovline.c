/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovline.h"

#include <errno.h>
#include <string.h>

#define LINE_ROOM 256	/* OPTION_LINE_SIZE: the buffer of fgets() */

enum word_state { BETWEEN, PLAIN, DOUBLE, SINGLE };

struct splitter {
	const struct source *src;
	struct ovline *out;
	enum word_state state;
	bool escaped;
	const char *start;	/* of the word */
	size_t len;		/* of the word so far */
	const char *error;	/* NULL: none */
};

/* As in OpenVPN: isspace() of the C locale, or the end of the line. */
static bool is_space(char c)
{
	return !c || c == ' ' || (c >= '\t' && c <= '\r');
}

static void start_word(struct splitter *s, enum word_state state,
		       const char *at)
{
	s->state = state;
	s->start = s->escaped ? at - 1 : at;
	s->len = 0;
}

static void add_byte(struct splitter *s, char c)
{
	struct ovword *w = &s->out->word[s->out->n];

	if (s->escaped && c && c != '\\' && c != '"' && !is_space(c))
		s->error =
			"a backslash may stand only before a backslash, a double quote or a blank";
	/* a word of 256 bytes (of a long line) is no option and no address */
	if (c && s->len + 1 < sizeof(w->text))
		w->text[s->len++] = c;
}

static void end_word(struct splitter *s, const char *end)
{
	struct ovword *w = &s->out->word[s->out->n++];

	w->text[s->len] = '\0';
	w->at = loc_of(s->src, (struct str){ s->start, end - s->start });
	s->state = BETWEEN;
}

/* Returns false at a comment. */
static bool feed(struct splitter *s, char c, const char *at)
{
	switch (s->state) {
	case BETWEEN:
		if (is_space(c))
			break;
		if (c == '#' || c == ';')
			return false;
		if (!s->escaped && (c == '"' || c == '\'')) {
			start_word(s, c == '"' ? DOUBLE : SINGLE, at);
			break;
		}
		start_word(s, PLAIN, at);
		add_byte(s, c);
		break;
	case PLAIN:
		if (!s->escaped && is_space(c))
			end_word(s, at);
		else
			add_byte(s, c);
		break;
	case DOUBLE:
		if (!s->escaped && c == '"')
			end_word(s, at + 1);
		else
			add_byte(s, c);
		break;
	case SINGLE:
		if (c == '\'')
			end_word(s, at + 1);
		else
			add_byte(s, c);
		break;
	}
	return true;
}

static const char *unfinished(enum word_state state)
{
	switch (state) {
	case BETWEEN:
		break;
	case PLAIN:
		return "the file ends with a backslash";
	case DOUBLE:
	case SINGLE:
		return "no closing quote";
	}
	return NULL;
}

/* The place of an error is s->start. */
static void split_words(struct splitter *s, struct str line)
{
	size_t i;
	char c;

	for (i = 0; i <= line.n && s->out->n < OPTLINE_WORDS; i++) {
		c = i < line.n ? line.p[i] : '\0';
		if (c == '\\' && !s->escaped && s->state != SINGLE) {
			s->escaped = true;
			continue;
		}
		if (!feed(s, c, line.p + i) || s->error)
			break;
		s->escaped = false;
	}
	if (!s->error)
		s->error = unfinished(s->state);
}

/* At most SIZE bytes, up to and including a newline. */
static struct str take_piece(struct ovreader *r, size_t size)
{
	struct str s = str_from(source_str(r->src), r->off);
	const char *nl;

	if (s.n > size)
		s.n = size;
	nl = s.n ? memchr(s.p, '\n', s.n) : NULL;
	if (nl)
		s.n = nl + 1 - s.p;
	r->off += s.n;
	return s;
}

static int complain(struct ovreader *r, struct diag *d, struct loc at,
		    const char *what)
{
	r->said++;
	if (r->said > DIAG_BUDGET)
		return -EINVAL;
	if (!r->ccd)
		return diag_error(d, at, -EINVAL, "%s", what);
	diag_warn(d, at, "%s: OpenVPN skips this line", what);
	return -EINVAL;
}

/* In server.conf OpenVPN exits here; in ccd it reads two lines. */
static int too_long(struct ovreader *r, struct loc at, struct diag *d)
{
	static const char what[] =
		"the line has more than 254 bytes, OpenVPN's limit";
	struct str rest;

	if (r->ccd) {
		if (r->said++ < DIAG_BUDGET)
			diag_warn(d, at,
				  "%s: it takes what follows as a new line",
				  what);
		return 0;
	}
	rest = str_from(source_str(r->src), r->off);
	if (rest.n && rest.p[-1] != '\n') {
		const char *nl = memchr(rest.p, '\n', rest.n);

		r->off += nl ? (size_t)(nl + 1 - rest.p) : rest.n;
	}
	return complain(r, d, at, what);
}

/* Skip an inline block; OpenVPN exits if the block has no end. */
static int skip_block(struct ovreader *r, const struct ovline *line,
		      struct diag *d)
{
	const char *tag = line->word[0].text + 1;	/* NAME> */
	size_t n = strlen(tag);
	struct str s;

	while (r->off < r->src->size) {
		s = take_piece(r, LINE_ROOM - 1);
		while (s.n && *s.p && is_space(*s.p))
			s = str_from(s, 1);
		if (s.n >= n + 2 && s.p[0] == '<' && s.p[1] == '/' &&
		    !memcmp(s.p + 2, tag, n))
			return 0;
	}
	if (!r->ccd)
		return diag_error(d, line->word[0].at, -EINVAL,
				  "this block has no end \"</%s\"", tag);
	diag_warn(
		d, line->word[0].at,
		"this block has no end \"</%s\": OpenVPN stops running when it reads this",
		tag);
	return 0;
}

static bool is_block(const struct ovline *line)
{
	const char *w = line->word[0].text;

	return line->n == 1 && w[0] == '<' && w[strlen(w) - 1] == '>';
}

static void strip_dashes(struct ovword *w)
{
	size_t n = strlen(w->text);

	if (n >= 3 && w->text[0] == '-' && w->text[1] == '-')
		memmove(w->text, w->text + 2, n - 1);
}

static void strip_setenv(struct ovline *line)
{
	struct ovword *w = line->word;

	if (line->n >= 2 && !strcmp(w[0].text, "setenv") &&
	    !strcmp(w[1].text, "opt")) {
		line->n -= 2;
		line->lenient = true;
		memmove(w, w + 2, line->n * sizeof(*w));
	}
}

/* One line (in ccd: piece of a line) into OUT; n is 0 without an option. */
static int read_line(struct ovreader *r, struct ovline *out, struct diag *d)
{
	struct splitter s = { .src = r->src, .out = out };
	bool first = !r->off;
	struct str line = take_piece(r, LINE_ROOM);
	int err;

	line.n = strnlen(line.p, line.n);
	out->n = 0;
	out->lenient = false;
	out->at = loc_of(r->src, line);
	if (line.n && line.p[line.n - 1] == '\n')
		out->at.len--;
	if (line.n == LINE_ROOM) {
		err = too_long(r, out->at, d);
		if (err)
			return err;
	}
	if (first && line.n >= 3 && !memcmp(line.p, "\xef\xbb\xbf", 3))
		line = str_from(line, 3);
	split_words(&s, line);
	if (s.error) {
		out->n = 0;
		return complain(r, d,
				loc_of(r->src, (struct str){ s.start, 1 }),
				s.error);
	}
	return 0;
}

int ovline_next(struct ovreader *r, struct ovline *out, struct diag *d)
{
	int err;

	while (r->off < r->src->size) {
		err = read_line(r, out, d);
		if (err && r->ccd)
			continue;
		if (err)
			return err;
		if (!out->n)
			continue;
		strip_dashes(&out->word[0]);
		if (is_block(out)) {
			err = skip_block(r, out, d);
			if (err)
				return err;
			continue;
		}
		strip_setenv(out);
		if (out->n)
			return 1;
	}
	return 0;
}
