/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/unread.h"

#include <string.h>

#include "compiler/base/name.h"

/* The number of addresses that NAME had from the file (or files) of U; bind
 * them to it, unless P is NULL. */
static unsigned int keep(const struct table *t, const struct load_unread *u,
			 struct str name, struct policy *p)
{
	const char *source = u->source == BINDING_CCD ? "ccd" : "ipp";
	struct binding b = {
		.source = u->source, .instance = str_of(u->in->name),
		.client = p ? (unsigned int)policy_index(p, name) : 0,
	};
	char *mangled = name_mangle(name);
	char *text = mem_printf("b\t%s\t", mangled);
	unsigned int n = 0;
	struct str line;

	for (line = table_find(t, str_of(text)); line.p;
	     line = table_next(t, line, str_of(text))) {
		if (!str_equal(table_field(line, 3), str_of(source)) ||
		    !str_equal(table_field(line, 4), b.instance) ||
		    prefix_parse(table_field(line, 2), &b.net))
			continue;
		if (p)
			policy_bind(p, &b);
		n++;
	}
	free(text);
	free(mangled);
	return n;
}

/* Any ccd file of the server. */
static bool is_unread(const struct load *l, struct str instance)
{
	const struct load_unread *u;

	vec_each(u, &l->unread)
		if (u->in && u->source == BINDING_CCD &&
		    str_equal(str_of(u->in->name), instance))
			return true;
	return false;
}

static bool has_counted(const struct state *s, const struct policy *p,
			const struct binding *b)
{
	char *name = name_mangle(p->clients.v[b->client].name);
	char addr[ADDR_TEXT], *text;
	bool there;

	text = mem_printf("a\t%s\t%s\tipp\t%.*s", prefix_format(&b->net, addr),
			  name, STR_ARG(b->instance));
	there = str_equal(table_find(&s->policy, str_of(text)),
			  str_of(text));
	free(text);
	free(name);
	return there;
}

static void drop_new(const struct state *s, const struct load *l,
		     struct policy *p, struct diag *d)
{
	size_t i, n = 0, all = p->bindings.n;
	const struct binding *b;

	for (i = 0; i < all; i++) {
		b = &p->bindings.v[i];
		if (b->source != BINDING_IPP || !is_unread(l, b->instance) ||
		    has_counted(s, p, b))
			p->bindings.v[n++] = *b;
	}
	p->bindings.n = n;
	if (n < all)
		diag_note(d, LOC_NONE,
			  "%zu addresses of ipp.txt are not used: they may belong to a client whose file cannot be read",
			  all - n);
}

static bool is_whole(const struct load_unread *u)
{
	return u->in && !u->name.n;
}

void unread_add_names(const struct state *s, const struct load *l,
		      struct policy *p)
{
	const struct load_unread *u;
	struct str name;
	size_t pos;

	vec_each(u, &l->unread)
		for (pos = 0; is_whole(u); ) {
			name = state_next_client(s, &pos);
			if (!name.p)
				break;
			if (keep(&s->policy, u, name, NULL))
				policy_add_client(p, name);
		}
}

static void keep_of_server(const struct state *s, const struct load_unread *u,
			   struct policy *p, struct diag *d)
{
	const struct client *c;
	unsigned int n = 0;

	vec_each(c, &p->clients)
		n += keep(&s->policy, u, c->name, p);
	if (n)
		diag_note(d, LOC_NONE,
			  "the clients of \"%s\" keep their %u addresses of before",
			  u->in->name, n);
}

void unread_keep_addresses(const struct state *s, const struct load *l,
			   struct policy *p, struct diag *d)
{
	const struct load_unread *u;
	bool any = false;

	vec_each(u, &l->unread) {
		any = any || (u->in && u->source == BINDING_CCD);
		if (is_whole(u))
			keep_of_server(s, u, p, d);
		else if (u->in && policy_find(p, u->name) &&
			 keep(&s->policy, u, u->name, p))
			diag_note(d, LOC_NONE,
				  "\"%.*s\" keeps its previous addresses",
				  STR_ARG(u->name));
	}
	if (any)
		drop_new(s, l, p, d);
}
