/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/host_devs.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

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

bool host_devs_address(const struct sockaddr *a, struct prefix *out)
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

/* A question about the interface of this name. */
struct link_question {
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct rtattr attr;
	char name[IFNAMSIZ];
	struct rtattr mask_attr;
	uint32_t mask;
};

struct link_answer {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attrs[8192];
};

/* False: there is no such interface, or no answer. */
static bool ask_link(const char *name, struct link_answer *out)
{
	struct link_question q = {
		.head = { .nlmsg_len = sizeof(q), .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST },
		.attr = { RTA_LENGTH(sizeof(q.name)), IFLA_IFNAME },
		.mask_attr = { RTA_LENGTH(sizeof(q.mask)), IFLA_EXT_MASK },
		.mask = RTEXT_FILTER_SKIP_STATS,
	};
	const size_t head = sizeof(out->head) + sizeof(out->info);
	ssize_t got = -1;
	int sock;

	if (strlen(name) >= sizeof(q.name))
		return false;
	strcpy(q.name, name);
	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (sock >= 0 && send(sock, &q, sizeof(q), 0) > 0)
		got = recv(sock, out, sizeof(*out), 0);
	if (sock >= 0)
		close(sock);
	return got > (ssize_t)head && out->head.nlmsg_len <= (size_t)got &&
	       out->head.nlmsg_type == RTM_NEWLINK;
}

/* The attribute of TYPE among N bytes at A; NULL: none. */
static const struct rtattr *find_attr(const struct rtattr *a, size_t n,
				      unsigned int type)
{
	for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

/* Is the master a VRF? */
static bool is_in_vrf(const struct rtattr *attrs, size_t n)
{
	const struct rtattr *a = find_attr(attrs, n, IFLA_LINKINFO);

	if (a)
		a = find_attr(RTA_DATA(a), RTA_PAYLOAD(a),
			      IFLA_INFO_SLAVE_KIND);
	return a && RTA_PAYLOAD(a) >= sizeof("vrf") &&
	       !memcmp(RTA_DATA(a), "vrf", sizeof("vrf"));
}

bool host_dev_find(const char *name, char **vrf)
{
	const struct rtattr *attrs, *master;
	char text[IF_NAMESIZE];
	struct link_answer link;
	uint32_t index;
	size_t n;

	*vrf = NULL;
	if (!ask_link(name, &link))
		return false;
	attrs = IFLA_RTA(&link.info);
	n = IFLA_PAYLOAD(&link.head);
	master = find_attr(attrs, n, IFLA_MASTER);
	if (!master || RTA_PAYLOAD(master) < sizeof(index) ||
	    !is_in_vrf(attrs, n))
		return true;
	memcpy(&index, RTA_DATA(master), sizeof(index));
	if (if_indextoname(index, text))
		*vrf = mem_copy(text);
	return true;
}

/* Of interfaces that may be a server's only. */
static void add_vrfs(struct tundev_facts *out)
{
	const struct tundev_server *server;
	struct tundev_seen *seen;
	char *vrf;

	vec_each(seen, &out->seen) {
		vrf = NULL;
		vec_each(server, &out->servers)
			if (!vrf && tundev_means(server->dev, seen->name))
				host_dev_find(seen->name.p, &vrf);
		if (!vrf)
			continue;
		vec_push(&out->texts, vrf);
		seen->vrf = vrf;
	}
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
		if (host_devs_address(i->ifa_addr, &net))
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
	add_vrfs(out);
	while (view && live_next_dev(view, &pos, &claim))
		vec_push(&out->claims, claim);
}
