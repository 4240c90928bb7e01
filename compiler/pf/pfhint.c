/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/scan.h"
#include "compiler/pf/pfread.h"

/* Common mistakes in section names; OpenVPN's own documents say DENY. */
static const struct meaning {
	const char *written, *meant;
} first[] = {
	{ "client", "CLIENTS" }, { "clients", "CLIENTS" },
	{ "subnet", "SUBNETS" }, { "subnets", "SUBNETS" },
	{ "network", "SUBNETS" }, { "networks", "SUBNETS" },
	{ "service", "SERVICES" }, { "services", "SERVICES" },
	{ "end", "END" }, { "kill", "KILL" },
}, second[] = {
	{ "accept", " ACCEPT" }, { "allow", " ACCEPT" },
	{ "permit", " ACCEPT" }, { "pass", " ACCEPT" },
	{ "drop", " DROP" }, { "deny", " DROP" }, { "reject", " DROP" },
	{ "block", " DROP" }, { "refuse", " DROP" },
};

static const char lone_cr[] = "CR alone does not end a line";

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The next run of letters before "]"; empty when there is none. */
static struct str next_letters(struct str *s)
{
	struct str word;

	while (s->n && *s->p != ']' && !is_letter(*s->p))
		*s = str_from(*s, 1);
	word = (struct str){ s->p, 0 };
	while (word.n < s->n && is_letter(word.p[word.n]))
		word.n++;
	*s = str_from(*s, word.n);
	return word;
}

static const char *meaning_of(const struct meaning *m, size_t n,
			      struct str word)
{
	for (; n; m++, n--)
		if (scan_equal_nocase(str_of(m->written), word))
			return m->meant;
	return NULL;
}

#define MEANING(table, word) \
	meaning_of(table, sizeof(table) / sizeof(*(table)), word)

static void note_tag(struct pfread *r, struct str tag)
{
	struct str rest = tag, one = next_letters(&rest);
	struct str two = next_letters(&rest);
	const char *section = MEANING(first, one);
	const char *verdict = two.n ? MEANING(second, two) : "";
	struct loc at = loc_of(r->src, tag);

	if (!section || !verdict)
		return;
	if (!strcmp(section, "SERVICES") && r->opt->openvpn_25)
		pfread_note(r, at, "OpenVPN's filter knows no services");
	else if (!*verdict && (*section == 'C' || !strcmp(section, "SUBNETS")))
		pfread_note(r, at, "did you mean \"[%s DROP]\" or "
			    "\"[%s ACCEPT]\"?", section, section);
	else
		pfread_note(r, at, "did you mean \"[%s%s]\"?", section,
			    verdict);
}

void pfhint_tag(struct pfread *r, struct str tag)
{
	pfread_error(r, loc_of(r->src, tag), "no such section \"%.*s\"",
		     STR_ARG(tag));
	if (memchr(tag.p, '\r', tag.n))
		pfread_note(r, loc_of(r->src, tag), "%s", lone_cr);
	else
		note_tag(r, tag);
}

static const char *line_hint(const struct pfread *r, struct str line)
{
	if (r->rest)
		return "a line of more than 255 bytes goes on as a new line";
	if (line.p == r->src->text && str_begins(line, STR("\xef\xbb\xbf")))
		return "the file begins with a byte order mark (BOM)";
	if (line.p == r->src->text &&
	    (str_begins(line, STR("\xff\xfe")) ||
	     str_begins(line, STR("\xfe\xff"))))
		return "the file is written in UTF-16";
	if (memchr(line.p, '\r', line.n))
		return lone_cr;
	if (scan_is_blank(*line.p))
		return "no blanks may stand before it";
	if (*line.p == ';' || str_begins(line, STR("//")))
		return "a comment begins with \"#\"";
	return NULL;
}

void pfhint_line(struct pfread *r, struct str line)
{
	const char *hint = line_hint(r, line);
	struct loc at = loc_of(r->src, line);

	pfread_error(r, at, "a line begins with \"+\", \"-\", \"[\" or \"#\"");
	if (hint)
		pfread_note(r, at, "%s", hint);
}

int pfhint_netmask(struct str mask)
{
	struct prefix p;
	uint32_t m;

	if (prefix_parse(mask, &p) || p.family != FAMILY_IP4 ||
	    !prefix_is_host(&p))
		return -1;
	m = addr_ip4(&p.addr);
	if (m < 0x80000000u || (~m & (~m + 1)))
		return -1;
	return 32 - __builtin_popcount(~m);
}
