/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/counters.h"

void counters_fini(struct counters *counters)
{
	char **text;

	vec_each(text, &counters->texts)
		free(*text);
	vec_fini(&counters->texts);
	vec_fini(&counters->list);
}

static bool is_zero(const struct client_count *c)
{
	return !c->allowed.packets && !c->allowed.bytes &&
	       !c->denied.packets && !c->denied.bytes;
}

void counters_add(struct counters *counters, struct client_count more)
{
	if (!is_zero(&more))
		vec_push(&counters->list, more);
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

void counters_subtract(struct counters *counters, struct counters *from)
{
	struct client_count *c;
	char **text;

	vec_each(c, &from->list)
		counters_add(counters, (struct client_count){
			c->name, negative(c->allowed), negative(c->denied) });
	vec_each(text, &from->texts)
		vec_push(&counters->texts, *text);
	from->texts.n = 0;
	counters_fini(from);
}

static int cmp_names(const void *a, const void *b)
{
	return str_cmp(((const struct client_count *)a)->name,
		       ((const struct client_count *)b)->name);
}

void counters_sum(struct counters *counters)
{
	struct client_count *c, *to = counters->list.v;
	size_t n = 0;

	vec_sort(&counters->list, cmp_names);
	vec_each(c, &counters->list) {
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
	counters->list.n = n;
}

const struct client_count *counters_find(const struct counters *counters,
					 struct str name)
{
	const struct client_count key = { .name = name };

	return counters->list.n
		       ? bsearch(&key, counters->list.v, counters->list.n,
				 sizeof(key), cmp_names)
		       : NULL;
}
