/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/query/query.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/name.h"
#include "compiler/model/shut.h"

void query_init(struct query *q, struct load *l, const struct policy *p)
{
	*q = (struct query){ .l = l, .p = p };
	client_lookup_init(&q->lookup, l, p);
}

void query_fini(struct query *q)
{
	client_lookup_fini(&q->lookup);
}

static bool is_in_pool(const struct instance *in, const struct prefix *addr)
{
	return in->ipsec ? ipsec_holds(in->ipsec, addr)
			 : instance_pool_overlaps(in, addr);
}

static const struct instance *find_pool(const struct conf *conf,
					const struct prefix *addr)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (is_in_pool(in, addr))
			return in;
	vec_each(in, &conf->shut)
		if (in->name && is_in_pool(in, addr))
			return in;
	return NULL;
}

/* False: TEXT is not an address. */
static bool find_host(struct query *q, struct str text, struct query_end *out)
{
	*out = (struct query_end){ .asked = text };
	if (prefix_parse(text, &out->addr) || !prefix_is_host(&out->addr))
		return false;
	out->has_addr = true;
	out->binding = policy_owner(q->p, out->addr.family, &out->addr.addr);
	if (out->binding) {
		out->client = &q->p->clients.v[out->binding->client];
		return true;
	}
	out->doubt = policy_doubt(q->p, out->addr.family, &out->addr.addr);
	out->gone = shut_owner(q->p, &out->addr);
	if (!out->doubt && !out->gone)
		out->pool = find_pool(&q->l->conf, &out->addr);
	return true;
}

/* A client's name has priority, even if it looks like an address. */
static void find_end(struct query *q, struct str text, struct query_end *out)
{
	if (policy_find(q->p, text) || !find_host(q, text, out)) {
		*out = (struct query_end){ .asked = text };
		out->client = client_lookup_find(&q->lookup, text, &out->spare);
	}
}

void query_set_hosts(struct query *q, struct str src, struct str dst)
{
	find_host(q, src, &q->src);
	find_host(q, dst, &q->dst);
}

void query_set_ends(struct query *q, struct str src, struct str dst)
{
	find_end(q, src, &q->src);
	find_end(q, dst, &q->dst);
}

bool query_end_is_unknown(const struct query_end *end)
{
	return end->client == &end->spare && !end->spare.file;
}

struct str query_end_name(const struct query_end *end)
{
	return end->client ? end->client->name : end->asked;
}

bool query_end_is_lost(const struct query_end *end)
{
	return end->pool || end->doubt || end->gone;
}

static const struct shut *find_shut(const struct query *q,
				    const struct query_end *end)
{
	if (end->client)
		return end->client->shut;
	if (end->gone)
		return shut_find(q->p, end->gone->instance);
	return end->pool ? shut_find(q->p, str_of(end->pool->name)) : NULL;
}

const struct shut *query_shut(const struct query *q)
{
	const struct shut *s = find_shut(q, &q->src);

	return s ? s : find_shut(q, &q->dst);
}

bool query_decide(const struct query *q, struct answer *out)
{
	static const struct verdict_index no_index;
	const struct client *src = q->src.client, *dst = q->dst.client;
	const struct query_end *remote = src ? &q->dst : &q->src;

	*out = (struct answer){ 0 };
	if (src && dst) {
		out->n = 2;
		out->accept = verdict_pair(&no_index, src, dst, &out->side[0],
					   &out->side[1]);
		return true;
	}
	if (src || dst) {
		out->n = 1;
		out->side[0] = verdict_addr(src ? src : dst, &remote->addr,
					    &q->service);
		out->accept = out->side[0].accept && !query_end_is_lost(remote);
		return true;
	}
	return query_end_is_lost(&q->src) || query_end_is_lost(&q->dst);
}

char *query_summary(const struct query *q, const struct answer *a)
{
	const struct query_end *lost = query_end_is_lost(&q->src) ? &q->src
								  : &q->dst;
	const struct verdict *v = a->side;
	const struct shut *shut = query_shut(q);

	if (shut)
		return shut_text(shut);
	if (lost->doubt && policy_is_astray(q->p, lost->doubt))
		return policy_astray_text(q->p, lost->doubt);
	if (lost->doubt)
		return mem_printf(
			"%.*s belongs to several clients, and none of them has it now",
			STR_ARG(lost->asked));
	if (lost->pool)
		return mem_printf(
			"%.*s is in the pool of %s, and no client has it",
			STR_ARG(lost->asked), lost->pool->name);
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

/* The other end of the verdict of side I. */
static const struct query_end *other_end(const struct query *q,
					 const struct answer *a, unsigned int i)
{
	if (a->n == 2)
		return i ? &q->src : &q->dst;
	return q->src.client ? &q->dst : &q->src;
}

char *query_side(const struct query *q, const struct answer *a, unsigned int i)
{
	struct str other = query_end_name(other_end(q, a, i));
	const struct verdict *v = &a->side[i];

	return mem_printf("%.*s %s %.*s", STR_ARG(v->client->name),
			  v->accept ? "allows" : "denies", STR_ARG(other));
}

const char *query_client_ports(const struct verdict *v,
			       char buf[static PORTS_TEXT])
{
	if (v->client_ports.from == v->client_ports.to)
		snprintf(buf, PORTS_TEXT, "%u", v->client_ports.from);
	else
		snprintf(buf, PORTS_TEXT, "%u-%u", v->client_ports.from,
			 v->client_ports.to);
	return buf;
}

struct str query_line(struct loc at)
{
	struct str line = source_line(at.src, at.off);

	while (line.n && (line.p[line.n - 1] == '\r' ||
			  line.p[line.n - 1] == '\t' ||
			  line.p[line.n - 1] == ' '))
		line.n--;
	return line;
}

char *query_remark(const struct verdict *v)
{
	const char *what = strcmp(v->why, "default") ? "" : " (default)";
	char ports[PORTS_TEXT];

	if (!v->client_ports.to)
		return mem_printf("%s", what);
	return mem_printf("%s (if the client's port is %s)", what,
			  query_client_ports(v, ports));
}

char *query_file(const struct query *q, const struct client *client)
{
	char *name = name_file(client->name, ".pf"), *path;
	const char *file = client->file ? client->file->name : name;

	path = mem_printf("%s/%s", q->l->conf.policy, file ? file : "?");
	free(name);
	return path;
}

char *query_lack(const struct query *q, const struct verdict *v)
{
	char *file = query_file(q, v->client), *text;

	if (v->client->state == CLIENT_OPEN && v->client->shut)
		text = shut_text(v->client->shut);
	else if (!v->list)
		text = mem_printf("%s %s", v->why, file);
	else if (!strcmp(v->why, "section missing"))
		text = mem_printf("%s has no [%s ...]", file, v->list);
	else
		text = mem_printf("%s: %s", file, v->why);
	free(file);
	return text;
}
