/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/policy.h"

#include <stdlib.h>

#include "compiler/model/shut.h"

/* By prefix, then the binding that wins first. */
static int cmp_bindings(const void *pa, const void *pb)
{
	const struct binding *a = pa, *b = pb;
	int r = prefix_cmp(&a->net, &b->net);

	if (r)
		return r;
	if (a->source != b->source)
		return b->source - a->source;
	if (a->away != b->away)
		return a->away - b->away;
	return (a->client > b->client) - (a->client < b->client);
}

char *policy_claim_text(const struct policy *p, const struct binding *b)
{
	struct str name = p->clients.v[b->client].name;
	char place[512];

	if (b->source == BINDING_LIVE)
		return mem_printf("\"%.*s\" at \"%.*s\"", STR_ARG(name),
				  STR_ARG(b->instance));
	loc_format(b->at, place, sizeof(place));
	return mem_printf("\"%.*s\"%s%s%s", STR_ARG(name),
			  *place ? " (" : "", place, *place ? ")" : "");
}

char *policy_astray_text(const struct policy *p, const struct binding *b)
{
	char net[ADDR_TEXT];

	return mem_printf("it is not known which server has given %s to \"%.*s\": it is nobody's until a hook or a server tells whose",
			  prefix_format(&b->net, net),
			  STR_ARG(p->clients.v[b->client].name));
}

const char *policy_doubt_end(const struct binding *b)
{
	return b->source == BINDING_LIVE
		? "it is nobody's until one of them leaves"
		: "it is nobody's until one of them connects";
}

/* Servers claim NET for the clients of A, B and the ones up to END. */
static void say_claims(const struct policy *p, const struct binding *a,
		       const struct binding *b, struct diag *d)
{
	char *first = policy_claim_text(p, a), *text = policy_claim_text(p, b);
	const struct binding *other, *end = vec_end(&p->doubtful);
	char net[ADDR_TEXT];

	diag_warn(d, LOC_NONE, "%s belongs to %s and to %s: %s",
		  prefix_format(&a->net, net), first, text,
		  policy_doubt_end(a));
	free(first);
	free(text);
	for (other = b + 1; other < end; other++) {
		text = policy_claim_text(p, other);
		diag_note(d, LOC_NONE, "and to %s", text);
		free(text);
	}
}

/* The doubtful bindings from FIRST on are those of one prefix. */
static void say_doubt(const struct policy *p, size_t first, struct diag *d)
{
	const struct binding *a = &p->doubtful.v[first];
	const struct binding *end = vec_end(&p->doubtful), *b = a, *other;
	char text[ADDR_TEXT], *astray;

	while (b < end && b->client == a->client)
		b++;
	if (b == end && policy_is_astray(p, a)) {
		astray = policy_astray_text(p, a);
		diag_warn(d, LOC_NONE, "%s", astray);
		free(astray);
	}
	if (b == end)
		return;		/* the others are not in P */
	if (a->source == BINDING_LIVE) {
		say_claims(p, a, b, d);
		return;
	}
	diag_warn(d, b->at, "%s belongs to \"%.*s\" and to \"%.*s\": %s",
		  prefix_format(&b->net, text),
		  STR_ARG(p->clients.v[a->client].name),
		  STR_ARG(p->clients.v[b->client].name), policy_doubt_end(b));
	if (a->at.src)
		diag_note(d, a->at, "the other one is here");
	for (other = b + 1; other < end; other++)
		if (other->client != other[-1].client)
			diag_note(d, other->at, "and to \"%.*s\" here",
				  STR_ARG(p->clients.v[other->client].name));
}

static void add_layout(struct layout *l, const struct prefix *net)
{
	if (net->family == FAMILY_IP6)
		l->ip6 = true;
	if (prefix_is_host(net))
		return;
	if (net->family == FAMILY_IP4)
		l->net4 = true;
	else
		l->net6 = true;
}

static void find_layout(struct policy *p)
{
	const struct binding *b;

	p->layout = (struct layout){ 0 };
	vec_each(b, &p->bindings)
		add_layout(&p->layout, &b->net);
	vec_each(b, &p->doubtful)
		add_layout(&p->layout, &b->net);
}

/* Of the bindings up to END is B one, and as strong as FIRST? */
static bool is_as_strong(const struct binding *b, const struct binding *end,
			 const struct binding *first)
{
	return b < end && b->source == first->source &&
	       b->away == first->away && !b->away;
}

/* B up to END have the same prefix, the strongest first. */
static bool is_doubtful(const struct binding *b, const struct binding *end)
{
	const struct binding *first = b;

	for (; is_as_strong(b, end, first); b++)
		if (b->doubtful || b->client != first->client)
			return true;
	return false;
}

static void add_doubt(struct policy *p, const struct binding *b,
		      const struct binding *end, struct diag *d)
{
	const struct binding *first = b;
	size_t before = p->doubtful.n;

	for (; is_as_strong(b, end, first); b++)
		vec_push(&p->doubtful, *b);
	p->n_doubtful++;
	say_doubt(p, before, d);
}

/* A second policy_resolve gives what the first gave. */
static void take_back_doubts(struct policy *p)
{
	const struct binding *b;

	vec_each(b, &p->doubtful)
		vec_push(&p->bindings, *b);
	p->doubtful.n = p->n_doubtful = 0;
}

/* Networks with live bindings, each inside the one before. */
struct nest {
	VEC(struct binding) list;
};

/* Does B lie in one of NEST, at the same server? */
static bool is_inside(struct nest *nest, const struct binding *b)
{
	const struct binding *each;

	while (nest->list.n &&
	       !prefix_covers(&nest->list.v[nest->list.n - 1].net, &b->net))
		nest->list.n--;
	vec_each(each, &nest->list)
		if (str_equal(each->instance, b->instance))
			return true;
	return false;
}

/* Drop the networks that only a file gives, inside those of connected clients:
 * with its own client connected such a one is live, too.  They are sorted. */
static void drop_absent(struct policy *p)
{
	struct nest nest = { 0 };
	const struct binding *b;
	size_t n = 0;

	vec_each(b, &p->bindings) {
		if (!prefix_is_host(&b->net) && is_inside(&nest, b) &&
		    b->source != BINDING_LIVE)
			continue;
		if (!prefix_is_host(&b->net) && b->source == BINDING_LIVE &&
		    !b->away)
			vec_push(&nest.list, *b);
		p->bindings.v[n++] = *b;
	}
	p->bindings.n = n;
	vec_fini(&nest.list);
}

void policy_resolve(struct policy *p, struct diag *d)
{
	struct binding *b, *next, *end;
	size_t n = 0;

	take_back_doubts(p);
	shut_find_away(p, d);
	vec_each(b, &p->bindings)
		b->doubtful |= policy_is_astray(p, b);
	vec_sort(&p->bindings, cmp_bindings);
	drop_absent(p);
	end = vec_end(&p->bindings);
	for (b = p->bindings.v; b < end; b = next) {
		for (next = b + 1; next < end; next++)
			if (prefix_cmp(&b->net, &next->net))
				break;
		if (is_doubtful(b, next))
			add_doubt(p, b, next, d);
		else
			p->bindings.v[n++] = *b;
	}
	p->bindings.n = n;
	shut_drop(p);
	find_layout(p);
}
