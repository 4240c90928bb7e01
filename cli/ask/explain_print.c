/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/ask/explain.h"

#include <stdio.h>

#include "cli/json.h"

/* Names and files are the user's bytes: escape them for the terminal. */
static void put(struct str text)
{
	diag_print_escaped(stdout, text);
}

/* The same for a text that is then freed. */
static void put_own(char *text)
{
	put(str_of(text));
	free(text);
}

static void put_reason(const struct query *q, const struct verdict *v)
{
	char place[512];

	if (!v->at.src || v->client->shut) {
		put_own(query_lack(q, v));
		return;
	}
	loc_format(v->at, place, sizeof(place));
	put(str_of(place));
	put(STR(": "));
	put(query_line(v->at));
	put_own(query_remark(v));
}

static void put_side(const struct query *q, const struct answer *a,
		     unsigned int i)
{
	put(STR("  "));
	put_own(query_side(q, a, i));
	put(STR(": "));
	put_reason(q, &a->side[i]);
	putchar('\n');
}

/* "john has 10.8.0.2: ccd/john:1:1", or "live, office" */
static void put_binding(const struct query *q, const struct binding *b,
			const char *has)
{
	char text[512];

	put(STR("  "));
	put(q->p->clients.v[b->client].name);
	printf(" %s %s: ", has, prefix_format(&b->net, text));
	if (b->at.src) {
		loc_format(b->at, text, sizeof(text));
		put(str_of(text));
	} else {
		printf("%s, ", binding_source_name(b->source));
		put(b->instance);
	}
	putchar('\n');
}

/* Does B tell why END, a name or an address, has an owner or none? */
static bool concerns(const struct query *q, const struct query_end *end,
		     const struct binding *b)
{
	if (end->binding)
		return b == end->binding;
	if (end->doubt)
		return !prefix_cmp(&b->net, &end->doubt->net);
	if (end->gone)
		return b == end->gone;
	return &q->p->clients.v[b->client] == end->client;
}

/* The sources of a client's addresses, or of the address in the question. */
static void put_addresses(const struct query *q, const struct query_end *end)
{
	const struct binding *b;

	vec_each(b, &q->p->bindings)
		if (concerns(q, end, b))
			put_binding(q, b, "has");
	vec_each(b, &q->p->doubtful)
		if (concerns(q, end, b))
			put_binding(q, b, "may have");
	vec_each(b, &q->p->gone)
		if (concerns(q, end, b))
			put_binding(q, b, "may not use");
}

void explain_print(const struct query *q, const struct answer *a, bool color)
{
	unsigned int i;

	printf("%s%s%s\n", diag_color(color, a->accept ? COLOR_GOOD : COLOR_BAD),
	       a->accept ? "ACCEPT" : "DROP", diag_color(color, COLOR_NONE));
	put(query_end_name(&q->src));
	put(STR(" -> "));
	put(query_end_name(&q->dst));
	put(STR(": "));
	put_own(query_summary(q, a));
	putchar('\n');
	for (i = 0; i < a->n; i++)
		put_side(q, a, i);
	put_addresses(q, &q->src);
	if (!q->src.client || q->src.client != q->dst.client)
		put_addresses(q, &q->dst);
}

static json_t *side_json(const struct query *q, const struct verdict *v)
{
	char *file = query_file(q, v->client);
	json_t *side = json_object();
	char ports[PORTS_TEXT];

	json_put_str(side, "client", v->client->name);
	json_put_text(side, "verdict", v->accept ? "ACCEPT" : "DROP");
	json_put_text(side, "section", v->list);
	json_put_text(side, "why", v->why);
	json_put_text(side, "file", file);
	json_put_place(side, "at", v->at);
	if (v->at.src)
		json_put_str(side, "line", query_line(v->at));
	if (v->client_ports.to)
		json_put_text(side, "if_client_port",
			      query_client_ports(v, ports));
	free(file);
	return side;
}

static json_t *doubt_json(const struct query *q, const struct binding *b)
{
	json_t *item = json_binding(b);

	json_put_str(item, "client", q->p->clients.v[b->client].name);
	return item;
}

static json_t *end_json(const struct query *q, const struct query_end *end)
{
	json_t *json = json_object(), *list = json_array();
	json_t *doubtful = json_array();
	const struct binding *b;

	json_put_str(json, "asked", end->asked);
	if (end->client)
		json_put_str(json, "client", end->client->name);
	vec_each(b, &q->p->bindings)
		if (&q->p->clients.v[b->client] == end->client)
			json_array_append_new(list, json_binding(b));
	json_object_set_new(json, "addresses", list);
	vec_each(b, &q->p->doubtful)
		if (concerns(q, end, b))
			json_array_append_new(doubtful, doubt_json(q, b));
	json_object_set_new(json, "doubtful", doubtful);
	return json;
}

void explain_print_json(const struct query *q, const struct answer *a,
			const char *in_force, const char *translation)
{
	json_t *root = json_object(), *sides = json_array();
	char *text = query_summary(q, a);
	unsigned int i;

	json_put_text(root, "verdict", a->accept ? "ACCEPT" : "DROP");
	json_put_text(root, "in_force", in_force);
	json_put_text(root, "reason", text);
	json_put_text(root, "translation", translation);
	json_object_set_new(root, "from", end_json(q, &q->src));
	json_object_set_new(root, "to", end_json(q, &q->dst));
	for (i = 0; i < a->n; i++)
		json_array_append_new(sides, side_json(q, &a->side[i]));
	json_object_set_new(root, "sides", sides);
	json_print(root);
	free(text);
}

void explain_print_loaded(const struct cli *cli, const struct query *q,
			  const char *verdict, const char *why)
{
	json_t *root;

	if (cli->json) {
		root = json_object();
		json_put_text(root, "in_force", verdict);
		json_put_text(root, "reason", why);
		json_print(root);
		return;
	}
	printf("in force: %s\n", verdict);
	put(query_end_name(&q->src));
	put(STR(" -> "));
	put(query_end_name(&q->dst));
	put(STR(": "));
	put(str_of(why));
	putchar('\n');
}
