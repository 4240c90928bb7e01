/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/pffile.h"

#include <errno.h>

#include "compiler/base/scan.h"
#include "compiler/pf/pfread.h"

/*
 *	file	= { line } "[END]" anything | { line } "[KILL]" anything
 *	line	= "" | "#" text | section | ("+" | "-") entry
 *	section	= "[CLIENTS ACCEPT]" | "[CLIENTS DROP]"
 *		| "[SUBNETS ACCEPT]" | "[SUBNETS DROP]" | "[SERVICES]"
 *	entry	= name | "@" group			in CLIENTS
 *		| address [ "/" length ] | "unknown"	in SUBNETS
 *		| prefix protocol [ ports ] [ "from" range ]
 *							in SERVICES
 */

enum verb { VERB_SECTION, VERB_END, VERB_KILL };

static const struct tag {
	struct str text;
	enum verb verb;
	enum pfread_section section;
	bool accept, extension;
} tags[] = {
	{ STR("[clients accept]"), VERB_SECTION, SECTION_CLIENTS, true, false },
	{ STR("[clients drop]"), VERB_SECTION, SECTION_CLIENTS, false, false },
	{ STR("[subnets accept]"), VERB_SECTION, SECTION_SUBNETS, true, false },
	{ STR("[subnets drop]"), VERB_SECTION, SECTION_SUBNETS, false, false },
	{ STR("[services]"), VERB_SECTION, SECTION_SERVICES, false, true },
	{ STR("[end]"), VERB_END, SECTION_NONE, false, false },
	{ STR("[kill]"), VERB_KILL, SECTION_NONE, false, false },
};

static struct str trim(struct str s)
{
	char c;

	while (s.n) {
		c = s.p[s.n - 1];
		if (c != '\r' && c != '\n' && c != '\t' && c != ' ')
			break;
		s.n--;
	}
	return s;
}

static void warn_nul(struct pfread *r, struct str piece, size_t nul)
{
	struct str line = { piece.p, nul };

	if (nul && *line.p != '#')
		pfread_warn(r, loc_of(r->src, str_from(piece, nul)),
			    "a NUL byte ends this line; what follows is lost");
}

/*
 * Split as fgets() with room for PFREAD_PIECE bytes and strlen() do: a long
 * line continues as a new line, and a NUL ends its piece.
 */
static bool next_piece(struct pfread *r, struct str *out)
{
	struct str s = str_from(source_str(r->src), r->off);
	const char *end;

	if (!s.n)
		return false;
	if (s.n > PFREAD_PIECE)
		s.n = PFREAD_PIECE;
	end = memchr(s.p, '\n', s.n);
	if (end)
		s.n = (size_t)(end - s.p) + 1;
	r->rest = r->broken;
	r->broken = !end;
	r->off += s.n;
	end = memchr(s.p, '\0', s.n);
	if (end) {
		warn_nul(r, s, (size_t)(end - s.p));
		s.n = (size_t)(end - s.p);
	}
	*out = trim(s);
	return true;
}

static const char *tag_name(enum pfread_section section, bool accept)
{
	if (section == SECTION_CLIENTS)
		return accept ? "[CLIENTS ACCEPT]" : "[CLIENTS DROP]";
	return accept ? "[SUBNETS ACCEPT]" : "[SUBNETS DROP]";
}

static void set_default(struct pfread *r, const struct tag *tag, struct loc at)
{
	bool clients = tag->section == SECTION_CLIENTS;
	bool *accept = clients ? &r->out->clients_accept
			       : &r->out->subnets_accept;
	struct loc *set_at = clients ? &r->out->clients_at
				     : &r->out->subnets_at;

	if (set_at->src && *accept != tag->accept) {
		pfread_warn(r, at, "%s replaces the %s above for all its lines",
			    tag_name(tag->section, tag->accept),
			    tag_name(tag->section, *accept));
		pfread_note(r, *set_at, "the replaced line is here");
	}
	*accept = tag->accept;
	*set_at = at;
}

static const struct tag *find_tag(const struct pfread *r, struct str line)
{
	const struct tag *tag, *end = tags + sizeof(tags) / sizeof(*tags);

	for (tag = tags; tag < end; tag++)
		if (scan_equal_nocase(line, tag->text))
			return tag->extension && r->opt->openvpn_25 ? NULL
								    : tag;
	return NULL;
}

/* False: this is the last line to read. */
static bool read_tag(struct pfread *r, struct str line)
{
	const struct tag *tag = find_tag(r, line);
	struct loc at = loc_of(r->src, line);

	r->told_ignored = true;
	r->section = tag ? tag->section : SECTION_NONE;
	if (!tag) {
		pfhint_tag(r, line);
		return true;
	}
	if (tag->verb != VERB_SECTION) {
		r->out->end = at;
		r->out->state = tag->verb == VERB_KILL ? PFFILE_KILL
						       : PFFILE_OK;
		return false;
	}
	if (tag->section == SECTION_SERVICES)
		r->extended = true;
	else
		set_default(r, tag, at);
	return true;
}

static void ignore_entry(struct pfread *r, struct loc at)
{
	/* warned already, or the section is unknown, which was reported */
	if (r->told_ignored)
		return;
	r->told_ignored = true;
	pfread_warn(r, at, "entries before the first section are ignored");
}

static void read_entry(struct pfread *r, struct str line)
{
	struct str text = str_from(line, 1);
	bool accept = *line.p == '+';

	if (!text.n) {
		pfread_error(r, loc_of(r->src, line), "nothing follows \"%c\"",
			     *line.p);
		return;
	}
	switch (r->section) {
	case SECTION_NONE:
		ignore_entry(r, loc_of(r->src, line));
		break;
	case SECTION_CLIENTS:
		pfclient_read(r, text, accept);
		break;
	case SECTION_SUBNETS:
		pfsubnet_read(r, text, accept);
		break;
	case SECTION_SERVICES:
		pfservice_read(r, text, accept);
		break;
	}
}

/* False: this is the last line to read. */
static bool read_line(struct pfread *r, struct str line)
{
	bool entry, tag;

	if (!line.n || *line.p == '#')
		return true;
	entry = *line.p == '+' || *line.p == '-';
	tag = *line.p == '[';
	if (r->rest && (entry || tag))
		pfread_warn(r, loc_of(r->src, line),
			    "the line is longer than %d bytes; from here on "
			    "it is read as a new one", PFREAD_PIECE);
	if (tag)
		return read_tag(r, line);
	if (entry)
		read_entry(r, line);
	else
		pfhint_line(r, line);
	return true;
}

/* Place: the end of the last line, not the empty line after it. */
static void say_unfinished(struct pfread *r)
{
	const struct source *src = r->src;
	size_t off = src->size;

	if (off && src->text[off - 1] == '\n')
		off--;
	pfread_error(r, (struct loc){ src, (unsigned int)off, 0 },
		     "the file does not end in \"[END]\"");
}

static void warn_after_end(struct pfread *r)
{
	struct str line;

	while (next_piece(r, &line)) {
		if (!line.n || *line.p == '#')
			continue;
		pfread_warn(r, loc_of(r->src, line),
			    "everything after [END] is ignored");
		return;
	}
}

static void inform_missing(const struct pfread *r)
{
	const struct pffile *pf = r->out;

	if (!pf->clients_at.src)
		diag_info(r->d, pf->end, "there is no [CLIENTS ...] section: "
			  "no other client can be reached");
	if (!pf->subnets_at.src)
		diag_info(r->d, pf->end, "there is no [SUBNETS ...] section: "
			  "only other clients can be reached");
}

static void forget_entries(struct pffile *pf)
{
	struct pf_service *s;

	vec_each(s, &pf->services)
		vec_fini(&s->ports);
	vec_fini(&pf->services);
	vec_fini(&pf->peers);
	vec_fini(&pf->subnets);
	pf->clients_accept = pf->subnets_accept = false;
	pf->clients_at = pf->subnets_at = LOC_NONE;
}

static void finish(struct pfread *r)
{
	struct pffile *pf = r->out;

	if (!pf->end.src)
		say_unfinished(r);
	if (pf->state == PFFILE_OK && !r->errors)
		pfcheck_names(r);
	if (pf->state == PFFILE_OK && r->errors)
		pf->state = PFFILE_REJECTED;
	if (pf->state != PFFILE_OK) {
		forget_entries(pf);
		return;
	}
	pfcheck_effect(r);
	inform_missing(r);
	warn_after_end(r);
}

int pffile_parse(const struct source *src, const struct pffile_options *opt,
		 struct pffile *out, struct diag *d)
{
	struct pfread r = { .src = src, .opt = opt, .out = out, .d = d };
	struct str line;

	*out = (struct pffile){ .src = src, .state = PFFILE_REJECTED };
	while (next_piece(&r, &line))
		if (!read_line(&r, line))
			break;
	finish(&r);
	return out->state == PFFILE_REJECTED ? -EINVAL : 0;
}

void pffile_fini(struct pffile *pf)
{
	forget_entries(pf);
}
