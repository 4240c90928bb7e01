/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_file.h"

#include <errno.h>

#include "compiler/base/scan.h"
#include "compiler/conf/conf_scan.h"

/* Read to the end of the section; the top level ends with the file.  False
 * (reported): the start of the next setting is not known. */
static bool read_section(struct conf_scan *r, struct conf_section *sec);

static void setting_fini(struct conf_setting *s)
{
	struct conf_text *value;

	vec_each(value, &s->values)
		free(value->text);
	vec_fini(&s->values);
}

static bool read_value(struct conf_scan *r, struct conf_setting *s)
{
	struct conf_text value;

	if (!conf_read_text(r, "a value", &value))
		return false;
	vec_push(&s->values, value);
	return true;
}

/* The values after "=". */
static bool read_values(struct conf_scan *r, struct conf_setting *s)
{
	if (!conf_take(r, '{'))
		return read_value(r, s);
	while (!conf_take(r, '}')) {
		if (!read_value(r, s))
			return false;
		if (!conf_take(r, ',') && !(conf_skip(r) && *r->p == '}')) {
			conf_complain(r, conf_here(r, 1),
				      "\",\" or \"}\" is missing");
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

static bool is_valid(struct conf_scan *r, const struct conf_key *key,
		     const struct conf_text *value)
{
	struct str at = conf_word_at(r, value->at);
	struct diag silent = { 0 };
	bool on;

	if (!*value->text) {
		conf_complain(r, at, "\"%s\" is empty", key->name);
		return false;
	}
	if (key->type == CONF_SWITCH && !parse_switch(value->text, &on)) {
		conf_complain(r, at, "\"%s\" is neither yes nor no",
			      value->text);
		return false;
	}
	if (!key->check ||
	    !key->check(value->text, value->at, r->lost ? &silent : r->d))
		return true;
	conf_blame(r, value->at);
	r->errors++;
	return false;
}

/* Drop the values that are wrong; false: none is left. */
static bool check_setting(struct conf_scan *r, struct conf_setting *s)
{
	struct conf_text *value;
	size_t n = 0, given = s->values.n;

	if (s->key->type != CONF_LIST && given != 1)
		conf_complain(r, conf_word_at(r, s->at), "\"%s\" has one value",
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
static void keep_setting(struct conf_scan *r, struct conf_section *sec,
			 struct conf_setting *s)
{
	struct conf_setting *before;

	vec_each(before, &sec->settings) {
		if (before->key != s->key)
			continue;
		if (str_equal(conf_word_at(r, before->at),
			      conf_word_at(r, s->at)))
			diag_warn(r->d, s->at, "\"%s\" was given before: this one counts",
				  s->key->name);
		else
			conf_complain(r, conf_word_at(r, s->at), "\"%s\" and \"%s\" are the same setting: give only the second",
				      s->key->old, s->key->name);
		diag_note(r->d, before->at, "the other one is here");
		setting_fini(before);
		*before = *s;
		return;
	}
	vec_push(&sec->settings, *s);
}

/* As read_section. */
static bool read_setting(struct conf_scan *r, struct conf_section *sec,
			 struct str word)
{
	struct conf_setting s = {
		.key = find_key(sec->kind, word), .at = loc_of(r->src, word),
	};
	bool whole = conf_take(r, '=');

	if (!s.key)
		conf_complain(r, word, "no such option '%.*s'", STR_ARG(word));
	else if (!str_equal(word, str_of(s.key->name)))
		diag_warn(r->d, s.at, "\"%s\" is called \"%s\" now", s.key->old,
			  s.key->name);
	if (!whole)
		conf_complain(r, conf_here(r, 1),
			      "\"=\" is missing after \"%.*s\"",
			      STR_ARG(word));
	whole = whole && read_values(r, &s);
	if (whole && s.key && check_setting(r, &s))
		keep_setting(r, sec, &s);
	else
		setting_fini(&s);
	return whole;
}

static const struct conf_kind *find_kind(const struct conf_scan *r,
					 struct str word)
{
	const struct conf_kind *kind;

	for (kind = r->kinds + 1; kind->name; kind++)
		if (str_equal(word, str_of(kind->name)))
			return kind;
	return NULL;
}

/* Read the section up to END, where it certainly ends. */
static void read_bounded(struct conf_scan *r, struct conf_section *sec,
			 const char *end)
{
	struct conf_scan outer = *r;

	r->end = end;
	r->blamed = sec;
	read_section(r, sec);
	r->p = end;
	r->end = outer.end;
	r->blamed = outer.blamed;
	r->lost = outer.lost;
}

static bool read_titled(struct conf_scan *r, const struct conf_kind *kind,
			struct str word)
{
	struct conf_section sec = {
		.kind = kind, .at = loc_of(r->src, word),
	};
	bool whole = conf_read_text(r, "the section's name", &sec.title);
	const char *end = NULL;

	if (whole && !conf_take(r, '{')) {
		conf_complain(r, conf_here(r, 1),
			      "\"{\" is missing after %s \"%s\"",
			      kind->name, sec.title.text);
		whole = false;
	}
	if (whole)
		end = conf_section_end(r);
	if (end)
		read_bounded(r, &sec, end);
	else
		whole = whole && read_section(r, &sec);
	vec_push(&r->out->sections, sec);
	return whole;
}

static bool read_item(struct conf_scan *r, struct conf_section *sec)
{
	bool top = sec == &r->out->top;
	struct str word = conf_read_word(r);
	const struct conf_kind *kind = top ? find_kind(r, word) : NULL;

	if (!word.n) {
		conf_complain(r, conf_here(r, 1), "a setting is missing");
		return false;
	}
	return kind ? read_titled(r, kind, word) : read_setting(r, sec, word);
}

static bool read_section(struct conf_scan *r, struct conf_section *sec)
{
	bool top = sec == &r->out->top;

	while (conf_skip(r)) {
		if (!top && conf_take(r, '}'))
			return true;
		if (read_item(r, sec))
			continue;
		if (top || r->blamed != sec)
			return false;
		conf_skip_line(r);
		r->lost = true;
	}
	if (!top)
		conf_complain(r, conf_word_at(r, sec->at),
			      "this section has no end");
	return top;
}

int conf_file_parse(const struct source *src, const struct conf_kind *kinds,
		    struct conf_file *out, struct diag *d)
{
	struct conf_scan r = {
		.src = src, .kinds = kinds, .p = src->text,
		.end = src->text + src->size, .out = out,
		.blamed = &out->top, .d = d,
	};
	const char *nul = memchr(src->text, '\0', src->size);

	*out = (struct conf_file){
		.top = { .kind = kinds, .at = { .src = src } },
	};
	if (nul)
		conf_complain(&r, (struct str){ nul, 1 },
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
