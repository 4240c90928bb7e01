/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/world_random.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/lib/bind_text.h"

#define COUNT(array) ((unsigned int)(sizeof(array) / sizeof((array)[0])))

/* Some of them are clients, all of them are named in lists. */
static const char *const names[] = {
	"-dash", "10.8.0.2", "@group", "Ann", "J\303\274rgen", "a b", "ann",
	"bob", "eve", "john", "max", "nick", "x/y", "zz zz",
};

static const char *const nets4[] = {
	"10.9.0.0/16", "10.9.0.0/20", "10.9.1.0/24", "10.9.1.128/25",
	"10.9.1.130/31", "10.8.0.0/28", "10.8.0.4/30", "255.255.255.254/31",
	"0.0.0.0/1", "0.0.0.0/0",
};

static const char *const nets6[] = {
	"fd09::/32", "fd09::/48", "fd09:0:1::/48", "fd09:0:1::10/124",
	"fd08::/124", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "::/0",
};

static const char *const hosts4[] = {
	"10.9.1.131", "10.9.1.7", "10.9.15.255", "0.0.0.0", "255.255.255.255",
};

static const char *const hosts6[] = {
	"fd09:0:1::11", "fd09::1", "::",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static const char *const far4[] = {
	"10.0.4.7", "10.0.5.17", "10.0.5.16", "10.1.0.0", "192.168.1.1",
	"224.0.0.5", "127.0.0.1",
};

static const char *const far6[] = {
	"fd00:1::1", "fd00:2::", "2001:db8::7", "ff02::1", "fe80::1", "::1",
};

static struct prefix parse(const char *text)
{
	struct prefix p;

	if (prefix_parse(str_of(text), &p))
		abort();
	return p;
}

/* Where lists of SUBNETS and SERVICES are at home. */
static void print_net(struct rng *rng, bool ip6, FILE *out)
{
	static const unsigned char lens4[] = { 0, 1, 8, 15, 16, 22, 24, 24, 25,
					       28, 30, 31, 32, 32, 32 };
	static const unsigned char lens6[] = { 0, 1, 7, 16, 32, 48, 64, 127,
					       128, 128 };
	struct prefix p;
	char text[ADDR_TEXT];

	if (ip6) {
		p = parse(far6[rng_below(rng, COUNT(far6))]);
		p.len = lens6[rng_below(rng, COUNT(lens6))];
	} else {
		p = parse(far4[rng_below(rng, COUNT(far4))]);
		p.addr.b[3] ^= (uint8_t)rng_below(rng, 4);
		p.len = lens4[rng_below(rng, COUNT(lens4))];
	}
	prefix_mask(&p);
	fprintf(out, "%s", prefix_format(&p, text));
}

static char sign(struct rng *rng)
{
	return rng_percent(rng, 50) ? '+' : '-';
}

/* Longer than what stays a list of rules, within 10.0.0.0/16. */
static void print_long_list(struct rng *rng, bool ip6, FILE *out)
{
	unsigned int n = 40 + rng_below(rng, 60), net;
	bool host;
	char c;

	for (; n; n--) {
		c = sign(rng);
		net = rng_below(rng, 64);
		host = rng_percent(rng, 30);
		if (ip6 && rng_percent(rng, 40))
			fprintf(out, "%cfd00:1::%x/%u\n", c, 4 * net,
				host ? 128 : 126);
		else
			fprintf(out, "%c10.0.%u.%u/%u\n", c, 4 + net % 2,
				4 * net, host ? 32 : 30);
	}
}

static void print_subnets(struct rng *rng, bool ip6, FILE *out)
{
	unsigned int n = rng_below(rng, 8);

	fprintf(out, "[SUBNETS %s]\n", rng_percent(rng, 50) ? "ACCEPT"
							    : "DROP");
	if (rng_percent(rng, 12))
		print_long_list(rng, ip6, out);
	for (; n; n--) {
		fputc(sign(rng), out);
		if (rng_percent(rng, 8))
			fputs("unknown", out);
		else
			print_net(rng, ip6 && rng_percent(rng, 50), out);
		fputc('\n', out);
	}
}

static void print_services(struct rng *rng, bool ip6, FILE *out)
{
	static const char *const rests[] = {
		"any", "tcp", "udp 53", "tcp 22,80-90", "sctp 7", "icmp",
		"tcp 1-65535", "udp", "tcp 22 from 1024-65535",
		"udp from 53", "sctp 7,9 from 7",
	};
	unsigned int n = rng_below(rng, 4);

	fputs("[SERVICES]\n", out);
	for (; n; n--) {
		fputc(sign(rng), out);
		print_net(rng, ip6 && rng_percent(rng, 50), out);
		fprintf(out, " %s\n", rests[rng_below(rng, COUNT(rests))]);
	}
}

static void print_clients(struct rng *rng, FILE *out)
{
	unsigned int i, percent = rng_below(rng, 60);

	fprintf(out, "[CLIENTS %s]\n", rng_percent(rng, 50) ? "ACCEPT"
							    : "DROP");
	for (i = 0; i < COUNT(names); i++)
		if (rng_percent(rng, percent))
			fprintf(out, "%c%s\n", sign(rng), names[i]);
}

/* REST: sections that several clients have in common */
static char *make_rest(struct rng *rng, bool ip6)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	/* IPv6 in a list of SUBNETS needs such a line, too */
	if (ip6 || rng_percent(rng, 30))
		print_services(rng, ip6, out);
	if (rng_percent(rng, 90))
		print_subnets(rng, ip6, out);
	fclose(out);
	return text;
}

static void make_file(struct world *w, struct rng *rng, const char *rest,
		      struct client *c)
{
	const struct pffile_options opt = { 0 };
	struct diag silent = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (rng_percent(rng, 90))
		print_clients(rng, out);
	fprintf(out, "%s[END]\n", rest);
	fclose(out);
	c->file = source_text(&w->sources, "random.pf", text, size);
	free(text);
	if (pffile_parse(c->file, &opt, &c->pf, &silent))
		abort();
	c->state = CLIENT_OPEN;
}

static void make_clients(struct world *w, struct rng *rng)
{
	static const enum client_state closed[] = {
		CLIENT_NO_FILE, CLIENT_BAD_FILE, CLIENT_KILL,
	};
	char *rests[3];
	struct client *c;
	unsigned int i;

	for (i = 0; i < COUNT(rests); i++)
		rests[i] = make_rest(rng, w->ip6);
	for (i = 0; i < COUNT(names); i++) {
		if (rng_percent(rng, 25))
			continue;
		c = policy_add_client(&w->policy, str_of(names[i]));
		if (rng_percent(rng, 80))
			make_file(w, rng, rests[rng_below(rng, COUNT(rests))],
				  c);
		else
			c->state = closed[rng_below(rng, COUNT(closed))];
	}
	for (i = 0; i < COUNT(rests); i++)
		free(rests[i]);
	policy_sort(&w->policy);
}

static void bind_address(struct world *w, struct rng *rng, unsigned int client,
			 const char *text)
{
	enum binding_source source = rng_below(rng, 3);

	if (bind_text(&w->policy, text, client, source, STR("office")))
		abort();
}

/* Below N, a low one more often. */
static unsigned int rng_low(struct rng *rng, unsigned int n)
{
	return rng_below(rng, 1 + rng_below(rng, n));
}

static void bind_wide(struct world *w, struct rng *rng, unsigned int client,
		      bool ip6)
{
	static const unsigned char bytes[] = { 0, 1, 2, 15, 16, 17, 128, 255 };
	unsigned int n = rng_below(rng, 9), byte[3], i;
	char text[ADDR_TEXT];

	for (; n; n--) {
		for (i = 0; i < 3; i++)
			byte[i] = bytes[rng_below(rng, COUNT(bytes))];
		if (ip6)
			snprintf(text, sizeof(text), "fd08::%x:%x:%x", byte[0],
				 byte[1], byte[2]);
		else
			snprintf(text, sizeof(text), "10.8.%u.%u", byte[1],
				 byte[2]);
		bind_address(w, rng, client, text);
	}
}

static void bind_family(struct world *w, struct rng *rng, unsigned int client,
			bool ip6)
{
	unsigned int n = rng_below(rng, 3);
	char text[ADDR_TEXT];

	if (w->wide)
		bind_wide(w, rng, client, ip6);
	for (; n; n--) {
		snprintf(text, sizeof(text), ip6 ? "fd08::%x" : "10.8.0.%u",
			 rng_below(rng, 24));
		bind_address(w, rng, client, text);
	}
	if (rng_percent(rng, 10))
		bind_address(w, rng, client, ip6
			? hosts6[rng_below(rng, COUNT(hosts6))]
			: hosts4[rng_below(rng, COUNT(hosts4))]);
	/* the first ones more often: the last hold everything */
	if (w->nets && rng_percent(rng, 40))
		bind_address(w, rng, client, ip6
			? nets6[rng_low(rng, COUNT(nets6))]
			: nets4[rng_low(rng, COUNT(nets4))]);
}

static void bind_all(struct world *w, struct rng *rng)
{
	unsigned int i, m;
	char text[ADDR_TEXT];

	for (i = 0; i < w->policy.clients.n; i++) {
		bind_family(w, rng, i, false);
		if (w->ip6)
			bind_family(w, rng, i, true);
		for (m = w->tap ? rng_below(rng, 3) : 0; m; m--) {
			snprintf(text, sizeof(text), "02:00:00:00:%02x:%02x",
				 i, m);
			bind_address(w, rng, i, text);
		}
	}
}

/* NET's ends and their neighbours outside. */
static void add_edges(struct world *w, const struct prefix *net, bool far)
{
	struct prefix host = *net;
	unsigned int i;
	bool ok;

	host.len = (uint8_t)family_bits(host.family);
	for (i = 0; i < 4; i++) {
		host.addr = i < 2 ? net->addr : prefix_last(net);
		ok = true;
		if (i == 1)
			ok = addr_prev(host.family, &host.addr);
		if (i == 2)
			ok = addr_next(host.family, &host.addr);
		if (ok && far)
			vec_push(&w->far, host);
		else if (ok)
			vec_push(&w->owned, host);
	}
}

static void collect_edges(struct world *w)
{
	const struct pf_service *service;
	const struct pf_subnet *subnet;
	const struct binding *b;
	const struct client *c;
	unsigned int i;

	vec_each(b, &w->policy.bindings)
		add_edges(w, &b->net, false);
	vec_each(b, &w->policy.doubtful)
		add_edges(w, &b->net, false);
	vec_each(c, &w->policy.clients) {
		vec_each(subnet, &c->pf.subnets)
			add_edges(w, &subnet->net, true);
		vec_each(service, &c->pf.services)
			add_edges(w, &service->net, true);
	}
	for (i = 0; i < COUNT(far4); i++)
		vec_push(&w->far, parse(far4[i]));
	for (i = 0; i < COUNT(far6); i++)
		vec_push(&w->far, parse(far6[i]));
}

static void add_vpn(struct world *w, const char *dev, bool tap)
{
	struct vpn *vpn = policy_add_vpn(&w->policy, str_of(dev), str_of(dev),
					 tap, NULL);

	if (vpn->devs.n)
		return;
	/* of tun0 and tun1 */
	policy_add_dev(vpn, STR("tun0"));
	if (w->wide)
		vec_push(&w->policy.others, mem_copy("tun1"));
}

/* Some of the addresses are IPsec clients', whoever owns them. */
static void add_ipsec(struct world *w, struct rng *rng)
{
	static const char *const nets[] = {
		"10.8.0.8/29", "10.9.1.0/24", "fd08::8/125", "fd09:0:1::/48",
	};
	struct ipsec *ipsec = mem_zalloc(1, sizeof(*ipsec));
	unsigned int i;

	if (rng_percent(rng, 30))
		vec_push(&ipsec->ends, parse("198.51.100.1"));
	vec_push(&ipsec->ends, parse(rng_percent(rng, 70) ? "192.0.2.1"
							  : "2001:db8::1"));
	for (i = 0; i < COUNT(nets); i++)
		if (rng_percent(rng, 80))
			vec_push(&ipsec->clients, parse(nets[i]));
	if (rng_percent(rng, 40))
		vec_push(&ipsec->inside, mem_copy("eth1"));
	if (rng_percent(rng, 20))
		vec_push(&ipsec->inside, mem_copy("wlan*"));
	ipsec->site_to_site = rng_percent(rng, 30);
	policy_add_vpn(&w->policy, STR("road"), STR("-"), false, ipsec);
	ipsec_free(ipsec);
}

static bool is_inner(const struct vpn *vpn, const struct prefix *net)
{
	const struct prefix *inner;

	vec_each(inner, &vpn->ipsec->clients)
		if (prefix_covers(inner, net))
			return true;
	return false;
}

/* Who is where: IPsec clients mostly in the networks of IPsec. */
static void pick_servers(struct world *w, struct rng *rng)
{
	const struct vpn *vpns = w->policy.vpns.v;
	size_t n = w->policy.vpns.n - w->ipsec;
	struct binding *b;
	size_t i;

	vec_each(b, &w->policy.bindings) {
		i = rng_percent(rng, 70) ? 0 : rng_below(rng, (unsigned int)n);
		if (w->ipsec && is_inner(&vpns[n], &b->net) &&
		    rng_percent(rng, 85))
			i = n;
		b->instance = str_of(vpns[i].server);
	}
}

static void place_macs(struct policy *p)
{
	struct mac_binding *m;

	vec_each(m, &p->macs)
		m->instance = STR("tap0");
}

static void bind_reqids(struct world *w, struct rng *rng)
{
	struct binding *b;

	vec_each(b, &w->policy.bindings)
		if (rng_percent(rng, 60))
			b->reqid = 1 + rng_below(rng, 3);
}

void world_make(struct world *w, struct rng *rng)
{
	struct diag silent = { 0 };

	*w = (struct world){
		.ip6 = rng_percent(rng, 50),
		.nets = rng_percent(rng, 50),
		.tap = rng_percent(rng, 20),
		.ipsec = rng_percent(rng, 40),
		.wide = rng_percent(rng, 30),
	};
	add_vpn(w, rng_percent(rng, 30) ? "tun*" : "tun0", false);
	if (w->tap)
		add_vpn(w, "tap0", true);
	if (w->ipsec)
		add_ipsec(w, rng);
	make_clients(w, rng);
	bind_all(w, rng);
	pick_servers(w, rng);
	place_macs(&w->policy);
	/* static conflicts are many: they make holes */
	policy_resolve(&w->policy, &silent);
	if (w->ipsec)
		bind_reqids(w, rng);
	collect_edges(w);
}

void world_fini(struct world *w)
{
	vec_fini(&w->owned);
	vec_fini(&w->far);
	policy_fini(&w->policy);
	sources_fini(&w->sources);
}

static struct addr pick_addr(const struct world *w, struct rng *rng,
			     uint8_t family, bool owned)
{
	struct prefix host;
	unsigned int tries;

	for (tries = 0; tries < 40; tries++) {
		host = owned && w->owned.n
			? w->owned.v[rng_below(rng, (unsigned int)w->owned.n)]
			: w->far.v[rng_below(rng, (unsigned int)w->far.n)];
		if (host.family == family)
			return host.addr;
	}
	return parse(family == FAMILY_IP6 ? far6[0] : far4[0]).addr;
}

static void pick_ether(const struct world *w, struct rng *rng,
		       struct eval_packet *out)
{
	const struct binding *owner = policy_owner(&w->policy, out->family,
						   &out->saddr);
	unsigned int client = rng_below(rng, COUNT(names));

	if (owner && rng_percent(rng, 80))
		client = owner->client;
	out->has_ether = true;
	memcpy(out->ether, (uint8_t[]){ 2, 0, 0, 0, (uint8_t)client,
					(uint8_t)(1 + rng_below(rng, 2)) }, 6);
}

/* Mostly the right one for ADDR. */
static void pick_tunnel(const struct world *w, struct rng *rng,
			unsigned int family, const struct addr *addr,
			struct eval_ipsec *out)
{
	const struct binding *owner = policy_owner(&w->policy, family, addr);
	const struct vpn *vpn = vec_end(&w->policy.vpns) - 1;
	struct prefix end = vpn->ipsec->ends.v[
		rng_below(rng, (unsigned int)vpn->ipsec->ends.n)];

	if (rng_percent(rng, 10))
		end = parse("192.0.2.3");
	*out = (struct eval_ipsec){
		.there = rng_percent(rng, 80), .end = end.addr,
		.end_family = end.family, .reqid = 1 + rng_below(rng, 3),
	};
	if (owner && owner->reqid && rng_percent(rng, 70))
		out->reqid = owner->reqid;
}

static void pick_transport(struct rng *rng, struct eval_packet *out)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_GRE,
	};
	static const uint16_t ports[] = {
		0, 1, 7, 21, 22, 23, 53, 79, 80, 90, 91, 1023, 1024, 65535,
	};

	out->proto = protos[rng_below(rng, COUNT(protos))];
	out->has_ports = out->proto == IPPROTO_TCP ||
			 out->proto == IPPROTO_UDP ||
			 out->proto == IPPROTO_SCTP;
	out->sport = ports[rng_below(rng, COUNT(ports))];
	out->dport = ports[rng_below(rng, COUNT(ports))];
}

void world_packet(const struct world *w, struct rng *rng,
		  struct eval_packet *out)
{
	static const char *const others[] = {
		"eth0", "", "tu", "tap1", "eth1", "wlan7", "lo",
	};
	const char *vpn[] = { "tun0", w->tap ? "tap0" : "tun0", "tun1",
			      w->ipsec ? "eth0" : "tun0",
			      w->ipsec ? "eth1" : "tun0" };
	bool from = rng_percent(rng, 80), to = rng_percent(rng, 60);

	*out = (struct eval_packet){
		.family = rng_percent(rng, 30) ? FAMILY_IP6 : FAMILY_IP4,
	};
	out->iif = from ? vpn[rng_below(rng, COUNT(vpn))]
			: others[rng_below(rng, COUNT(others))];
	out->oif = to ? vpn[rng_below(rng, COUNT(vpn))]
		      : others[rng_below(rng, COUNT(others))];
	/* now and then the roles do not fit the interfaces */
	out->saddr = pick_addr(w, rng, out->family,
			       from != rng_percent(rng, 8));
	out->daddr = pick_addr(w, rng, out->family, to != rng_percent(rng, 8));
	pick_transport(rng, out);
	if (w->ipsec) {
		pick_tunnel(w, rng, out->family, &out->saddr, &out->in);
		pick_tunnel(w, rng, out->family, &out->daddr, &out->out);
	}
	if (out->iif[0] == 't' && out->iif[1] == 'a')
		pick_ether(w, rng, out);
}
