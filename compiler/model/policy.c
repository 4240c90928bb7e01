/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/policy.h"

#include <stdlib.h>
#include <string.h>

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
