/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/explain.h"

#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "compiler/name.h"

#define PORTS_TEXT 16

/* Names and files are the user's bytes: nothing of them reaches a terminal. */
static void put(struct str text)
{
	diag_print_escaped(stdout, text);
}

static struct str end_name(const struct end *end)
{
	return end->client ? end->client->name : str_of(end->arg);
}

/* What CLIENT's verdict is about. */
static const struct end *other_end(const struct question *q,
				   const struct answer *a, unsigned int i)
{
	if (a->n == 2)
		return i ? &q->src : &q->dst;
	return q->src.client ? &q->dst : &q->src;
}

/* "both [CLIENTS] allow"; malloced */
static char *summary(const struct question *q, const struct answer *a)
{
	const struct end *lost = q->src.pool ? &q->src : &q->dst;
	const struct verdict *v = a->side;

	if (lost->pool)
		return mem_printf("%s is in the pool of %s, and nobody has it",
				  lost->arg, lost->pool);
	if (a->accept && a->n == 2)
		return mem_printf("both [CLIENTS] allow");
	if (!v->accept && a->n == 2 && !v[1].accept)
		return mem_printf("both sides deny");
	if (!v->accept || a->n == 1)
		v = &a->side[0];
	else
		v = &a->side[1];
	if (!v->list)
		return mem_printf("%.*s has no policy",
				  STR_ARG(v->client->name));
	return mem_printf("[%s] of %.*s %s", v->list, STR_ARG(v->client->name),
			  v->accept ? "allows" : "denies");
}

/* The file that CLIENT has or should have; malloced. */
static char *client_file(const struct question *q, const struct client *client)
{
	char *name = name_file(client->name, ".pf"), *path;
	const char *file = client->file ? client->file->name : name;

	path = mem_printf("%s/%s", q->l->conf.policy, file ? file : "?");
	free(name);
	return path;
}

static struct str line_of(struct loc at)
{
	struct str line = source_line(at.src, at.off);

	while (line.n && (line.p[line.n - 1] == '\r' ||
			  line.p[line.n - 1] == '\t' ||
			  line.p[line.n - 1] == ' '))
		line.n--;
	return line;
}

/* "1024-65535" */
static const char *near_ports(const struct verdict *v,
			      char buf[static PORTS_TEXT])
{
	if (v->near.from == v->near.to)
		snprintf(buf, PORTS_TEXT, "%u", v->near.from);
	else
		snprintf(buf, PORTS_TEXT, "%u-%u", v->near.from, v->near.to);
	return buf;
}

static void put_reason(const struct question *q, const struct verdict *v)
{
	char place[512], *file;

	if (v->at.src) {
		loc_format(v->at, place, sizeof(place));
		put(str_of(place));
		put(STR(": "));
		put(line_of(v->at));
		if (!strcmp(v->why, "default"))
			put(STR(" (default)"));
		if (v->near.to)
			printf(" (if the client's port is %s)",
			       near_ports(v, place));
		return;
	}
	file = client_file(q, v->client);
	if (!v->list)
		printf("%s ", v->why);
	put(str_of(file));
	if (v->list && !strcmp(v->why, "section missing"))
		printf(" has no [%s ...]", v->list);
	else if (v->list)
		printf(": %s", v->why);
	free(file);
}

static void put_side(const struct question *q, const struct answer *a,
		     unsigned int i)
{
	const struct verdict *v = &a->side[i];

	put(STR("  "));
	put(v->client->name);
	put(v->accept ? STR(" allows ") : STR(" denies "));
	put(end_name(other_end(q, a, i)));
	put(STR(": "));
	put_reason(q, v);
	putchar('\n');
}

/* "john has 10.8.0.2: ccd/john:1:1", or "live, office" */
static void put_binding(const struct client *c, const struct binding *b)
{
	char text[512];

	put(STR("  "));
	put(c->name);
	printf(" has %s: ", prefix_format(&b->net, text));
	if (b->at.src) {
		loc_format(b->at, text, sizeof(text));
		put(str_of(text));
	} else {
		printf("%s, ", binding_source_name(b->source));
		put(b->instance);
	}
	putchar('\n');
}

/* Where the addresses of a client come from; or just the one asked for. */
static void put_addresses(const struct question *q, const struct end *end)
{
	const struct binding *b;

	if (!end->client)
		return;
	vec_each(b, &q->p->bindings)
		if (end->binding ? b == end->binding :
		    &q->p->clients.v[b->client] == end->client)
			put_binding(end->client, b);
}

void explain_print(const struct question *q, const struct answer *a)
{
	char *text = summary(q, a);
	unsigned int i;

	puts(a->accept ? "ACCEPT" : "DROP");
	put(end_name(&q->src));
	put(STR(" -> "));
	put(end_name(&q->dst));
	put(STR(": "));
	put(str_of(text));
	putchar('\n');
	free(text);
	for (i = 0; i < a->n; i++)
		put_side(q, a, i);
	put_addresses(q, &q->src);
	if (q->src.client != q->dst.client)
		put_addresses(q, &q->dst);
}

static json_t *side_json(const struct question *q, const struct verdict *v)
{
	char *file = client_file(q, v->client);
	json_t *side = json_object();
	char ports[PORTS_TEXT];

	json_put_str(side, "client", v->client->name);
	json_put_text(side, "verdict", v->accept ? "ACCEPT" : "DROP");
	json_put_text(side, "section", v->list);
	json_put_text(side, "why", v->why);
	json_put_text(side, "file", file);
	json_put_place(side, "at", v->at);
	if (v->at.src)
		json_put_str(side, "line", line_of(v->at));
	if (v->near.to)
		json_put_text(side, "if_client_port", near_ports(v, ports));
	free(file);
	return side;
}

static json_t *end_json(const struct question *q, const struct end *end)
{
	json_t *json = json_object(), *list = json_array(), *item;
	const struct binding *b;
	char text[ADDR_TEXT];

	json_put_text(json, "asked", end->arg);
	if (end->client)
		json_put_str(json, "client", end->client->name);
	vec_each(b, &q->p->bindings) {
		if (&q->p->clients.v[b->client] != end->client)
			continue;
		item = json_object();
		json_put_text(item, "address", prefix_format(&b->net, text));
		json_put_text(item, "source", binding_source_name(b->source));
		json_put_str(item, "server", b->instance);
		json_put_place(item, "at", b->at);
		json_array_append_new(list, item);
	}
	json_object_set_new(json, "addresses", list);
	return json;
}

void explain_print_json(const struct question *q, const struct answer *a)
{
	json_t *root = json_object(), *sides = json_array();
	char *text = summary(q, a);
	unsigned int i;

	json_put_text(root, "verdict", a->accept ? "ACCEPT" : "DROP");
	json_put_text(root, "reason", text);
	json_object_set_new(root, "from", end_json(q, &q->src));
	json_object_set_new(root, "to", end_json(q, &q->dst));
	for (i = 0; i < a->n; i++)
		json_array_append_new(sides, side_json(q, &a->side[i]));
	json_object_set_new(root, "sides", sides);
	json_print(root);
	free(text);
}
