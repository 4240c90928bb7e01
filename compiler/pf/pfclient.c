/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/name.h"
#include "compiler/base/scan.h"
#include "compiler/pf/pfread.h"

static void add_peer(struct pfread *r, struct str name, bool accept,
		     struct loc at)
{
	vec_push(&r->out->peers, ((struct pf_peer){ name, accept, at }));
}

static bool is_utf8(struct str s)
{
	unsigned int c;
	size_t n;

	for (; s.n; s = str_from(s, n)) {
		n = scan_utf8(s, &c);
		if (!n)
			return false;
	}
	return true;
}

/* A comment after the name: "nick # phone". */
static bool has_comment(struct str name)
{
	size_t i;

	for (i = 1; i < name.n; i++)
		if (name.p[i] == '#' && scan_is_blank(name.p[i - 1]))
			return true;
	return false;
}

static bool is_address(struct str name)
{
	struct prefix p;

	return ((*name.p >= '0' && *name.p <= '9') ||
		memchr(name.p, ':', name.n)) && !prefix_parse(name, &p);
}

/* Why a name that a client may have looks like a mistake, or NULL. */
static const char *oddity(const struct pfread *r, struct str name)
{
	if (has_comment(name))
		return "a comment needs a line of its own";
	if (scan_is_blank(*name.p))
		return "the blank before it counts";
	if (*name.p == '+' || *name.p == '-')
		return "the second sign counts";
	if (*name.p == '@')
		return r->opt->openvpn_25 ? "OpenVPN's filter knows no groups"
					  : "no groups file is in use";
	if (memchr(name.p, '*', name.n))
		return "\"*\" is no wildcard";
	if (is_address(name))
		return "addresses belong in [SUBNETS ...]";
	if (!is_utf8(name))
		return "it is not UTF-8, as names in certificates are";
	return NULL;
}

static void warn_name(struct pfread *r, struct str name, struct loc at)
{
	const char *why = oddity(r, name);

	if (name.n > NAME_MAX_BYTES)
		pfread_warn(r, at, "no client can have this name: it has %zu "
			    "bytes, the limit is %d", name.n,
			    NAME_MAX_BYTES);
	else if (!name_is_possible(name))
		pfread_warn(r, at, "no client can have this name: it holds a "
			    "control character");
	else if (why)
		pfread_warn(r, at, "the name is \"%.*s\": %s", STR_ARG(name),
			    why);
}

static void add_group(struct pfread *r, struct str text, bool accept)
{
	struct str name = str_from(text, 1);
	const struct group *group = groups_find(r->opt->groups, name);
	const struct group_member *m;
	struct loc at = loc_of(r->src, text);

	if (!group) {
		pfread_error(r, at, "there is no group \"%.*s\"",
			     STR_ARG(name));
		return;
	}
	vec_each(m, &group->members)
		add_peer(r, m->name, accept, at);
}

void pfclient_read(struct pfread *r, struct str text, bool accept)
{
	struct loc at = loc_of(r->src, text);

	if (*text.p == '@' && r->opt->groups && !r->opt->openvpn_25) {
		add_group(r, text, accept);
		return;
	}
	warn_name(r, text, at);
	add_peer(r, text, accept, at);
}
