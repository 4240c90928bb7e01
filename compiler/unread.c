/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/unread.h"

#include <string.h>

#include "compiler/base/name.h"

/* Does another file give the address now? */
static bool is_given(const struct policy *p, const struct prefix *net)
{
	const struct binding *b;

	vec_each(b, &p->bindings)
		if (b->source == BINDING_CCD && !prefix_cmp(&b->net, net))
			return true;
	return false;
}

static unsigned int keep_of_client(const struct table *t,
				   const struct load_unread *u,
				   unsigned int client, struct policy *p)
{
	struct binding b = {
		.client = client, .source = BINDING_CCD,
		.instance = str_of(u->in->name),
	};
	char *name = name_mangle(u->name);
	char *text = mem_printf("b\t%s\t", name);
	unsigned int n = 0;
	struct str line;

	for (line = table_find(t, str_of(text)); line.p;
	     line = table_next(t, line, str_of(text))) {
		if (!str_equal(table_field(line, 3), STR("ccd")) ||
		    !str_equal(table_field(line, 4), b.instance) ||
		    prefix_parse(table_field(line, 2), &b.net) ||
		    is_given(p, &b.net))
			continue;
		policy_bind(p, &b);
		n++;
	}
	free(text);
	free(name);
	return n;
}

static bool is_unread(const struct load *l, struct str instance)
{
	const struct load_unread *u;

	vec_each(u, &l->unread)
		if (u->in && str_equal(str_of(u->in->name), instance))
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

void unread_keep_addresses(const struct state *s, const struct load *l,
			   struct policy *p, struct diag *d)
{
	const struct load_unread *u;
	bool any = false;
	int client;

	vec_each(u, &l->unread) {
		any = any || u->in;
		client = u->in ? policy_index(p, u->name) : -1;
		if (client >= 0 &&
		    keep_of_client(&s->policy, u, (unsigned int)client, p))
			diag_note(d, LOC_NONE,
				  "\"%.*s\" keeps its previous addresses",
				  STR_ARG(u->name));
	}
	if (any)
		drop_new(s, l, p, d);
}
