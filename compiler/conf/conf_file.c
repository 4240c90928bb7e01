/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_file.h"

#include <errno.h>
#include <stdarg.h>

#include "compiler/base/scan.h"

struct reader {
	const struct source *src;
	const struct conf_kind *kinds;
	const char *p, *end;
	struct conf_file *out;
	struct conf_section *blamed;	/* errors are of this section */
	bool lost;		/* in BLAMED, the start of the next setting was
				 * guessed: no more messages */
	struct diag *d;
	unsigned int errors;
};

/* Read to the end of the section; the top level ends with the file.  False
 * (reported): the start of the next setting is not known. */
static bool read_section(struct reader *r, struct conf_section *sec);

static void blame(struct reader *r, struct loc at)
{
	if (!r->blamed->bad)
		r->blamed->bad_at = at;
	r->blamed->bad = true;
}

/* Report an error; only the first DIAG_BUDGET of a file are shown. */
__attribute__((format(printf, 3, 4)))
static void complain(struct reader *r, struct str at, const char *fmt, ...)
{
	struct loc loc = loc_of(r->src, at);
	va_list ap;
	char *text;

	blame(r, loc);
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

static struct str word_at(const struct reader *r, struct loc at)
{
	return (struct str){ r->src->text + at.off, at.len };
}

static struct str here(const struct reader *r, size_t n)
{
	size_t left = (size_t)(r->end - r->p);

	return (struct str){ r->p, n < left ? n : left };
}

static bool begins(const struct reader *r, const char *text)
{
	return str_equal(here(r, strlen(text)), str_of(text));
}

static void skip_line(struct reader *r)
{
	while (r->p < r->end && *r->p != '\n')
		r->p++;
}

static void skip_comment(struct reader *r)
{
	struct str from = here(r, 2);
	const char *close = memmem(r->p + 2, (size_t)(r->end - r->p) - 2,
				   "*/", 2);

	if (!close)
		complain(r, from, "this comment has no end");
	r->p = close ? close + 2 : r->end;
}

/* Skip to the next word or sign; false: end of file. */
static bool skip(struct reader *r)
{
	while (r->p < r->end) {
		if (strchr(" \t\r\n", *r->p))
			r->p++;
		else if (*r->p == '#' || begins(r, "//"))
			skip_line(r);
		else if (begins(r, "/*"))
			skip_comment(r);
		else
			return true;
	}
	return false;
}

static bool take(struct reader *r, char sign)
{
	if (!skip(r) || *r->p != sign)
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

static bool read_quoted(struct reader *r, struct conf_text *out)
{
	struct str all = here(r, (size_t)(r->end - r->p));
	char quote = *all.p;
	size_t i = 1;

	for (; i < all.n && all.p[i] != quote; i++) {
		if (quote == '\'' || all.p[i] != '\\')
			continue;
		if (++i < all.n && !strchr("\"\\", all.p[i]))
			complain(r, (struct str){ all.p + i - 1, 2 },
				 "in quotes, a backslash stands before \" or another only");
	}
	r->p += i < all.n ? i + 1 : all.n;
	if (i >= all.n) {
		complain(r, (struct str){ all.p, 1 },
			 "the quotes are not closed");
		return false;
	}
	all = (struct str){ all.p + 1, i - 1 };
	out->text = quote == '"' ? unquote(all) : mem_dup(all.p, all.n);
	out->at = loc_of(r->src, all);
	return true;
}

static struct str read_word(struct reader *r)
{
	struct str word = { r->p, 0 };

	while (r->p < r->end && !strchr(" \t\r\n{}()=,\"'#", *r->p))
		r->p++;
	word.n = (size_t)(r->p - word.p);
	return word;
}

/* False (reported): there is no text. */
static bool read_text(struct reader *r, const char *what,
		      struct conf_text *out)
{
	struct str word;

	if (skip(r) && (*r->p == '"' || *r->p == '\''))
		return read_quoted(r, out);
	word = read_word(r);
	if (!word.n) {
		complain(r, here(r, 1), "%s is missing", what);
		return false;
	}
	*out = (struct conf_text){
		.text = mem_dup(word.p, word.n), .at = loc_of(r->src, word),
	};
	return true;
}

static void setting_fini(struct conf_setting *s)
{
	struct conf_text *value;

	vec_each(value, &s->values)
		free(value->text);
	vec_fini(&s->values);
}

static bool read_value(struct reader *r, struct conf_setting *s)
{
	struct conf_text value;

	if (!read_text(r, "a value", &value))
		return false;
	vec_push(&s->values, value);
	return true;
}

/* The values after "=". */
static bool read_values(struct reader *r, struct conf_setting *s)
{
	if (!take(r, '{'))
		return read_value(r, s);
	while (!take(r, '}')) {
		if (!read_value(r, s))
			return false;
		if (!take(r, ',') && !(skip(r) && *r->p == '}')) {
			complain(r, here(r, 1), "\",\" or \"}\" is missing");
			return false;
		}
	}
	return true;
}

/* False: neither yes nor no. */
static bool parse_switch(const char *text, bool *on)
{
	static const char *const words[] = {
		"no", "yes", "off", "on", "false", "true",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!scan_equal_nocase(str_of(text), str_of(words[i])))
			continue;
		*on = i % 2;
		return true;
	}
	return false;
}

static bool is_valid(struct reader *r, const struct conf_key *key,
		     const struct conf_text *value)
{
	struct str at = word_at(r, value->at);
	struct diag silent = { 0 };
	bool on;

	if (!*value->text) {
		complain(r, at, "\"%s\" is empty", key->name);
		return false;
	}
	if (key->type == CONF_SWITCH && !parse_switch(value->text, &on)) {
		complain(r, at, "\"%s\" is neither yes nor no", value->text);
		return false;
	}
	if (!key->check ||
	    !key->check(value->text, value->at, r->lost ? &silent : r->d))
		return true;
	blame(r, value->at);
	r->errors++;
	return false;
}

/* Drop the values that are wrong; false: none is left. */
static bool check_setting(struct reader *r, struct conf_setting *s)
{
	struct conf_text *value;
	size_t n = 0, given = s->values.n;

	if (s->key->type != CONF_LIST && given != 1)
		complain(r, word_at(r, s->at), "\"%s\" has one value",
			 s->key->name);
	vec_each(value, &s->values) {
		if (is_valid(r, s->key, value))
			s->values.v[n++] = *value;
		else
			free(value->text);
	}
	s->values.n = n;
	return n || !given;
}

static const struct conf_key *find_key(const struct conf_kind *kind,
				       struct str word)
{
	const struct conf_key *key;

	for (key = kind->keys; key->name; key++)
		if (str_equal(word, str_of(key->name)) ||
		    (key->old && str_equal(word, str_of(key->old))))
			return key;
	return NULL;
}

/* Of a repeated key the last one counts.  Both the former and the present name
 * are an error: they look like two settings. */
static void keep_setting(struct reader *r, struct conf_section *sec,
			 struct conf_setting *s)
{
	struct conf_setting *before;

	vec_each(before, &sec->settings) {
		if (before->key != s->key)
			continue;
		if (str_equal(word_at(r, before->at), word_at(r, s->at)))
			diag_warn(r->d, s->at, "\"%s\" was given before: this one counts",
				  s->key->name);
		else
			complain(r, word_at(r, s->at), "\"%s\" and \"%s\" are the same setting: give only the second",
				 s->key->old, s->key->name);
		diag_note(r->d, before->at, "the other one is here");
		setting_fini(before);
		*before = *s;
		return;
	}
	vec_push(&sec->settings, *s);
}

/* As read_section. */
static bool read_setting(struct reader *r, struct conf_section *sec,
			 struct str word)
{
	struct conf_setting s = {
		.key = find_key(sec->kind, word), .at = loc_of(r->src, word),
	};
	bool whole = take(r, '=');

	if (!s.key)
		complain(r, word, "no such option '%.*s'", STR_ARG(word));
	else if (!str_equal(word, str_of(s.key->name)))
		diag_warn(r->d, s.at, "\"%s\" is called \"%s\" now", s.key->old,
			  s.key->name);
	if (!whole)
		complain(r, here(r, 1), "\"=\" is missing after \"%.*s\"",
			 STR_ARG(word));
	whole = whole && read_values(r, &s);
	if (whole && s.key && check_setting(r, &s))
		keep_setting(r, sec, &s);
	else
		setting_fini(&s);
	return whole;
}

static const struct conf_kind *find_kind(const struct reader *r,
					 struct str word)
{
	const struct conf_kind *kind;

	for (kind = r->kinds + 1; kind->name; kind++)
		if (str_equal(word, str_of(kind->name)))
			return kind;
	return NULL;
}

/* Skip a text in quotes; false: it does not end in this line. */
static bool skip_quoted(struct reader *r)
{
	char quote = *r->p++;

	while (r->p < r->end && *r->p != quote && *r->p != '\n')
		r->p += quote == '"' && *r->p == '\\' ? 2 : 1;
	if (r->p >= r->end || *r->p != quote)
		return false;
	r->p++;
	return true;
}

/*
 * After the "}" of the section whose "{" was read last; NULL: not certain.  A
 * forgotten "}" or quote must not hide the section behind this one, so "{"
 * stands after "=" only.
 */
static const char *end_of_section(const struct reader *r)
{
	struct conf_section blamed = { 0 };
	struct reader x = *r;
	unsigned int depth = 1;
	char sign, before = '\0';

	x.blamed = &blamed;
	x.lost = true;
	for (; skip(&x) && !blamed.bad; before = sign) {
		sign = *x.p;
		if (sign == '"' || sign == '\'') {
			if (!skip_quoted(&x))
				return NULL;
			continue;
		}
		if (!read_word(&x).n)
			x.p++;
		if (sign == '{' && (depth++ > 1 || before != '='))
			return NULL;
		if (sign == '}' && !--depth)
			return x.p;
	}
	return NULL;
}

/* Read the section up to END, where it certainly ends. */
static void read_bounded(struct reader *r, struct conf_section *sec,
			 const char *end)
{
	struct reader outer = *r;

	r->end = end;
	r->blamed = sec;
	read_section(r, sec);
	r->p = end;
	r->end = outer.end;
	r->blamed = outer.blamed;
	r->lost = outer.lost;
}

static bool read_titled(struct reader *r, const struct conf_kind *kind,
			struct str word)
{
	struct conf_section sec = {
		.kind = kind, .at = loc_of(r->src, word),
	};
	bool whole = read_text(r, "the section's name", &sec.title);
	const char *end = NULL;

	if (whole && !take(r, '{')) {
		complain(r, here(r, 1), "\"{\" is missing after %s \"%s\"",
			 kind->name, sec.title.text);
		whole = false;
	}
	if (whole)
		end = end_of_section(r);
	if (end)
		read_bounded(r, &sec, end);
	else
		whole = whole && read_section(r, &sec);
	vec_push(&r->out->sections, sec);
	return whole;
}

static bool read_item(struct reader *r, struct conf_section *sec)
{
	bool top = sec == &r->out->top;
	struct str word = read_word(r);
	const struct conf_kind *kind = top ? find_kind(r, word) : NULL;

	if (!word.n) {
		complain(r, here(r, 1), "a setting is missing");
		return false;
	}
	return kind ? read_titled(r, kind, word) : read_setting(r, sec, word);
}

static bool read_section(struct reader *r, struct conf_section *sec)
{
	bool top = sec == &r->out->top;

	while (skip(r)) {
		if (!top && take(r, '}'))
			return true;
		if (read_item(r, sec))
			continue;
		if (top || r->blamed != sec)
			return false;
		skip_line(r);
		r->lost = true;
	}
	if (!top)
		complain(r, word_at(r, sec->at), "this section has no end");
	return top;
}

int conf_file_parse(const struct source *src, const struct conf_kind *kinds,
		    struct conf_file *out, struct diag *d)
{
	struct reader r = {
		.src = src, .kinds = kinds, .p = src->text,
		.end = src->text + src->size, .out = out,
		.blamed = &out->top, .d = d,
	};
	const char *nul = memchr(src->text, '\0', src->size);

	*out = (struct conf_file){
		.top = { .kind = kinds, .at = { .src = src } },
	};
	if (nul)
		complain(&r, (struct str){ nul, 1 },
			 "a NUL byte: this is no text");
	else
		read_section(&r, &out->top);
	return out->top.bad ? -EINVAL : 0;
}

static void section_fini(struct conf_section *sec)
{
	struct conf_setting *s;

	vec_each(s, &sec->settings)
		setting_fini(s);
	vec_fini(&sec->settings);
	free(sec->title.text);
}

void conf_file_fini(struct conf_file *f)
{
	struct conf_section *sec;

	section_fini(&f->top);
	vec_each(sec, &f->sections)
		section_fini(sec);
	vec_fini(&f->sections);
}

const struct conf_setting *conf_file_find(const struct conf_section *sec,
					  const char *key)
{
	const struct conf_setting *s;

	vec_each(s, &sec->settings)
		if (!strcmp(s->key->name, key))
			return s;
	return NULL;
}

const char *conf_file_text(const struct conf_section *sec, const char *key)
{
	const struct conf_setting *s = conf_file_find(sec, key);

	return s && s->values.n ? s->values.v[0].text : NULL;
}

bool conf_file_is_on(const struct conf_section *sec, const char *key)
{
	const char *text = conf_file_text(sec, key);
	bool on;

	return text && parse_switch(text, &on) && on;
}
