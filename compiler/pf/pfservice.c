/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/scan.h"
#include "compiler/pf/pfread.h"

static const struct {
	struct str word;
	enum pf_proto proto;
} protos[] = {
	{ STR("any"), PF_PROTO_ANY },
	{ STR("tcp"), PF_PROTO_TCP },
	{ STR("udp"), PF_PROTO_UDP },
	{ STR("sctp"), PF_PROTO_SCTP },
	{ STR("icmp"), PF_PROTO_ICMP },
};

static bool read_proto(struct str word, enum pf_proto *out)
{
	size_t i;

	for (i = 0; i < sizeof(protos) / sizeof(*protos); i++) {
		if (!str_equal(word, protos[i].word))
			continue;
		*out = protos[i].proto;
		return true;
	}
	return false;
}

/* "80" or "80-90" */
static bool read_range(struct str word, struct pf_ports *out)
{
	const char *dash = word.n ? memchr(word.p, '-', word.n) : NULL;
	struct str from = word, to = word;
	unsigned int a, b;

	if (dash) {
		from.n = (size_t)(dash - word.p);
		to = str_from(word, from.n + 1);
	}
	if (!scan_decimal(from, 65535, &a) || !scan_decimal(to, 65535, &b) ||
	    !a || a > b)
		return false;
	*out = (struct pf_ports){ (uint16_t)a, (uint16_t)b };
	return true;
}

static int compare_ports(const void *a, const void *b)
{
	const struct pf_ports *x = a, *y = b;

	return x->from - y->from;
}

static void join_ports(struct pf_service *s)
{
	struct pf_ports *in, *last = s->ports.v;

	vec_sort(&s->ports, compare_ports);
	vec_each(in, &s->ports) {
		if (in == s->ports.v)
			continue;
		if (in->from > last->to + 1)
			*++last = *in;
		else if (in->to > last->to)
			last->to = in->to;
	}
	if (s->ports.n)
		s->ports.n = (size_t)(last - s->ports.v) + 1;
}

/* "22,80-90".  False after an error was reported. */
static bool read_ports(struct pfread *r, struct str list, struct pf_service *s)
{
	const char *comma;
	struct str word;

	do {
		word = list;
		comma = list.n ? memchr(list.p, ',', list.n) : NULL;
		if (comma)
			word.n = (size_t)(comma - list.p);
		if (!read_range(word, vec_add(&s->ports))) {
			pfread_error(r, loc_of(r->src, word),
				     "\"%.*s\" is no port or range of ports",
				     STR_ARG(word));
			return false;
		}
		list = str_from(list, word.n + 1);
	} while (comma);
	join_ports(s);
	return true;
}

static bool read_net(struct pfread *r, struct str word, struct pf_service *s)
{
	struct loc at = loc_of(r->src, word);
	char means[ADDR_TEXT];

	if (prefix_parse(word, &s->net)) {
		pfread_error(r, at, "\"%.*s\" is no address or prefix",
			     STR_ARG(word));
		if (str_equal(word, STR("unknown")))
			pfread_note(r, at, "a service needs an address; "
				    "\"unknown\" is none");
		return false;
	}
	if (prefix_mask(&s->net))
		pfread_warn(r, at, "\"%.*s\" means %s; bits after the prefix "
			    "are cleared", STR_ARG(word),
			    prefix_format(&s->net, means));
	return true;
}

/* One range: pffile_print can split a long line at one list of ports, not at
 * two.  False after an error was reported. */
static bool read_near(struct pfread *r, struct str word, struct pf_service *s)
{
	if (read_range(word, &s->client_ports))
		return true;
	pfread_error(r, loc_of(r->src, word),
		     "\"%.*s\" is not one port or range of ports",
		     STR_ARG(word));
	return false;
}

/* Split the text after the protocol.  PORTS is empty if there are none;
 * CLIENT_PORTS.p is NULL without "from".  False after an error was reported. */
static bool split_rest(struct pfread *r, struct str rest,
		       const struct pf_service *s, struct str *ports,
		       struct str *client_ports)
{
	struct str word = scan_word(&rest), more = rest;

	*ports = *client_ports = (struct str){ NULL, 0 };
	if (!str_equal(word, STR("from"))) {
		*ports = word;
		word = scan_word(&rest);
	}
	if (str_equal(word, STR("from"))) {
		*client_ports = scan_word(&rest);
		more = rest;
	}
	if (!more.n)
		return true;
	pfread_error(r, loc_of(r->src, more), "\"%.*s\" is one word too many",
		     STR_ARG(more));
	pfread_note(r, s->at, "the form is \"PREFIX PROTOCOL PORTS from "
		    "PORTS\", ports without blanks: \"22,80-90\"");
	return false;
}

/* The protocol and the ports.  False after an error was reported. */
static bool read_rest(struct pfread *r, struct str rest, struct pf_service *s)
{
	struct str proto = scan_word(&rest), ports, client_ports;

	if (!read_proto(proto, &s->proto)) {
		pfread_error(r, loc_of(r->src, proto), "\"%.*s\" is no "
			     "protocol: tcp, udp, sctp, icmp or any",
			     STR_ARG(proto));
		return false;
	}
	if (!split_rest(r, rest, s, &ports, &client_ports))
		return false;
	if (!ports.n && !client_ports.p)
		return true;
	if (s->proto == PF_PROTO_ANY || s->proto == PF_PROTO_ICMP) {
		pfread_error(r, loc_of(r->src, ports.n ? ports : client_ports),
			     "\"%.*s\" takes no ports", STR_ARG(proto));
		return false;
	}
	return (!client_ports.p || read_near(r, client_ports, s)) &&
	       (!ports.n || read_ports(r, ports, s));
}

void pfservice_read(struct pfread *r, struct str text, bool accept)
{
	struct pf_service s = { .accept = accept, .at = loc_of(r->src, text) };
	struct str rest = text, net = scan_word(&rest);

	if (read_net(r, net, &s) && read_rest(r, rest, &s))
		vec_push(&r->out->services, s);
	else
		vec_fini(&s.ports);
}
