/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/ask/loaded.h"

#include <string.h>

#include "compiler/model/shut.h"

/* The tables do not have the places. */
static void place_shut(const struct conf *conf, struct policy *p)
{
	const struct instance *in = NULL;
	struct shut *s;

	while ((in = conf_next_bad(conf, in)))
		vec_each(s, &p->shut)
			if (str_equal(s->name, str_of(in->name)))
				s->at = in->bad_at;
}

bool loaded_read(const struct cli *cli, const struct policy *files,
		 struct loaded *out)
{
	const struct affected everybody = { .all = true };
	struct diag silent = { 0 };

	*out = (struct loaded){ 0 };
	in_force_read(cli, true, &out->rules);
	if (out->rules.kind == IN_FORCE_UNKNOWN ||
	    in_force_is_good(&out->rules))
		return false;
	out->compile.load.conf = out->rules.s.compile.load.conf;
	compile_state(&out->compile, &out->rules.s.state, &everybody, NULL,
		      &silent);
	place_shut(&out->compile.load.conf, &out->compile.policy);
	shut_mark(&out->compile.policy, files);
	return true;
}

void loaded_fini(struct loaded *x)
{
	x->compile.load.conf = (struct conf){ 0 };
	compile_fini(&x->compile);
	in_force_fini(&x->rules);
}

bool loaded_is_spoilt(const struct loaded *x)
{
	return x->rules.kind == IN_FORCE_RULES &&
	       findings_count(&x->rules.kernel);
}

const char *loaded_whole(const struct loaded *x, bool *accept)
{
	*accept = x->rules.kind == IN_FORCE_NOTHING;
	if (*accept)
		return "no rules are loaded: everything passes";
	if (x->rules.kind == IN_FORCE_CLOSED)
		return "no client is loaded: nothing passes";
	return NULL;
}

static bool is_at(const struct query *q, const struct query_end *end,
		  const struct instance *in)
{
	const struct policy *p = q->p;
	struct str name = str_of(in->name);
	const struct mac_binding *m;
	const struct binding *b;
	ptrdiff_t client;

	if (!end->client && end->gone)
		return str_equal(end->gone->instance, name);
	if (!end->client)
		return end->pool && !strcmp(end->pool->name, in->name);
	if (end->client == &end->spare)
		return false;
	client = end->client - p->clients.v;
	vec_each(b, &p->bindings)
		if (b->client == client && str_equal(b->instance, name))
			return true;
	vec_each(b, &p->gone)
		if (b->client == client && str_equal(b->instance, name))
			return true;
	vec_each(m, &p->macs)
		if (m->client == client && str_equal(m->instance, name))
			return true;
	return false;
}

static bool has_interface(const struct loaded *x, const struct instance *in)
{
	const struct vpn vpn = { .dev = in->dev, .ipsec = in->ipsec };

	return instance_is_known(in) &&
	       (x->rules.kind == IN_FORCE_CLOSED ||
		policy_covers(&x->compile.policy, &vpn));
}

bool loaded_lacks(const struct loaded *x, const struct query *q,
		  const struct query_end *end)
{
	bool any = false, anywhere = false;
	const struct instance *in;

	if (!end->client && !query_end_is_lost(end))
		return false;
	vec_each(in, &q->l->conf.instances) {
		if (has_interface(x, in)) {
			anywhere = true;
			if (is_at(q, end, in))
				return false;
		} else if (is_at(q, end, in)) {
			any = true;
		}
	}
	return any || !anywhere;
}

void loaded_note(const struct loaded *x, struct diag *d)
{
	const struct finding *f;

	vec_each(f, &x->rules.files.list) {
		if (strcmp(f->kind, "not-in-force") != 0)
			continue;
		diag_note(d, f->at, "not in force: %s", f->what);
		return;
	}
}
