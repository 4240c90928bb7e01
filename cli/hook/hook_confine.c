/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses a hook may give to its client: a server that was broken into,
 * or a mistake in it, shall not take those of others.
 */
#include "config.h"

#include "cli/hook/hook_part.h"

#include <errno.h>

static int say(struct hook_call *h, const struct prefix *net, const char *why,
	       const char *whose)
{
	char text[ADDR_TEXT];

	return diag_error(&h->sync.cli->diag, LOC_NONE, -EACCES,
			  "\"%.*s\" cannot have %s at \"%s\": %s%s: refused",
			  STR_ARG(h->name), prefix_format(net, text),
			  hook_server(h), why, whose);
}

/* Is NET the client's by its file in client-config-dir?  *EXACTLY: it stands
 * there; else it is inside an iroute.  -errno (reported): not known. */
static int find_in_ccd(struct hook_call *h, const struct prefix *net,
		       bool *inside, bool *exactly)
{
	const struct ccd_net *route;
	struct prefix own;
	struct ccd ccd;
	int r;

	*inside = *exactly = false;
	if (!h->instance->ccd)
		return 0;
	r = load_ccd(&h->sync.compile.load, h->instance, h->name, &ccd,
		     &h->sync.cli->diag);
	*exactly = (ccd.has_ip4 && !prefix_cmp(&ccd.ip4.net, net)) ||
		   (ccd.has_ip6 && !prefix_cmp(&ccd.ip6.net, net));
	vec_each(route, &ccd.iroutes) {
		own = route->net;
		prefix_mask(&own);
		*exactly |= !prefix_cmp(&own, net);
		*inside |= prefix_covers(&own, net);
	}
	ccd_fini(&ccd);
	return r;
}

/* Another server's, or an ipsec section's. */
static const struct instance *find_owner(const struct hook_call *h,
					 const struct prefix *net)
{
	const struct instance *in;

	vec_each(in, &h->sync.compile.load.conf.instances)
		if (in != h->instance && in->name && instance_overlaps(in, net))
			return in;
	return NULL;
}

int hook_confine(struct hook_call *h, const struct prefix *net)
{
	const struct instance *in = h->instance, *other;
	bool inside, exactly;
	int r;

	other = find_owner(h, net);
	if (prefix_is_host(net) && instance_overlaps(in, net))
		return 0;
	/* whatever the file says, which may not be readable now */
	if (net->len && !other && !instance_knows_addresses(in, net->family))
		return 0;
	r = find_in_ccd(h, net, &inside, &exactly);
	if (r || exactly)
		return r;
	if (!net->len)
		return say(h, net, "that is everybody", "");
	if (other)
		return say(h, net, "it is of ", other->name);
	if (inside || (prefix_is_host(net) && hook_own_net(h, net).line.p))
		return 0;
	return say(h, net,
		   "it is neither of the server's network nor in the client's file in client-config-dir",
		   "");
}
