/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/name.h"
#include "compiler/pf/pfread.h"

static char sign(bool accept)
{
	return accept ? '+' : '-';
}

static const char *verdict(bool accept)
{
	return accept ? "ACCEPT" : "DROP";
}

/* "+nick\n", without the cost of printf: an apply prints all files. */
static void put_line(char first, struct str text, const char *more, FILE *out)
{
	putc_unlocked(first, out);
	fwrite_unlocked(text.p, 1, text.n, out);
	fputs_unlocked(more, out);
	putc_unlocked('\n', out);
}

static void print_peers(const struct pffile *pf, FILE *out)
{
	const struct pf_peer *p;

	fprintf(out, "[CLIENTS %s]\n", verdict(pf->clients_accept));
	vec_each(p, &pf->peers)
		if (name_is_possible(p->name))
			put_line(sign(p->accept), p->name, "", out);
}

/* "10.0.4.0" without "/32" would cause a warning. */
static const char *net_length(const struct prefix *net)
{
	return net->family == FAMILY_IP4 && prefix_is_host(net) &&
	       !net->addr.b[3] ? "/32" : "";
}

static void print_subnets(const struct pffile *pf, FILE *out)
{
	const struct prefix unknown = prefix_ip4(0, 32);
	const struct pf_subnet *s;
	char net[ADDR_TEXT];

	fprintf(out, "[SUBNETS %s]\n", verdict(pf->subnets_accept));
	vec_each(s, &pf->subnets)
		if (!prefix_cmp(&s->net, &unknown))
			put_line(sign(s->accept), STR("unknown"), "", out);
		else
			put_line(sign(s->accept),
				 str_of(prefix_format(&s->net, net)),
				 net_length(&s->net), out);
}

static const char *proto_name(enum pf_proto proto)
{
	switch (proto) {
	case PF_PROTO_ANY:
		return "any";
	case PF_PROTO_TCP:
		return "tcp";
	case PF_PROTO_UDP:
		return "udp";
	case PF_PROTO_SCTP:
		return "sctp";
	case PF_PROTO_ICMP:
		return "icmp";
	}
	return "";
}

static int print_service_start(const struct pf_service *s, FILE *out)
{
	char net[ADDR_TEXT];

	return fprintf(out, "%c%s %s", sign(s->accept),
		       prefix_format(&s->net, net), proto_name(s->proto));
}

static int print_ports(const char *before, struct pf_ports ports, FILE *out)
{
	if (ports.from == ports.to)
		return fprintf(out, "%s%u", before, ports.from);
	return fprintf(out, "%s%u-%u", before, ports.from, ports.to);
}

static void print_service_end(const struct pf_service *s, FILE *out)
{
	if (s->client_ports.to)
		print_ports(" from ", s->client_ports, out);
	fputc('\n', out);
}

/* A line has at most 255 bytes; two lines with half the ports are equal to
 * one. */
void pffile_print_service(const struct pf_service *s, FILE *out)
{
	const int room = PFREAD_PIECE - (s->client_ports.to ? 12 + 17 : 12);
	const struct pf_ports *p;
	int n = print_service_start(s, out);
	const char *before = " ";

	vec_each(p, &s->ports) {
		if (n > room) {
			print_service_end(s, out);
			n = print_service_start(s, out);
			before = " ";
		}
		n += print_ports(before, *p, out);
		before = ",";
	}
	print_service_end(s, out);
}

/* Services and IPv6 prefixes need a [SERVICES] line above them. */
static bool is_extended(const struct pffile *pf)
{
	const struct pf_subnet *s;

	vec_each(s, &pf->subnets)
		if (s->net.family == FAMILY_IP6)
			return true;
	return pf->services.n;
}

void pffile_print(const struct pffile *pf, FILE *out)
{
	const struct pf_service *s;

	print_peers(pf, out);
	if (is_extended(pf))
		fputs("[SERVICES]\n", out);
	vec_each(s, &pf->services)
		pffile_print_service(s, out);
	print_subnets(pf, out);
	fputs("[END]\n", out);
}
