/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/tally.h"

void tally_fini(struct tally *tally)
{
	char **text;

	vec_each(text, &tally->texts)
		free(*text);
	vec_fini(&tally->texts);
	vec_fini(&tally->list);
}

static bool is_zero(const struct client_count *c)
{
	return !c->allowed.packets && !c->allowed.bytes &&
	       !c->denied.packets && !c->denied.bytes;
}

void tally_add(struct tally *tally, struct client_count more)
{
	if (!is_zero(&more))
		vec_push(&tally->list, more);
}

static void add(struct count *to, struct count more)
{
	to->packets += more.packets;
	to->bytes += more.bytes;
}

static struct count negative(struct count c)
{
	return (struct count){ 0 - c.packets, 0 - c.bytes };
}

void tally_take_away(struct tally *tally, struct tally *from)
{
	struct client_count *c;
	char **text;

	vec_each(c, &from->list)
		tally_add(tally, (struct client_count){
			c->name, negative(c->allowed), negative(c->denied) });
	vec_each(text, &from->texts)
		vec_push(&tally->texts, *text);
	from->texts.n = 0;
	tally_fini(from);
}

static int cmp_names(const void *a, const void *b)
{
	return str_cmp(((const struct client_count *)a)->name,
		       ((const struct client_count *)b)->name);
}

void tally_sum(struct tally *tally)
{
	struct client_count *c, *to = tally->list.v;
	size_t n = 0;

	vec_sort(&tally->list, cmp_names);
	vec_each(c, &tally->list) {
		if (n && str_equal(to[n - 1].name, c->name)) {
			add(&to[n - 1].allowed, c->allowed);
			add(&to[n - 1].denied, c->denied);
			continue;
		}
		if (n && is_zero(&to[n - 1]))
			n--;
		to[n++] = *c;
	}
	if (n && is_zero(&to[n - 1]))
		n--;
	tally->list.n = n;
}

const struct client_count *tally_find(const struct tally *tally,
				      struct str mangled)
{
	const struct client_count key = { .name = mangled };

	return tally->list.n ? bsearch(&key, tally->list.v, tally->list.n,
				       sizeof(key), cmp_names) : NULL;
}
