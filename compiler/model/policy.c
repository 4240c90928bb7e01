/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/policy.h"

#include <errno.h>
#include <string.h>

#include "compiler/model/shut.h"
#include "compiler/model/tundev.h"

static void client_fini(struct client *c)
{
	pffile_fini(&c->pf);
}

void policy_end_dev(struct vpn_dev *dev)
{
	free(dev->name);
	free(dev->vrf);
}

void policy_fini(struct policy *p)
{
	struct vpn_dev *dev;
	struct client *c;
	struct vpn *vpn;
	char **other;

	vec_each(c, &p->clients)
		client_fini(c);
	vec_each(other, &p->others)
		free(*other);
	vec_fini(&p->others);
	vec_each(vpn, &p->vpns) {
		free(vpn->server);
		free(vpn->dev);
		vec_each(dev, &vpn->devs)
			policy_end_dev(dev);
		vec_fini(&vpn->devs);
		ipsec_free(vpn->ipsec);
	}
	vec_fini(&p->clients);
	vec_fini(&p->bindings);
	vec_fini(&p->doubtful);
	vec_fini(&p->macs);
	vec_fini(&p->vpns);
	vec_fini(&p->shut);
	vec_fini(&p->gone);
	vec_fini(&p->gone_macs);
}

void policy_add_dev(struct vpn *vpn, struct str name)
{
	vec_push(&vpn->devs, ((struct vpn_dev){
		.name = mem_dup(name.p, name.n) }));
}

static const struct vpn_dev *find_dev(const struct vpn *vpn, const char *name)
{
	const struct vpn_dev *dev;

	vec_each(dev, &vpn->devs)
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

bool policy_has_dev(const struct vpn *vpn, const char *name)
{
	return find_dev(vpn, name);
}

static bool same_vrf(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a == !b;
}

bool policy_has_dev_in(const struct vpn *vpn, const char *name,
		       const char *vrf)
{
	const struct vpn_dev *dev = find_dev(vpn, name);

	return dev && same_vrf(dev->vrf, vrf);
}

/* The I-th interface in a VRF of an open server. */
static const char *nth_vrf(const struct policy *p, size_t i)
{
	const struct vpn_dev *dev;
	const struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		vec_each(dev, &vpn->devs)
			if (!vpn->shut && dev->vrf && !i--)
				return dev->vrf;
	return NULL;
}

const char *policy_next_vrf(const struct policy *p, size_t *i)
{
	const char *vrf;
	size_t before;

	while ((vrf = nth_vrf(p, (*i)++))) {
		for (before = 0; strcmp(nth_vrf(p, before), vrf); before++)
			;
		if (before + 1 == *i)
			return vrf;
	}
	return NULL;
}

static bool same_devs(const struct vpn *a, const struct vpn *b)
{
	size_t i;

	if (a->devs.n != b->devs.n)
		return false;
	for (i = 0; i < a->devs.n; i++)
		if (strcmp(a->devs.v[i].name, b->devs.v[i].name) ||
		    !same_vrf(a->devs.v[i].vrf, b->devs.v[i].vrf))
			return false;
	return true;
}

bool policy_same_devs(const struct policy *a, const struct policy *b)
{
	size_t i;

	if (a->vpns.n != b->vpns.n || a->others.n != b->others.n)
		return false;
	for (i = 0; i < a->vpns.n; i++)
		if (!same_devs(&a->vpns.v[i], &b->vpns.v[i]))
			return false;
	for (i = 0; i < a->others.n; i++)
		if (strcmp(a->others.v[i], b->others.v[i]))
			return false;
	return true;
}

struct vpn *policy_add_vpn(struct policy *p, struct str server, struct str dev,
			   bool tap, const struct ipsec *ipsec)
{
	struct vpn *vpn = vec_add(&p->vpns);

	*vpn = (struct vpn){
		.server = mem_dup(server.p, server.n),
		.tap = tap, .ipsec = ipsec_copy(ipsec),
	};
	vpn->dev = ipsec ? mem_copy(VPN_NO_DEV) : mem_dup(dev.p, dev.n);
	if (!ipsec && !tundev_is_pattern(vpn->dev))
		policy_add_dev(vpn, dev);
	return vpn;
}

void policy_add_shut(struct policy *p, const struct vpn *vpn)
{
	struct vpn *shut = policy_add_vpn(p, str_of(vpn->server),
					  str_of(vpn->dev), vpn->tap,
					  vpn->ipsec);
	const struct vpn_dev *dev;

	shut->shut = true;
	vec_each(dev, &vpn->devs) {
		if (!policy_has_dev(shut, dev->name))
			policy_add_dev(shut, str_of(dev->name));
		if (dev->vrf)
			shut->devs.v[shut->devs.n - 1].vrf = mem_copy(dev->vrf);
	}
}

/* The only OpenVPN server; -1: there is none, or several. */
static int only_vpn(const struct policy *p)
{
	const struct vpn *vpn;
	int found = -1;

	vec_each(vpn, &p->vpns) {
		if (vpn->ipsec)
			continue;
		if (found >= 0)
			return -1;
		found = (int)(vpn - p->vpns.v);
	}
	return found;
}

int policy_vpn_of(const struct policy *p, struct str server)
{
	const struct vpn *vpn;

	if (!server.n || str_equal(server, STR("-")))
		return only_vpn(p);
	vec_each(vpn, &p->vpns)
		if (str_equal(str_of(vpn->server), server))
			return (int)(vpn - p->vpns.v);
	return -1;
}

bool policy_is_astray(const struct policy *p, const struct binding *b)
{
	return b->source == BINDING_LIVE && p->vpns.n && !b->away &&
	       policy_vpn_of(p, b->instance) < 0;
}

static bool has_net(const struct ipsec *ipsec, const struct prefix *net)
{
	const struct prefix *other;

	vec_each(other, &ipsec->clients)
		if (!prefix_cmp(other, net))
			return true;
	return false;
}

static bool has_inside(const struct ipsec *ipsec, const char *name)
{
	char *const *other;

	vec_each(other, &ipsec->inside)
		if (!strcmp(*other, name))
			return true;
	return false;
}

/* All networks, and on all interfaces that B does not leave out. */
static bool covers_tunnels(const struct ipsec *a, const struct ipsec *b)
{
	const struct prefix *net;
	char *const *name;

	vec_each(net, &b->clients)
		if (!has_net(a, net))
			return false;
	vec_each(name, &a->inside)
		if (!has_inside(b, *name))
			return false;
	return true;
}

static bool covers(const struct vpn *a, const struct vpn *b)
{
	if (!a->ipsec || !b->ipsec)
		return !a->ipsec && !b->ipsec && !strcmp(a->dev, b->dev);
	return covers_tunnels(a->ipsec, b->ipsec);
}

bool policy_covers(const struct policy *p, const struct vpn *vpn)
{
	const struct vpn *other;

	vec_each(other, &p->vpns)
		if (covers(other, vpn))
			return true;
	return false;
}

struct client *policy_add_client(struct policy *p, struct str name)
{
	struct client *c = vec_add(&p->clients);

	*c = (struct client){ .name = name, .state = CLIENT_NO_FILE };
	return c;
}

static int cmp_clients(const void *a, const void *b)
{
	return str_cmp(((const struct client *)a)->name,
		       ((const struct client *)b)->name);
}

/* Of duplicates the client with a file is kept: the others are from addresses
 * only. */
void policy_sort(struct policy *p)
{
	struct client *c, *last = NULL;
	size_t n = 0;

	vec_sort(&p->clients, cmp_clients);
	vec_each(c, &p->clients) {
		if (last && str_equal(last->name, c->name)) {
			if (!last->file && c->file) {
				client_fini(last);
				*last = *c;
			} else {
				client_fini(c);
			}
			continue;
		}
		last = &p->clients.v[n++];
		*last = *c;
	}
	p->clients.n = n;
}

int policy_index(const struct policy *p, struct str name)
{
	size_t low = 0, high = p->clients.n, mid;
	int r;

	while (low < high) {
		mid = (low + high) / 2;
		r = str_cmp(name, p->clients.v[mid].name);
		if (!r)
			return (int)mid;
		if (r < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

struct client *policy_find(const struct policy *p, struct str name)
{
	int i = policy_index(p, name);

	return i < 0 ? NULL : &p->clients.v[i];
}

void policy_bind(struct policy *p, const struct binding *b)
{
	vec_push(&p->bindings, *b);
}

void policy_bind_endpoint(struct policy *p, const struct endpoint *e,
			  struct binding b)
{
	struct mac_binding mac = { .client = b.client, .instance = b.instance };

	if (e->is_mac) {
		memcpy(mac.mac, e->mac, sizeof(mac.mac));
		vec_push(&p->macs, mac);
		return;
	}
	b.net = e->net;
	prefix_mask(&b.net);
	policy_bind(p, &b);
}

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

/* The first of NET among the N bindings at B; NULL: none. */
static const struct binding *find_binding(const struct binding *b, size_t n,
					   const struct prefix *net)
{
	size_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (prefix_cmp(&b[mid].net, net) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && !prefix_cmp(&b[low].net, net) ? &b[low] : NULL;
}

/* The longest prefix with A.  *OWNER or *DOUBT is set, or neither. */
static void find_longest(const struct policy *p, unsigned int family,
			 const struct addr *a, const struct binding **owner,
			 const struct binding **doubt)
{
	bool nets = family == FAMILY_IP4 ? p->layout.net4 : p->layout.net6;
	struct prefix key = { .addr = *a, .family = (uint8_t)family };
	unsigned int len = family_bits(family);

	for (;; len--) {
		key.len = (uint8_t)len;
		prefix_mask(&key);
		*owner = find_binding(p->bindings.v, p->bindings.n, &key);
		*doubt = find_binding(p->doubtful.v, p->doubtful.n, &key);
		if (*owner || *doubt || !len || !nets)
			return;
	}
}

const struct binding *policy_owner(const struct policy *p,
				   unsigned int family, const struct addr *a)
{
	const struct binding *owner, *doubt;

	find_longest(p, family, a, &owner, &doubt);
	return owner;
}

const struct binding *policy_doubt(const struct policy *p,
				   unsigned int family, const struct addr *a)
{
	const struct binding *owner, *doubt;

	find_longest(p, family, a, &owner, &doubt);
	return doubt;
}

const char *binding_source_name(enum binding_source s)
{
	switch (s) {
	case BINDING_IPP:
		return "ipp.txt";
	case BINDING_CCD:
		return "client-config-dir";
	case BINDING_LIVE:
		return "live";
	}
	return "?";
}

const char *client_state_name(enum client_state s)
{
	switch (s) {
	case CLIENT_OPEN:
		return "open";
	case CLIENT_NO_FILE:
		return "no file";
	case CLIENT_BAD_FILE:
		return "bad file";
	case CLIENT_KILL:
		return "[KILL]";
	}
	return "?";
}
