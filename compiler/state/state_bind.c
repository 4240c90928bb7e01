/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/state_part.h"

#include "compiler/base/name.h"
#include "compiler/model/shut.h"
#include "compiler/state/live.h"

static enum binding_source parse_source(struct str text)
{
	return str_equal(text, STR("ccd")) ? BINDING_CCD : BINDING_IPP;
}

/* Has another client the address of B by a static binding that is stronger
 * (true) or as strong (b->doubtful is set)? */
static bool has_stronger(const struct table *t, const struct policy *p,
			 struct binding *b)
{
	char *name = name_mangle(p->clients.v[b->client].name);
	const struct endpoint addr = { .net = b->net };
	enum binding_source source;
	bool stronger = false;
	char text[ADDR_TEXT];
	struct str line, key;

	key = str_of(endpoint_format(&addr, text));
	for (line = state_line(t, 'a', key);
	     line.p && str_equal(table_field(line, 1), key);
	     line = table_next(t, line, STR("a\t"))) {
		if (str_equal(table_field(line, 2), str_of(name)))
			continue;
		source = parse_source(table_field(line, 3));
		stronger |= source > b->source;
		b->doubtful |= source == b->source;
	}
	free(name);
	return stronger;
}

/* Does another client than B's have the address, by a live binding or by a
 * stronger static binding?  Sets b->doubtful. */
static bool is_displaced(const struct live_view *v, const struct policy *p,
			 struct binding *b)
{
	const struct endpoint addr = { .net = b->net };
	bool claimed = false;
	struct live live;
	size_t pos = 0;

	b->doubtful = false;
	for (;;) {
		live = live_claim(v, &addr, &pos);
		if (!live.line.p)
			break;
		if (!str_equal(live.name, p->clients.v[b->client].name))
			return true;
		claimed = true;
	}
	return !claimed && has_stronger(&v->state->policy, p, b);
}

static void bind_static(const struct live_view *v, struct policy *p,
			unsigned int client)
{
	char *name = name_mangle(p->clients.v[client].name);
	char *key = mem_printf("b\t%s\t", name);
	const struct table *t = &v->state->policy;
	struct binding b = { .client = client };
	struct str line;

	for (line = table_find(t, str_of(key)); line.p;
	     line = table_next(t, line, str_of(key))) {
		b.source = parse_source(table_field(line, 3));
		b.instance = table_field(line, 4);
		if (prefix_parse(table_field(line, 2), &b.net))
			continue;
		prefix_mask(&b.net);
		if (!is_displaced(v, p, &b))
			policy_bind(p, &b);
	}
	free(key);
	free(name);
}

/* Does a server that counts in P claim the address of LIVE for another? */
static bool has_rival(const struct live_view *v, const struct policy *p,
		      const struct live *live)
{
	struct live other;
	size_t pos = 0;

	do
		other = live_claim(v, &live->addr, &pos);
	while (other.line.p && (str_equal(other.name, live->name) ||
				!shut_counts(p, other.instance)));
	return other.line.p;
}

static void bind_client(const struct live_view *v, struct policy *p,
			unsigned int client)
{
	struct live live;
	size_t pos = 0;

	bind_static(v, p, client);
	for (;;) {
		live = live_of_name(v, p->clients.v[client].name, &pos);
		if (!live.line.p)
			break;
		live_bind(&live, p, client);
		/* the other may be missing in P */
		if (!live.addr.is_mac)
			p->bindings.v[p->bindings.n - 1].doubtful =
				has_rival(v, p, &live);
	}
}

void state_bind(const struct live_view *v, struct policy *p)
{
	struct layout layout = p->layout;
	struct diag silent = { 0 };	/* apply has said the conflicts */
	unsigned int i;

	p->bindings.n = p->doubtful.n = p->gone.n = 0;
	p->macs.n = p->gone_macs.n = 0;
	for (i = 0; i < p->clients.n; i++)
		bind_client(v, p, i);
	policy_resolve(p, &silent);
	/* clients that are not in P may need more */
	p->layout.ip6 |= layout.ip6;
	p->layout.net4 |= layout.net4;
	p->layout.net6 |= layout.net6;
}

/* Do two servers claim the address of LINE for two clients? */
static bool is_claimed_twice(const struct live_view *v, const struct policy *p,
			     struct str line)
{
	struct endpoint addr;
	struct live live;
	size_t pos = 0;

	if (endpoint_parse(table_field(line, 1), &addr) || addr.is_mac)
		return false;
	do
		live = live_claim(v, &addr, &pos);
	while (live.line.p && (!shut_counts(p, live.instance) ||
			       !has_rival(v, p, &live)));
	return live.line.p;
}

/* The lines of one address stand together. */
static unsigned int count_claimed_twice(const struct live_view *v)
{
	const struct table *t = &v->state->live;
	struct str line, last = { NULL, 0 };
	struct policy frame = { 0 };
	unsigned int n = 0, same = 0;

	state_load_frame(v->state, &frame);
	for (line = table_find(t, STR("a\t")); line.p;
	     line = table_next(t, line, STR("a\t"))) {
		same = last.p && str_equal(table_field(line, 1),
					   table_field(last, 1)) ? same + 1 : 0;
		n += same == 1 && is_claimed_twice(v, &frame, line);
		last = line;
	}
	policy_fini(&frame);
	return n;
}

unsigned int state_doubtful(const struct live_view *v)
{
	const struct table *t = &v->state->policy;
	unsigned int n = count_claimed_twice(v);
	struct endpoint addr;
	struct str line;
	size_t pos;

	for (line = table_find(t, STR("d\t")); line.p;
	     line = table_next(t, line, STR("d\t"))) {
		pos = 0;
		n += !endpoint_parse(table_field(line, 1), &addr) &&
		     !live_claim(v, &addr, &pos).line.p;
	}
	return n;
}
