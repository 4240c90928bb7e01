/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/host_devs.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static void add_own(struct tundev_server *s, unsigned int family,
		    const struct addr *own)
{
	vec_push(&s->own, ((struct prefix){
		.family = (uint8_t)family,
		.len = (uint8_t)family_bits(family), .addr = *own }));
}

static void add_servers(const struct instance *in, size_t n,
			struct tundev_facts *out)
{
	struct tundev_server *s;

	for (; n; n--, in++) {
		if (in->ipsec || !in->dev || !in->name)
			continue;
		s = vec_add(&out->servers);
		*s = (struct tundev_server){
			.name = str_of(in->name), .dev = in->dev,
		};
		if (in->has_own)
			add_own(s, FAMILY_IP4, &in->own);
		if (in->has_own6)
			add_own(s, FAMILY_IP6, &in->own6);
	}
}

static struct str own_text(struct tundev_facts *f, char *text)
{
	vec_push(&f->texts, text);
	return str_of(text);
}

/* A label such as "tun0:1" is an address of tun0. */
static struct tundev_seen *seen_of(struct tundev_facts *f, const char *name)
{
	struct str plain = { name, strcspn(name, ":") };
	struct tundev_seen *seen;

	vec_each(seen, &f->seen)
		if (str_equal(seen->name, plain))
			return seen;
	seen = vec_add(&f->seen);
	*seen = (struct tundev_seen){
		.name = own_text(f, mem_dup(plain.p, plain.n)),
	};
	return seen;
}

/* The kernel gives each interface its link-local address itself. */
static bool read_address(const struct sockaddr *a, struct prefix *out)
{
	const struct sockaddr_in *in4 = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;

	*out = (struct prefix){ 0 };
	if (a && a->sa_family == AF_INET) {
		*out = prefix_ip4(ntohl(in4->sin_addr.s_addr), 32);
		return true;
	}
	if (!a || a->sa_family != AF_INET6 ||
	    IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		return false;
	out->family = FAMILY_IP6;
	out->len = 128;
	memcpy(out->addr.b, &in6->sin6_addr, sizeof(out->addr.b));
	return true;
}

static void add_seen(struct tundev_facts *out)
{
	struct ifaddrs *list = NULL, *i;
	struct tundev_seen *seen;
	struct prefix net;

	if (getifaddrs(&list))
		return;
	for (i = list; i; i = i->ifa_next) {
		seen = seen_of(out, i->ifa_name);
		if (read_address(i->ifa_addr, &net))
			vec_push(&seen->addresses, net);
	}
	freeifaddrs(list);
}

void host_devs_read(const struct conf *conf, const struct live_view *view,
		    struct tundev_facts *out)
{
	struct tundev_claim claim;
	size_t pos = 0;

	*out = (struct tundev_facts){ 0 };
	add_servers(conf->instances.v, conf->instances.n, out);
	add_servers(conf->shut.v, conf->shut.n, out);
	add_seen(out);
	while (view && live_next_dev(view, &pos, &claim))
		vec_push(&out->claims, claim);
}
