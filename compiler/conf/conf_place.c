/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_place.h"

/* Behind what stands in quotes, of which P is the first. */
static char *skip_quoted(char *p)
{
	char quote = *p++;

	for (; *p && *p != quote; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/* Newlines stay. */
static void put_blanks(char *from, const char *end)
{
	for (; from < end; from++)
		if (*from != '\n')
			*from = ' ';
}

/* Where the comment at P ends; P: there is none, or it has no end. */
static char *comment_end(const char *text, char *p)
{
	bool word = p > text && !strchr(" \t\r\n\"'{}(),=+", p[-1]);
	char *end;

	if (*p == '#' || (!word && p[0] == '/' && p[1] == '/'))
		return p + strcspn(p, "\n");
	if (word || p[0] != '/' || p[1] != '*')
		return p;
	end = strstr(p + 2, "*/");
	return end ? end + 2 : p;
}

static void blank_comments(char *text)
{
	char *p = text, *end;

	while (*p) {
		end = *p == '"' || *p == '\'' ? p : comment_end(text, p);
		if (*p == '"' || *p == '\'') {
			p = skip_quoted(p);
		} else if (end > p) {
			put_blanks(p, end);
			p = end;
		} else {
			p++;
		}
	}
}

void conf_places_init(struct conf_places *p, const struct source *src)
{
	*p = (struct conf_places){
		.src = src, .text = mem_dup(src->text, src->size),
	};
	blank_comments(p->text);
}

void conf_places_fini(struct conf_places *p)
{
	free(p->text);
	vec_fini(&p->values);
	*p = (struct conf_places){ 0 };
}

/* OFF of a text as long as the source's. */
static struct loc place_at(const struct conf_places *p, const char *at,
			   size_t n)
{
	return (struct loc){ p->src, (unsigned int)(at - p->text),
			     (unsigned int)n };
}

struct loc conf_places_line(const struct conf_places *p, int line)
{
	const char *at = p->text, *nl;

	while (--line > 0) {
		nl = strchr(at, '\n');
		if (!nl)
			break;
		at = nl + 1;
	}
	return place_at(p, at, 0);
}

struct loc conf_places_section(const struct conf_places *p, const char *kind,
			       const char *title)
{
	size_t n = strlen(title);
	const char *at = p->text, *q;

	while ((at = strstr(at, kind))) {
		q = at + strlen(kind);
		q += strspn(q, " \t\r\n\"'");
		if (!strncmp(q, title, n) && strchr(" \t\r\n\"'{", q[n]))
			return place_at(p, at, (size_t)(q + n - at));
		at = q;
	}
	return (struct loc){ .src = p->src };
}

static const struct conf_value *find(const struct conf_places *p,
				     const struct conf_value *v)
{
	size_t i;

	for (i = p->values.n; i--; )
		if (p->values.v[i].section == v->section &&
		    p->values.v[i].index == v->index &&
		    !strcmp(p->values.v[i].name, v->name))
			return &p->values.v[i];
	return NULL;
}

/* TEXT in the line, behind what was found before; len 0: the line. */
static struct loc find_text(const struct conf_places *p, int line,
			    const char *text)
{
	struct loc at = conf_places_line(p, line), last;
	const char *from = p->text + at.off, *hit;
	size_t n = strlen(text), len = strcspn(from, "\n");

	if (p->values.n) {
		last = p->values.v[p->values.n - 1].at;
		if (last.off >= at.off && last.off < at.off + len) {
			len -= last.off + last.len - at.off;
			from = p->text + last.off + last.len;
		}
	}
	hit = n ? memmem(from, len, text, n) : NULL;
	return hit ? place_at(p, hit, n) : at;
}

struct loc conf_places_add(struct conf_places *p, struct conf_value v,
			   int line, const char *text)
{
	const struct conf_value *before = find(p, &v);

	v.at = find_text(p, line, text);
	/* the last value of a list is told again where the list ends */
	if (before && !v.at.len)
		return before->at;
	vec_push(&p->values, v);
	return v.at;
}

struct loc conf_places_find(const struct conf_places *p, const void *section,
			    const char *name, unsigned int index)
{
	const struct conf_value v = {
		.section = section, .name = name, .index = index,
	};
	const struct conf_value *found = find(p, &v);

	return found ? found->at : (struct loc){ .src = p->src };
}
