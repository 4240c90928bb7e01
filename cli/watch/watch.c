/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/watch/watch.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/nflog/packet.h"
#include "cli/json.h"

#define OUR_PREFIX "vpnpf "

struct denied {
	struct packet packet;
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	bool from;			/* in the stage from a client */
	const char *reason;		/* of the rule, then the true one */
	const struct verdict *verdict;	/* that denies; NULL: see text */
	const char *text;
	const struct query_end *nobody;	/* an address that no client has */
	struct answer answer;
	char time[32];
};

/* The reason, if it is the packet's way (interface, tunnel); else NULL. */
static const char *way_text(const char *reason)
{
	static const struct {
		const char *reason, *text;
	} rows[] = {
		{ "mac", "another hardware address than its own" },
		{ "clear", "not through a tunnel" },
		{ "tunnel", "another tunnel than its own" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].reason, reason))
			return rows[i].text;
	return NULL;
}

/* The end that should be a client but is not; or NULL. */
static const struct query_end *find_nobody(const struct query *q,
					   const struct denied *d)
{
	const struct query_end *end = d->from ? &q->src : &q->dst;

	if (!end->client)
		return end;
	return !strcmp(d->reason, "pair") && !q->dst.client ? &q->dst : NULL;
}

/* With iptables such an address has no owner. */
static bool is_wrong_tunnel(const struct query *q, const struct denied *d)
{
	const struct query_end *end = d->from ? &q->src : &q->dst;

	return !strcmp(d->reason, "unknown") && end->binding->reqid &&
	       end->client->state == CLIENT_OPEN;
}

/* "vpnpf from denied" */
static bool parse_prefix(const char *prefix, struct denied *out)
{
	if (strncmp(prefix, OUR_PREFIX, strlen(OUR_PREFIX)) != 0)
		return false;
	prefix += strlen(OUR_PREFIX);
	out->from = !strncmp(prefix, "from ", 5);
	if (!out->from && strncmp(prefix, "to ", 3) != 0)
		return false;
	out->reason = prefix + (out->from ? 5 : 3);
	return true;
}

static enum pf_proto pf_proto(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return PF_PROTO_TCP;
	case IPPROTO_UDP:
		return PF_PROTO_UDP;
	case IPPROTO_SCTP:
		return PF_PROTO_SCTP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return PF_PROTO_ICMP;
	}
	return PF_PROTO_ANY;
}

/* The remote end is the one that is no client. */
static struct service_key service_of(const struct query *q,
				     const struct packet *p)
{
	bool out = q->src.client;

	return (struct service_key){
		.known = true,
		.proto = pf_proto(p->proto),
		.has_port = p->has_ports,
		.port = out ? p->dport : p->sport,
		.has_client_port = p->has_ports,
		.client_port = out ? p->sport : p->dport,
	};
}

/* The line that denies, of the first side that does. */
static void find_verdict(const struct query *q, struct denied *out)
{
	unsigned int i;

	if (!query_decide(q, &out->answer))
		return;
	for (i = 0; i < out->answer.n && !out->verdict; i++)
		if (!out->answer.side[i].accept)
			out->verdict = &out->answer.side[i];
}

static void find_reason(struct query *q, struct denied *out)
{
	out->text = way_text(out->reason);
	if (out->text)
		return;
	out->nobody = find_nobody(q, out);
	if (out->nobody) {
		out->reason = "unknown";
		out->text = "unknown address";
	} else if (is_wrong_tunnel(q, out)) {
		out->reason = "tunnel";
		out->text = way_text(out->reason);
	} else {
		out->reason = "denied";
		out->text = "the rules in force; the files allow it now";
		q->service = service_of(q, &out->packet);
		find_verdict(q, out);
	}
}

static bool look(struct query *q, const struct logged_packet *p,
		 struct denied *out)
{
	time_t now = time(NULL);
	struct tm tm;

	*out = (struct denied){ 0 };
	if (!parse_prefix(p->prefix, out) ||
	    !packet_parse(p->data, p->size, &out->packet))
		return false;
	prefix_format(&out->packet.src, out->src);
	prefix_format(&out->packet.dst, out->dst);
	query_set_hosts(q, str_of(out->src), str_of(out->dst));
	find_reason(q, out);
	strftime(out->time, sizeof(out->time), "%Y-%m-%dT%H:%M:%S%z",
		 localtime_r(&now, &tm));
	return true;
}

static const char *proto_word(uint8_t proto)
{
	static const char *const words[] = {
		[PF_PROTO_ANY] = NULL, [PF_PROTO_TCP] = "tcp",
		[PF_PROTO_UDP] = "udp", [PF_PROTO_SCTP] = "sctp",
		[PF_PROTO_ICMP] = "icmp",
	};

	return words[pf_proto(proto)];
}

/* "tcp/22"; to a client also with the remote end's port, which its file
 * matches */
static void put_service(const struct query *q, const struct packet *p)
{
	const char *word = proto_word(p->proto);

	if (word)
		fputs(word, stdout);
	else
		printf("protocol %u", p->proto);
	if (p->has_ports)
		printf("/%u", p->dport);
	if (p->has_ports && q->dst.client && !q->src.client)
		printf(" from port %u", p->sport);
}

static void put(struct str text)
{
	diag_print_escaped(stdout, text);
}

/* "by john.pf:6:2: -10.0.4.0/24" */
static void put_place(const struct denied *d)
{
	const struct verdict *v = d->verdict;
	char place[512], *remark = query_remark(v);

	fputs(" by ", stdout);
	if (d->answer.n == 2) {
		put(v->client->name);
		fputs(", ", stdout);
	}
	loc_format(v->at, place, sizeof(place));
	put(str_of(place));
	fputs(": ", stdout);
	put(query_line(v->at));
	puts(remark);
	free(remark);
}

static void put_reason(const struct query *q, const struct denied *d)
{
	char *text;

	if (d->verdict && d->verdict->at.src) {
		put_place(d);
	} else if (d->verdict) {
		text = query_lack(q, d->verdict);
		fputs(": ", stdout);
		put(str_of(text));
		putchar('\n');
		free(text);
	} else {
		printf(": %s", d->text);
		if (d->nobody) {
			putchar(' ');
			put(d->nobody->asked);
		}
		putchar('\n');
	}
}

void watch_print(struct query *q, const struct logged_packet *p)
{
	struct denied d;

	if (!look(q, p, &d))
		return;
	printf("%.8s ", strchr(d.time, 'T') + 1);
	put(query_end_name(&q->src));
	fputs(" -> ", stdout);
	put(query_end_name(&q->dst));
	putchar(' ');
	put_service(q, &d.packet);
	fputs(" denied", stdout);
	put_reason(q, &d);
}

static void put_verdict_json(json_t *root, const struct verdict *v)
{
	json_put_str(root, "denied_by", v->client->name);
	json_put_text(root, "section", v->list);
	json_put_text(root, "why", v->why);
	json_put_place(root, "at", v->at);
	if (v->at.src)
		json_put_str(root, "line", query_line(v->at));
}

static json_t *end_json(const struct query_end *end, bool has_port,
			uint16_t port)
{
	json_t *item = json_object();

	json_put_str(item, "address", end->asked);
	if (end->client)
		json_put_str(item, "client", end->client->name);
	if (has_port)
		json_object_set_new(item, "port", json_integer(port));
	return item;
}

void watch_print_json(struct query *q, const struct logged_packet *p)
{
	json_t *root;
	struct denied d;
	const struct packet *packet = &d.packet;

	if (!look(q, p, &d))
		return;
	root = json_object();
	json_put_text(root, "time", d.time);
	json_put_text(root, "stage", d.from ? "from" : "to");
	json_object_set_new(root, "from", end_json(&q->src, packet->has_ports,
						   packet->sport));
	json_object_set_new(root, "to", end_json(&q->dst, packet->has_ports,
						 packet->dport));
	json_object_set_new(root, "protocol", json_integer(packet->proto));
	json_put_text(root, "reason", d.reason);
	if (d.verdict)
		put_verdict_json(root, d.verdict);
	else
		json_put_text(root, "why", d.text);
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
}
