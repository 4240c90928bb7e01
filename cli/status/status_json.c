/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

#include "cli/json.h"

static void put_integer(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *addresses_json(const struct status_client *c)
{
	json_t *list = json_array(), *item;
	const struct status_address *a;
	char addr[ADDR_TEXT];

	vec_each(a, &c->addresses) {
		item = json_object();
		json_put_text(item, "address",
			      endpoint_format(&a->addr, addr));
		json_put_text(item, "source", binding_source_name(a->source));
		json_put_str(item, "instance", a->instance);
		if (a->since)
			put_integer(item, "since", (uint64_t)a->since);
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *sessions_json(const struct status_client *c)
{
	json_t *list = json_array(), *item;
	const struct status_session *s;

	vec_each(s, &c->sessions) {
		item = json_object();
		json_put_str(item, "instance", s->instance);
		json_put_str(item, "from",
			     ovstatus_host(s->client->real));
		if (s->client->since >= 0)
			put_integer(item, "since", (uint64_t)s->client->since);
		put_integer(item, "received", s->client->received);
		put_integer(item, "sent", s->client->sent);
		json_array_append_new(list, item);
	}
	return list;
}

static void put_count(json_t *object, const char *key, struct count count)
{
	json_t *item = json_object();

	put_integer(item, "packets", count.packets);
	put_integer(item, "bytes", count.bytes);
	json_object_set_new(object, key, item);
}

static json_t *client_json(const struct status *o,
			   const struct status_client *c)
{
	json_t *item = json_object();

	json_put_str(item, "client", c->name);
	json_put_text(item, "state", client_state_name(c->state));
	if (c->keeps)
		json_object_set_new(item, "old_rules", json_true());
	if (c->shut)
		json_object_set_new(item, "server_shut", json_true());
	json_put_text(item, "policy", c->file);
	json_object_set_new(item, "addresses", addresses_json(c));
	json_object_set_new(item, "connected", json_boolean(c->connected));
	if (c->since)
		put_integer(item, "since", (uint64_t)c->since);
	json_object_set_new(item, "sessions", sessions_json(c));
	if (o->counted) {
		put_count(item, "allowed", c->allowed);
		put_count(item, "denied", c->denied);
	}
	return item;
}

static json_t *rules_json(const struct in_force *x)
{
	json_t *item = json_object();

	json_put_text(item, "state", in_force_name(x));
	json_put_text(item, "why", x->why);
	if (x->kind != IN_FORCE_UNKNOWN)
		json_object_set_new(item, "in_force",
				    json_boolean(in_force_is_good(x)));
	json_put_text(item, "backend", x->backend);
	if (x->loaded_at)
		put_integer(item, "loaded", (uint64_t)x->loaded_at);
	if (x->chains) {
		put_integer(item, "chains", x->chains);
		put_integer(item, "clients", x->clients);
	}
	json_object_set_new(item, "kernel", findings_json(&x->kernel, false));
	json_object_set_new(item, "files", findings_json(&x->files, false));
	json_object_set_new(item, "stands",
			    findings_json(&x->standing, false));
	return item;
}

void status_print_json(const struct status *o)
{
	json_t *root = json_object(), *list = json_array();
	const struct status_client *c;

	json_object_set_new(root, "rules", rules_json(&o->rules));
	vec_each(c, &o->clients)
		json_array_append_new(list, client_json(o, c));
	json_object_set_new(root, "clients", list);
	json_print(root);
}
