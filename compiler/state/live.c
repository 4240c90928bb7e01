/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/live.h"

#include <stdio.h>

#include "compiler/base/name.h"
#include "compiler/state/live_edits.h"
#include "compiler/state/state_part.h"

static long long parse_number(struct str s)
{
	long long n = 0;

	for (; s.n && *s.p >= '0' && *s.p <= '9' && n < UINT32_MAX;
	     s = str_from(s, 1))
		n = 10 * n + *s.p - '0';
	return n;
}

/* Is FIELD "KEY<number>"?  Set *OUT to the number. */
static bool keyed_number(struct str field, struct str key, uint32_t *out)
{
	long long n;

	if (field.n < key.n || memcmp(field.p, key.p, key.n) != 0)
		return false;
	n = parse_number(str_from(field, key.n));
	*out = n > UINT32_MAX ? 0 : (uint32_t)n;
	return true;
}

/* line.p is NULL if LINE has no address. */
static struct live parse_line(const struct live_view *v, struct str line)
{
	struct live live = {
		.line = line,
		.name = state_plain(v->state, table_field(line, 2)),
		.instance = table_field(line, 3),
		.since = parse_number(table_field(line, 4)),
	};
	struct str field;
	unsigned int i;

	if (endpoint_parse(table_field(line, 1), &live.addr))
		live.line.p = NULL;
	if (!name_is_possible(live.name))
		live.name.n = 0;
	for (i = 5; (field = table_field(line, i)).n; i++)
		if (!keyed_number(field, STR("reqid="), &live.reqid) &&
		    !keyed_number(field, STR("refs="), &live.ups))
			live.stale_delete_due |= str_equal(field, STR("late"));
	return live;
}

static char *format_line(const struct live *live)
{
	char addr[ADDR_TEXT], reqid[24] = "", refs[24] = "";
	char *name = name_mangle(live->name), *line;

	if (live->reqid)
		snprintf(reqid, sizeof(reqid), "\treqid=%u", live->reqid);
	if (live->ups > 1)
		snprintf(refs, sizeof(refs), "\trefs=%u", live->ups);
	line = mem_printf("a\t%s\t%s\t%.*s\t%lld%s%s%s",
			  endpoint_format(&live->addr, addr), name,
			  STR_ARG(live->instance), live->since,
			  live->stale_delete_due ? "\tlate" : "", reqid, refs);
	free(name);
	return line;
}

/* The I-th line that begins with KEY: first the table's lines, then the
 * edits'. */
static struct str nth_line(const struct live_view *v, const char *key,
			   size_t i)
{
	struct str text = str_of(key), line = table_find(&v->state->live, text);

	for (; line.p; line = table_next(&v->state->live, line, text))
		if (!live_edit_deletes(v, line) && !i--)
			return line;
	do
		line = live_edit_next(v, line, text);
	while (line.p && i--);
	return line;
}

/* "KIND ADDR ", malloced. */
static char *addr_key(char kind, const struct endpoint *addr)
{
	char buf[ADDR_TEXT];

	return mem_printf("%c\t%s\t", kind, endpoint_format(addr, buf));
}

struct live live_claim(const struct live_view *v, const struct endpoint *addr,
		       size_t *pos)
{
	char *key = addr_key('a', addr);
	struct live live = { 0 };
	struct str line;

	do {
		line = nth_line(v, key, (*pos)++);
		if (line.p)
			live = parse_line(v, line);
	} while (line.p && !live.line.p);
	free(key);
	return live;
}

struct live live_at(const struct live_view *v, const struct endpoint *addr,
		    struct str server)
{
	struct live live;
	size_t pos = 0;

	do
		live = live_claim(v, addr, &pos);
	while (live.line.p && !str_equal(live.instance, server));
	return live;
}

struct live live_of(const struct live_view *v, const struct endpoint *addr,
		    struct str name)
{
	struct live live;
	size_t pos = 0;

	do
		live = live_claim(v, addr, &pos);
	while (live.line.p && !str_equal(live.name, name));
	return live;
}

struct live live_of_name(const struct live_view *v, struct str name,
			 size_t *pos)
{
	char *mangled = name_mangle(name);
	char *text = mem_printf("n\t%s\t", mangled);
	struct live live = { 0 };
	struct endpoint addr;
	struct str line;

	for (;;) {
		line = nth_line(v, text, (*pos)++);
		if (!line.p)
			break;
		if (!endpoint_parse(table_field(line, 2), &addr))
			live = live_of(v, &addr, name);
		if (live.line.p)
			break;
	}
	free(text);
	free(mangled);
	return live;
}

struct live live_search(const struct live_view *v, struct str text,
			size_t *pos)
{
	struct live live = { 0 };
	struct str line;

	do {
		line = table_search(&v->state->live, 'a', text, pos);
		if (line.p && !live_edit_deletes(v, line))
			live = parse_line(v, line);
	} while (line.p && !live.line.p);
	return live;
}

static void remove_line(struct live_view *v, char *line)
{
	if (live_edit_undo(v, line))
		free(line);
	else
		live_edit(v, false, line);
}

static void displace(struct live_view *v, struct live owner)
{
	char *by_name = mem_printf("n\t%.*s\t%.*s",
				   STR_ARG(table_field(owner.line, 2)),
				   STR_ARG(table_field(owner.line, 1)));

	remove_line(v, mem_dup(owner.line.p, owner.line.n));
	remove_line(v, by_name);
}

/* The line that tells since when ADDR has no owner at SERVER. */
static struct str free_line(const struct live_view *v,
			    const struct endpoint *addr, struct str server)
{
	char *key = addr_key('d', addr);
	struct str line, at;
	size_t i = 0;

	do {
		line = nth_line(v, key, i++);
		at = table_field(line, 3);
	} while (line.p && at.n && !str_equal(at, server));
	free(key);
	return line;
}

static void remove_free(struct live_view *v, const struct endpoint *addr,
			struct str server)
{
	struct str line;

	while ((line = free_line(v, addr, server)).p)
		remove_line(v, mem_dup(line.p, line.n));
}

long long live_free_since(const struct live_view *v,
			  const struct endpoint *addr, struct str server)
{
	struct str line = free_line(v, addr, server);

	return line.p ? parse_number(table_field(line, 2)) : 0;
}

void live_remove(struct live_view *v, struct live owner)
{
	char addr[ADDR_TEXT];

	remove_free(v, &owner.addr, owner.instance);
	displace(v, owner);
	live_edit(v, true, mem_printf("d\t%s\t%lld\t%.*s",
				      endpoint_format(&owner.addr, addr),
				      v->now, STR_ARG(owner.instance)));
}

void live_add(struct live_view *v, const struct live *live)
{
	struct live other;

	while ((other = live_at(v, &live->addr, live->instance)).line.p)
		displace(v, other);
	live_dispute(v, live);
}

void live_dispute(struct live_view *v, const struct live *live)
{
	char addr[ADDR_TEXT], *name = name_mangle(live->name);
	struct live other;

	remove_free(v, &live->addr, live->instance);
	other = live_of(v, &live->addr, live->name);
	if (other.line.p)
		displace(v, other);
	live_edit(v, true, format_line(live));
	live_edit(v, true, mem_printf("n\t%s\t%s", name,
				      endpoint_format(&live->addr, addr)));
	free(name);
}

bool live_next_dev(const struct live_view *v, size_t *pos,
		   struct tundev_claim *out)
{
	struct str line;

	do {
		line = nth_line(v, "i\t", (*pos)++);
		if (line.p)
			*out = (struct tundev_claim){
				state_plain(v->state, table_field(line, 1)),
				table_field(line, 2),
			};
	} while (line.p && !out->name.p);
	return line.p;
}

void live_claim_dev(struct live_view *v, struct str dev, struct str server)
{
	char *mangled = name_mangle(dev);
	char *line = mem_printf("i\t%s\t%.*s", mangled, STR_ARG(server));
	struct str other;
	bool there = false;
	size_t i = 0;

	while ((other = nth_line(v, "i\t", i++)).p) {
		if (str_equal(other, str_of(line))) {
			there = true;
			continue;
		}
		if (!str_equal(table_field(other, 1), str_of(mangled)) &&
		    !str_equal(table_field(other, 2), server))
			continue;
		remove_line(v, mem_dup(other.p, other.n));
		i--;
	}
	if (there)
		free(line);
	else
		live_edit(v, true, line);
	free(mangled);
}

struct live live_next(const struct live_view *v, struct str *line)
{
	const struct table *t = &v->state->live;
	struct live live = { 0 };

	do {
		*line = line->p ? table_next(t, *line, STR("a\t"))
				: table_find(t, STR("a\t"));
		if (line->p)
			live = parse_line(v, *line);
	} while (line->p && (!live.line.p || live_edit_deletes(v, *line)));
	return line->p ? live : (struct live){ 0 };
}

void live_fini(struct live_view *v)
{
	live_edits_fini(v);
}

/* All bindings after the edits, one a call; *i counts the edits. */
static struct live next_live(const struct live_view *v, struct str *line,
			     size_t *i)
{
	struct live live = { 0 };
	const struct table_edit *e;

	if (!*i)
		live = live_next(v, line);
	if (live.line.p)
		return live;
	while (*i < v->edits.list.n) {
		e = &v->edits.list.v[(*i)++];
		if (e->add && e->line.p[0] == 'a')
			return parse_line(v, e->line);
	}
	return live;
}

void live_add_names(const struct live_view *v, struct policy *p)
{
	struct str line = { NULL, 0 };
	struct live live;
	size_t i = 0;

	for (;;) {
		live = next_live(v, &line, &i);
		if (!live.line.p)
			break;
		if (live.name.n)
			policy_add_client(p, live.name);
	}
}

void live_bind(const struct live *live, struct policy *p, unsigned int client)
{
	policy_bind_endpoint(p, &live->addr, (struct binding){
		.client = client, .source = BINDING_LIVE,
		.instance = live->instance, .reqid = live->reqid });
}

void live_bind_all(const struct live_view *v, struct policy *p)
{
	struct str line = { NULL, 0 };
	struct live live;
	size_t i = 0;
	int client;

	for (;;) {
		live = next_live(v, &line, &i);
		if (!live.line.p)
			break;
		client = policy_index(p, live.name);
		if (client >= 0)
			live_bind(&live, p, (unsigned int)client);
	}
}
