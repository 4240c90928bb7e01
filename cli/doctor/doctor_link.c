/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's links: packets that are too large for one, fragments, bridges. */
#include "config.h"

#include <stdlib.h>

#include "cli/doctor/device.h"
#include "cli/doctor/device_link.h"
#include "cli/doctor/doctor.h"
#include "compiler/model/verdict.h"

/* The limit of a TCP packet in the tunnel: mssfix counts the packet outside,
 * with at least 52 bytes of IP, UDP and OpenVPN. Its default is 1492, if no
 * tun-mtu is set. */
static long largest_tcp(const struct doctor *x, const struct instance *in,
			long mtu)
{
	const struct ovline *line = doctor_option(x, in, "mssfix");
	long fix = doctor_option(x, in, "tun-mtu") ? 0 : 1492;

	if (line && line->n > 1)
		fix = atol(line->word[1].text);
	return fix > 52 && fix - 52 < mtu ? fix - 52 : mtu;
}

/* Does C's file drop the message "fragmentation needed" of a router? */
static bool drops_icmp(const struct client *c)
{
	const struct service_key icmp = {
		.known = true, .proto = PF_PROTO_ICMP,
	};
	/* of a network for examples: of a router that no file names */
	const struct prefix router = prefix_ip4(0xc0000201, 32);

	return c->state == CLIENT_OPEN &&
	       !verdict_addr(c, &router, &icmp).accept;
}

static void find_small_link(struct doctor *x, const struct instance *in)
{
	char link[IFNAMSIZ];
	long mtu = device_mtu(in->dev), small;
	const struct client *c;

	if (!mtu)
		return;
	small = device_smallest_link(&x->compile.load.conf, link);
	if (!small || small >= largest_tcp(x, in, mtu))
		return;
	vec_each(c, &x->compile.policy.clients)
		if (drops_icmp(c))
			doctor_found_of(x, in, LOC_NONE, c->name,
					"packets of up to %ld bytes do not fit through %s, with %ld, and the file of \"%.*s\" drops the ICMP message that says so: connections hang",
					largest_tcp(x, in, mtu), link, small,
					STR_ARG(c->name));
}

static bool has_ports(const struct client *c)
{
	const struct pf_service *s;

	vec_each(s, &c->pf.services)
		if (s->ports.n || s->client_ports.to)
			return c->state == CLIENT_OPEN;
	return false;
}

/* Only with connection tracking the kernel puts fragments together before the
 * rules. */
static void find_fragments(struct doctor *x)
{
	const struct client *c;

	if (sysctl_is_positive("net/netfilter/nf_conntrack_count"))
		return;
	vec_each(c, &x->compile.policy.clients)
		if (has_ports(c))
			doctor_found_of(x, NULL, c->pf.services.v[0].at,
					c->name,
					"the kernel does not reassemble fragments, and only the first has a port: [SERVICES] of \"%.*s\" does not match the others",
					STR_ARG(c->name));
}

/* With br_netfilter, what a bridge passes on between its hosts meets the rules:
 * these hosts are no clients, or have addresses of clients. */
static void find_bridge_hosts(struct doctor *x)
{
	const struct instance *in;

	vec_each(in, &x->compile.load.conf.instances) {
		if (!in->dev || !device_is_asking_bridge(in->dev) ||
		    !device_bridges_hosts(in->dev))
			continue;
		if (in->ipsec)
			doctor_found(x, in, in->at,
				     "%s is a bridge whose packets meet the rules: hosts on it with an address of \"%s\" cannot reach each other",
				     in->dev, in->name);
		else
			doctor_found(x, in, in->at,
				     "%s is a bridge whose packets meet the rules: hosts on it are no clients, and are dropped",
				     in->dev);
	}
}

const struct doctor_check doctor_link_checks[] = {
	{ "small-link",
	  "below [SERVICES] +0.0.0.0/0 icmp, or a smaller mssfix",
	  .run_server = find_small_link },
	{ "fragments",
	  "a rule that tracks connections, as of NAT, or [SERVICES] lines without ports",
	  find_fragments, NULL },
	{ "bridge-hosts",
	  "IPsec: sysctl net.bridge.bridge-nf-call-iptables=0 (and ip6tables); tap: a bridge for clients only",
	  find_bridge_hosts, NULL },
	{ NULL, NULL, NULL, NULL },
};
