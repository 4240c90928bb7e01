/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/watch.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/json.h"
#include "compiler/packet.h"

#define OUR_PREFIX "vpnpf "

struct denied {
	struct packet packet;
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	bool from;			/* met as it came from a client */
	const char *reason;		/* "denied", "unknown", ... */
	const struct verdict *verdict;	/* that denies; NULL: see reason */
	struct answer answer;
	char time[32];
};

/* Why, where no client's file has decided. */
static const char *reason_text(const char *reason)
{
	static const struct {
		const char *reason, *text;
	} rows[] = {
		{ "unknown", "nobody has this address" },
		{ "mac", "it comes with another client's hardware address" },
		{ "clear", "it comes or goes through no tunnel" },
		{ "tunnel", "it comes or goes through another's tunnel" },
		{ "denied", "the files have changed since" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].reason, reason))
			return rows[i].text;
	return reason;
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

/* The far end is the one that is no client. */
static struct service_key service_of(const struct question *q,
				     const struct packet *p)
{
	bool out = q->src.client;

	return (struct service_key){
		.known = true,
		.proto = pf_proto(p->proto),
		.has_port = p->has_ports,
		.port = out ? p->dport : p->sport,
		.has_near = p->has_ports,
		.near = out ? p->sport : p->dport,
	};
}

static void find_verdict(struct question *q, struct denied *out)
{
	unsigned int i;

	q->service = service_of(q, &out->packet);
	if (strcmp(out->reason, "denied") != 0 ||
	    !question_decide(q, &out->answer))
		return;
	for (i = 0; i < out->answer.n && !out->verdict; i++)
		if (!out->answer.side[i].accept)
			out->verdict = &out->answer.side[i];
}

static bool look(struct question *q, const struct logged_packet *p,
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
	question_set_hosts(q, str_of(out->src), str_of(out->dst));
	find_verdict(q, out);
	strftime(out->time, sizeof(out->time), "%Y-%m-%d %H:%M:%S",
		 localtime_r(&now, &tm));
	return true;
}

/* "tcp/22": the port it goes to, or comes from the far end of a client with. */
static void format_service(const struct question *q, const struct packet *p,
			   char *buf, size_t size)
{
	static const char *const words[] = {
		[PF_PROTO_ANY] = NULL, [PF_PROTO_TCP] = "tcp",
		[PF_PROTO_UDP] = "udp", [PF_PROTO_SCTP] = "sctp",
		[PF_PROTO_ICMP] = "icmp",
	};
	const char *word = words[pf_proto(p->proto)];

	if (!word)
		snprintf(buf, size, "protocol %u", p->proto);
	else if (p->has_ports && !q->src.client)
		snprintf(buf, size, "%s from %u to %u", word, p->sport,
			 p->dport);
	else if (p->has_ports)
		snprintf(buf, size, "%s/%u", word, p->dport);
	else
		snprintf(buf, size, "%s", word);
}

static void put(struct str text)
{
	diag_print_escaped(stdout, text);
}

/* "john (10.8.0.2)", or the address */
static void put_end(const struct end *end)
{
	put(end_name(end));
	if (end->client) {
		fputs(" (", stdout);
		put(end->asked);
		fputs(")", stdout);
	}
}

static void put_reason(const struct question *q, const struct denied *d)
{
	char place[512], *text;

	if (!d->verdict) {
		puts(reason_text(d->reason));
		return;
	}
	if (d->verdict->at.src) {
		loc_format(d->verdict->at, place, sizeof(place));
		put(str_of(place));
		fputs(": ", stdout);
		put(source_line(d->verdict->at.src, d->verdict->at.off));
		text = question_remark(d->verdict);
	} else {
		text = question_lack(q, d->verdict);
	}
	put(str_of(text));
	putchar('\n');
	free(text);
}

void watch_print(struct question *q, const struct logged_packet *p)
{
	struct denied d;
	char service[48];

	if (!look(q, p, &d))
		return;
	format_service(q, &d.packet, service, sizeof(service));
	printf("%s ", d.time);
	put_end(&q->src);
	fputs(" -> ", stdout);
	put_end(&q->dst);
	printf(" %s denied: ", service);
	put_reason(q, &d);
}

static json_t *end_json(const struct end *end, bool has_port, uint16_t port)
{
	json_t *item = json_object();

	json_put_str(item, "address", end->asked);
	if (end->client)
		json_put_str(item, "client", end->client->name);
	if (has_port)
		json_object_set_new(item, "port", json_integer(port));
	return item;
}

void watch_print_json(struct question *q, const struct logged_packet *p)
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
	if (d.verdict) {
		json_put_str(root, "denied_by", d.verdict->client->name);
		json_put_text(root, "section", d.verdict->list);
		json_put_text(root, "why", d.verdict->why);
		json_put_place(root, "at", d.verdict->at);
	}
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
}
