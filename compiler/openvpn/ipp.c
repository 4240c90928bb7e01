/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ipp.h"

#include <errno.h>

#include "compiler/base/name.h"
#include "compiler/openvpn/ovaddr.h"

/* A valid line: a slot of the pool. */
struct slot {
	struct str name;
	bool has_ip4, has_ip6, dead;
	struct prefix ip4, ip6;		/* of the client */
	struct loc at;
};

struct key {
	struct prefix net;
	size_t slot;
};

struct reader {
	const struct source *src;
	enum topology topology;
	struct diag *d;
	unsigned int said;
	VEC(struct slot) slots;
	VEC(struct key) keys;
};

static bool has_last(struct str s, char c)
{
	return s.n && s.p[s.n - 1] == c;
}

/* OpenVPN drops "\r" everywhere, and never writes one inside a name. */
static struct str trim_cr(struct str s)
{
	while (has_last(s, '\r'))
		s.n--;
	while (s.n && *s.p == '\r')
		s = str_from(s, 1);
	return s;
}

/* Remove the part after the last comma from S; false: no comma. */
static bool cut_last(struct str *s, struct str *part)
{
	const char *comma = s->n ? memrchr(s->p, ',', s->n) : NULL;

	if (!comma)
		return false;
	*part = str_from(*s, comma + 1 - s->p);
	s->n = comma - s->p;
	return true;
}

/* A field without "\r", as a string; false: too long, or a NUL. */
static bool field_text(struct str field, char buf[static ADDR_TEXT])
{
	size_t i, n = 0;

	for (i = 0; i < field.n; i++) {
		if (field.p[i] == '\r')
			continue;
		if (!field.p[i] || n + 1 >= ADDR_TEXT)
			return false;
		buf[n++] = field.p[i];
	}
	buf[n] = '\0';
	return true;
}

static bool read_ip4(struct str field, struct prefix *out)
{
	char buf[ADDR_TEXT];

	return field_text(field, buf) && !ovaddr_ip4(buf, out) &&
	       addr_ip4(&out->addr);
}

static bool read_ip6(struct str field, struct prefix *out)
{
	char buf[ADDR_TEXT];

	if (!field_text(field, buf) || ovaddr_ip6(buf, out))
		return false;
	out->len = 128;
	return true;
}

/* "NAME,IP4", "NAME,IP4,", "NAME,IP4,IP6", "NAME,,IP6".  NULL or the error. */
static const char *split_line(struct str line, struct slot *s)
{
	struct str last, mid;

	s->name = line;
	if (!cut_last(&s->name, &last))
		return "no comma";
	s->has_ip4 = read_ip4(last, &s->ip4);
	if (s->has_ip4)
		return NULL;
	if (trim_cr(last).n && !read_ip6(last, &s->ip6))
		return "no address behind the last comma";
	s->has_ip6 = trim_cr(last).n;
	if (!cut_last(&s->name, &mid))
		return "the name has no IPv4 address";
	s->has_ip4 = read_ip4(mid, &s->ip4);
	if (!s->has_ip4 && trim_cr(mid).n)
		return "no IPv4 address before the last comma";
	if (!s->has_ip4 && !s->has_ip6)
		return "the name has no address";
	return NULL;
}

/* Any address of a /30 means its slot; the client has base + 2. */
static void net30_client(struct prefix *p)
{
	*p = prefix_ip4((addr_ip4(&p->addr) & ~3u) + 2, 32);
}

static void read_line(struct reader *r, struct str line)
{
	struct slot s = { .at = loc_of(r->src, line) };
	const char *wrong;

	line = trim_cr(line);
	if (!line.n || *line.p == '#' || *line.p == ';')
		return;
	wrong = split_line(line, &s);
	s.name = trim_cr(s.name);
	if (!wrong && !name_is_possible(s.name))
		wrong = s.name.n ? "no client can have this name" : "no name";
	if (wrong) {
		if (r->said++ < DIAG_BUDGET)
			diag_warn(r->d, s.at, "%s: line skipped", wrong);
		return;
	}
	if (s.has_ip4 && r->topology == TOPOLOGY_NET30)
		net30_client(&s.ip4);
	if (s.has_ip4)
		vec_push(&r->keys, ((struct key){ s.ip4, r->slots.n }));
	if (s.has_ip6)
		vec_push(&r->keys, ((struct key){ s.ip6, r->slots.n }));
	vec_push(&r->slots, s);
}

static int cmp_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int r = prefix_cmp(&x->net, &y->net);

	return r ? r : (x->slot > y->slot) - (x->slot < y->slot);
}

/* A later line with the same address replaces the whole earlier line. */
static void drop_displaced(struct reader *r)
{
	struct slot *old, *new;
	char buf[ADDR_TEXT];
	size_t i;

	vec_sort(&r->keys, cmp_keys);
	for (i = 1; i < r->keys.n; i++) {
		const struct key *k = &r->keys.v[i];

		if (prefix_cmp(&k[-1].net, &k->net))
			continue;
		old = &r->slots.v[k[-1].slot];
		new = &r->slots.v[k->slot];
		if (!old->dead && r->said++ < DIAG_BUDGET) {
			diag_warn(r->d, new->at, "%s stands here again: this line counts",
				  prefix_format(&k->net, buf));
			diag_note(r->d, old->at, "and this one does not");
		}
		old->dead = true;
	}
}

void ipp_parse(const struct source *src, enum topology topology,
	       struct ipp *out, struct diag *d)
{
	struct reader r = { .src = src, .topology = topology, .d = d };
	struct str rest = source_str(src), line;
	const char *nl;
	struct slot *s;

	*out = (struct ipp){ 0 };
	for (; rest.n; rest = str_from(rest, line.n + 1)) {
		nl = memchr(rest.p, '\n', rest.n);
		line = rest;
		if (nl)
			line.n = nl - rest.p;
		read_line(&r, line);
	}
	drop_displaced(&r);
	vec_each(s, &r.slots) {
		if (s->dead)
			continue;
		if (s->has_ip4)
			vec_push(&out->list, ((struct ipp_entry){
				s->name, s->ip4, s->at }));
		if (s->has_ip6)
			vec_push(&out->list, ((struct ipp_entry){
				s->name, s->ip6, s->at }));
	}
	vec_fini(&r.slots);
	vec_fini(&r.keys);
}

void ipp_fini(struct ipp *ipp)
{
	vec_fini(&ipp->list);
}

bool ipp_is_no_net30(const struct source *src)
{
	struct str rest = source_str(src), line;
	const char *nl;
	struct slot s;

	for (; rest.n; rest = str_from(rest, line.n + 1)) {
		nl = memchr(rest.p, '\n', rest.n);
		line = rest;
		if (nl)
			line.n = nl - rest.p;
		s = (struct slot){ 0 };
		if (line.n && *line.p != '#' && *line.p != ';' &&
		    !split_line(trim_cr(line), &s) && s.has_ip4 &&
		    addr_ip4(&s.ip4.addr) & 3)
			return true;
	}
	return false;
}
