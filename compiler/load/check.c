/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/name.h"
#include "compiler/model/tundev.h"

struct checking {
	const struct conf *conf;
	const struct policy *p;
	struct diag *d;
};

void check_client_to_client(const struct conf *conf, struct diag *d)
{
	const struct instance *in;

	vec_each(in, &conf->instances) {
		if (!in->client_to_client_at.src)
			continue;
		diag_error(d, in->client_to_client_at, 0,
			   "with client-to-client the kernel never sees packets between clients, so nothing can filter them");
		diag_note(d, LOC_NONE,
			  "remove it, and set net.ipv4.ip_forward=1");
	}
}

const struct instance *check_shares_with(const struct conf *conf,
					 const struct instance *in)
{
	const struct instance *a;

	for (a = conf->instances.v; a < in; a++)
		if (a->dev && in->dev && tundev_overlap(a->dev, in->dev) &&
		    !(a->ipsec && in->ipsec))
			return a;
	return NULL;
}

const char *check_shares_text(const struct instance *a,
			      const struct instance *b,
			      char text[static CHECK_TEXT])
{
	if (!strcmp(a->dev, b->dev) && !tundev_is_pattern(a->dev))
		snprintf(text, CHECK_TEXT,
			 "\"%s\" and \"%s\" have the same interface, %s",
			 a->name, b->name, b->dev);
	else
		snprintf(text, CHECK_TEXT,
			 "\"%s\" and \"%s\" may take the same interface: dev %s and %s",
			 a->name, b->name, a->dev, b->dev);
	return text;
}

static void check_shared_interface(struct checking *x)
{
	const struct instance *other, *in;
	char text[CHECK_TEXT];

	vec_each(in, &x->conf->instances) {
		other = check_shares_with(x->conf, in);
		if (other)
			diag_warn(x->d, in->at, "%s",
				  check_shares_text(other, in, text));
	}
}

/* The addresses of FAMILY that IN gives away; false: not known. */
static bool range_of(const struct instance *in, unsigned int family,
		     struct addr *first, struct addr *last)
{
	if (family == FAMILY_IP4) {
		*first = in->has_net ? in->net_first : in->pool_first;
		*last = in->has_net ? in->net_last : in->pool_last;
		return in->has_net || in->has_pool;
	}
	*first = in->has_net6 ? in->net6_first : in->pool6_first;
	*last = in->has_net6 ? in->net6_last : in->pool6_last;
	return in->has_net6 || in->has_pool6;
}

bool check_overlap(const struct instance *a, const struct instance *b,
		   unsigned int family, struct addr *at)
{
	size_t n = family_bytes(family);
	struct addr first, last, from, to;

	if (a->ipsec || b->ipsec || !range_of(a, family, &first, &last) ||
	    !range_of(b, family, &from, &to) ||
	    memcmp(first.b, to.b, n) > 0 || memcmp(from.b, last.b, n) > 0)
		return false;
	*at = memcmp(first.b, from.b, n) > 0 ? first : from;
	return true;
}

static void check_two(struct checking *x, const struct instance *a,
		      const struct instance *b)
{
	static const unsigned int families[] = { FAMILY_IP4, FAMILY_IP6 };
	char text[ADDR_TEXT];
	struct addr at;
	size_t i;

	for (i = 0; i < 2; i++)
		if (check_overlap(a, b, families[i], &at))
			diag_warn(x->d, b->at, CHECK_OVERLAP, a->name, b->name,
				  addr_format(families[i], &at, text));
}

static void check_networks(struct checking *x)
{
	const struct instance *a, *b;

	vec_each(b, &x->conf->instances)
		for (a = x->conf->instances.v; a < b; a++)
			check_two(x, a, b);
}

static const struct instance *find_instance(const struct conf *conf,
					    struct str name)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (in->name && str_equal(str_of(in->name), name))
			return in;
	return NULL;
}

const struct instance *check_pool_of(const struct conf *conf,
				     const struct binding *b)
{
	const struct instance *in;

	if (b->source != BINDING_CCD || !prefix_is_host(&b->net))
		return NULL;
	in = find_instance(conf, b->instance);
	return in && instance_pool_overlaps(in, &b->net) ? in : NULL;
}

static struct str owner_name(const struct policy *p, const struct binding *b)
{
	return p->clients.v[b->client].name;
}

/* The most names in one note. */
#define NAMES_SHOWN 8

/* Name the owners of other addresses in pools, after FIRST. */
static void note_others(struct checking *x, const struct binding *first)
{
	char *text = NULL, *before;
	const struct binding *b;
	unsigned int n = 0;

	for (b = first + 1; b < vec_end(&x->p->bindings); b++) {
		if (!check_pool_of(x->conf, b) || n++ >= NAMES_SHOWN)
			continue;
		before = text;
		text = mem_printf("%s%s\"%.*s\"", before ? before : "",
				  before ? ", " : "",
				  STR_ARG(owner_name(x->p, b)));
		free(before);
	}
	if (n > NAMES_SHOWN)
		diag_note(x->d, LOC_NONE, "the same: %s and %u more", text,
			  n - NAMES_SHOWN);
	else if (n)
		diag_note(x->d, LOC_NONE, "the same: %s", text);
	free(text);
}

const char *check_no_topology_text(const struct instance *in)
{
	return in->topology == TOPOLOGY_SUBNET
		? "no topology: taken as subnet, since ipp.txt shows it and OpenVPN 2.7 has it; OpenVPN 2.6 has net30: write \"topology subnet\""
		: "no topology: taken as net30, as OpenVPN up to 2.6 has it; OpenVPN 2.7 has subnet: write the topology";
}

static void check_no_topology(struct checking *x)
{
	const struct instance *in;

	vec_each(in, &x->conf->instances)
		if (in->no_topology_at.src)
			diag_warn(x->d, in->no_topology_at, "%s",
				  check_no_topology_text(in));
}

/* One warning for all: a pool that is too large concerns each client. */
static void check_address_in_pool(struct checking *x)
{
	const struct binding *b;
	char text[ADDR_TEXT];

	vec_each(b, &x->p->bindings) {
		if (!check_pool_of(x->conf, b))
			continue;
		diag_warn(x->d, b->at,
			  "%s lies in the pool: OpenVPN gives it to others while \"%.*s\" is away",
			  prefix_format(&b->net, text),
			  STR_ARG(owner_name(x->p, b)));
		note_others(x, b);
		return;
	}
}

/* Shows at most DIAG_BUDGET clients. */
static void check_no_file(struct checking *x)
{
	const struct client *c;
	unsigned int n = 0;

	vec_each(c, &x->p->clients)
		if (c->state == CLIENT_NO_FILE &&
		    !str_equal(c->name, STR(NAME_NOBODY)) && n++ < DIAG_BUDGET)
			diag_warn(x->d, LOC_NONE,
				  "\"%.*s\" has no policy file: it is closed",
				  STR_ARG(c->name));
	if (n > DIAG_BUDGET)
		diag_note(x->d, LOC_NONE, "and %u more", n - DIAG_BUDGET);
}

static void check_no_address(struct checking *x)
{
	bool *has = mem_zalloc(x->p->clients.n + 1, sizeof(*has));
	const struct binding *b;
	const struct client *c;

	vec_each(b, &x->p->bindings)
		has[b->client] = true;
	vec_each(c, &x->p->clients)
		if (!has[c - x->p->clients.v])
			diag_info(x->d, LOC_NONE,
				  "\"%.*s\" has no address before it connects",
				  STR_ARG(c->name));
	free(has);
}

static int cmp_peers(const void *pa, const void *pb)
{
	const struct pf_peer *a = *(const struct pf_peer *const *)pa;
	const struct pf_peer *b = *(const struct pf_peer *const *)pb;

	return str_cmp(a->name, b->name);
}

static void check_unknown_name(struct checking *x)
{
	struct { VEC(const struct pf_peer *) list; } unknown = { 0 };
	const struct pf_peer **i, *peer;
	const struct client *c;

	if (!x->d->verbose)
		return;
	vec_each(c, &x->p->clients)
		vec_each(peer, &c->pf.peers)
			if (policy_index(x->p, peer->name) < 0)
				vec_push(&unknown.list, peer);
	vec_sort(&unknown.list, cmp_peers);
	vec_each(i, &unknown.list)
		if (i == unknown.list.v || cmp_peers(i - 1, i))
			diag_info(x->d, (*i)->at, "there is no client \"%.*s\"",
				  STR_ARG((*i)->name));
	vec_fini(&unknown.list);
}

static const struct check {
	const char *name;
	void (*run)(struct checking *x);
} checks[] = {
	{ "shared-interface", check_shared_interface },
	{ "no-topology", check_no_topology },
	{ "networks-overlap", check_networks },
	{ "address-in-pool", check_address_in_pool },
	{ "no-file", check_no_file },
	{ "no-address", check_no_address },
	{ "unknown-name", check_unknown_name },
};

void check_policy(const struct conf *conf, const struct policy *p,
		  struct diag *d)
{
	struct checking x = { conf, p, d };
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		checks[i].run(&x);
}
