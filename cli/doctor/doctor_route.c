/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes to the clients' addresses and networks. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/doctor/device_link.h"
#include "cli/doctor/doctor.h"
#include "compiler/openvpn/ovaddr.h"

struct nets {
	const struct instance *in;
	VEC(struct prefix) list;
};

static bool overlap(const struct prefix *a, const struct prefix *b)
{
	return a->family == b->family &&
	       (prefix_covers(a, b) || prefix_covers(b, a));
}

static const char *word_of(const struct ovline *line, unsigned int i)
{
	return i < line->n ? line->word[i].text : "";
}

/* An address and a netmask; without a good mask the address alone. */
static void add_net4(struct nets *nets, const char *address, const char *mask)
{
	struct prefix net, bits;
	int len = 32;

	if (ovaddr_ip4(address, &net))
		return;
	if (!ovaddr_ip4(mask, &bits))
		len = ovaddr_mask_length(addr_ip4(&bits.addr));
	net.len = len < 0 ? 32 : (uint8_t)len;
	prefix_mask(&net);
	vec_push(&nets->list, net);
}

static void add_net6(struct nets *nets, const char *text)
{
	struct prefix net;

	if (ovaddr_ip6(text, &net))
		return;
	prefix_mask(&net);
	vec_push(&nets->list, net);
}

/* The networks that a line of the server's configuration routes into the
 * tunnel. */
static void add_line(struct nets *nets, const struct ovline *line)
{
	const char *name = line->word[0].text;
	const char *first = word_of(line, 1), *second = word_of(line, 2);

	if (!strcmp(name, "server") || !strcmp(name, "server-bridge")) {
		add_net4(nets, first, second);
	} else if (!strcmp(name, "route")) {
		if (strcmp(word_of(line, 3), "net_gateway") != 0)
			add_net4(nets, first, second);
	} else if (!strcmp(name, "ifconfig")) {
		add_net4(nets, first, second);
		if (nets->in->topology != TOPOLOGY_SUBNET)
			add_net4(nets, second, "");
	} else if (!strcmp(name, "server-ipv6") ||
		   !strcmp(name, "ifconfig-ipv6") ||
		   !strcmp(name, "route-ipv6")) {
		add_net6(nets, first);
	}
}

/* End OUT with vec_fini. */
static void read_nets(const struct doctor *x, const struct instance *in,
		      struct nets *out)
{
	struct doctor_line **l;

	*out = (struct nets){ .in = in };
	vec_each(l, &x->lines)
		if ((*l)->in == in)
			add_line(out, &(*l)->line);
}

static bool is_configured(const struct nets *nets, const struct prefix *net)
{
	const struct prefix *i;

	vec_each(i, &nets->list)
		if (overlap(i, net))
			return true;
	return false;
}

static bool is_routed(const struct doctor *x, const struct nets *nets,
		      const struct prefix *net)
{
	return is_configured(nets, net) ||
	       (!x->cli->offline && device_has_route(nets->in->dev, net));
}

/* A network behind a client, or a fixed address, to which nothing sends. A tap
 * has no iroute. */
static void find_no_route(struct doctor *x, const struct instance *in)
{
	const struct policy *p = &x->compile.policy;
	const struct binding *b;
	char text[ADDR_TEXT];
	struct nets nets;

	if (!in->config || in->tap)
		return;
	read_nets(x, in, &nets);
	vec_each(b, &p->bindings)
		if (b->source == BINDING_CCD &&
		    str_equal(b->instance, str_of(in->name)) &&
		    !is_routed(x, &nets, &b->net))
			doctor_found_of(x, in, b->at, doctor_owner(x, b),
					"no route leads to %s of \"%.*s\": the kernel does not send its packets to OpenVPN",
					prefix_format(&b->net, text),
					STR_ARG(doctor_owner(x, b)));
	vec_fini(&nets.list);
}

/* Has the client an address by what a hook or the server said? */
static bool is_connected(const struct doctor *x, const struct instance *in,
			 unsigned int client)
{
	const struct binding *b;

	vec_each(b, &x->compile.policy.bindings)
		if (b->source == BINDING_LIVE && b->client == client &&
		    str_equal(b->instance, str_of(in->name)))
			return true;
	return false;
}

/* The line of server.conf is there, but the kernel's route is not: others took
 * it away, or OpenVPN with its module, which has a route for each iroute. */
static void find_lost_route(struct doctor *x, const struct instance *in)
{
	const struct policy *p = &x->compile.policy;
	const struct binding *b;
	char text[ADDR_TEXT];
	struct nets nets;

	if (x->cli->offline || in->tap)
		return;
	read_nets(x, in, &nets);
	vec_each(b, &p->bindings)
		if (b->source == BINDING_CCD && !prefix_is_host(&b->net) &&
		    b->net.len && str_equal(b->instance, str_of(in->name)) &&
		    is_configured(&nets, &b->net) &&
		    !device_has_route(in->dev, &b->net) &&
		    is_connected(x, in, b->client))
			doctor_found_of(x, in, b->at, doctor_owner(x, b),
					"\"%.*s\" is connected, and the kernel has no route for %s to %s",
					STR_ARG(doctor_owner(x, b)),
					prefix_format(&b->net, text), in->dev);
	vec_fini(&nets.list);
}

const struct doctor_check doctor_route_checks[] = {
	{ "iroute-without-route",
	  "route NETWORK NETMASK, or route-ipv6, in server.conf",
	  .run_server = find_no_route },
	{ "iroute-lost", "restart the server, or ip route add NETWORK dev DEV",
	  .run_server = find_lost_route },
	{ NULL, NULL, NULL, NULL },
};
