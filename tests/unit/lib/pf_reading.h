/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of the .pf reader: a text is read, and what was understood is
 * compared as one line, "DROP +nick,-bob | ACCEPT -10.0.4.0/24", behind a
 * second "|" the services; or "KILL" or "REJECTED".
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "compiler/pf/pffile.h"

struct reading {
	struct sources set;
	struct pffile pf;
	char *means;
	char *said;
	unsigned int errors, warnings;
};

static const struct pffile_options plain;

static inline char *reading_means(const struct pffile *pf)
{
	static const char *const protos[] = { "any", "tcp", "udp", "sctp",
					      "icmp" };
	const struct pf_service *v;
	const struct pf_subnet *s;
	const struct pf_ports *t;
	const struct pf_peer *p;
	char *text, net[ADDR_TEXT];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (pf->state != PFFILE_OK) {
		fputs(pf->state == PFFILE_KILL ? "KILL" : "REJECTED", out);
		assert_int_equal(pf->peers.n + pf->subnets.n + pf->services.n,
				 0);
		assert_false(pf->clients_accept || pf->subnets_accept);
		fclose(out);
		return text;
	}
	fputs(pf->clients_accept ? "ACCEPT" : "DROP", out);
	vec_each(p, &pf->peers)
		fprintf(out, "%c%c%.*s", p == pf->peers.v ? ' ' : ',',
			p->accept ? '+' : '-', STR_ARG(p->name));
	fputs(pf->subnets_accept ? " | ACCEPT" : " | DROP", out);
	vec_each(s, &pf->subnets)
		fprintf(out, "%c%c%s", s == pf->subnets.v ? ' ' : ',',
			s->accept ? '+' : '-', prefix_format(&s->net, net));
	if (pf->services.n)
		fputs(" |", out);
	vec_each(v, &pf->services) {
		fprintf(out, " %c%s %s", v->accept ? '+' : '-',
			prefix_format(&v->net, net), protos[v->proto]);
		vec_each(t, &v->ports)
			fprintf(out, "%c%u-%u",
				t == v->ports.v ? ' ' : ',', t->from, t->to);
		if (v->client_ports.to)
			fprintf(out, " from %u-%u", v->client_ports.from,
				v->client_ports.to);
	}
	fclose(out);
	return text;
}

static inline void reading_init(struct reading *r, const char *text,
				size_t size, const struct pffile_options *opt)
{
	const struct source *src;
	struct diag d = { 0 };
	size_t said;
	int ret;

	*r = (struct reading){ 0 };
	d.out = open_memstream(&r->said, &said);
	src = source_text(&r->set, "a.pf", text, size);
	ret = pffile_parse(src, opt, &r->pf, &d);
	fclose(d.out);
	assert_int_equal(ret < 0, r->pf.state == PFFILE_REJECTED);
	if (r->pf.state == PFFILE_REJECTED)
		assert_true(d.errors > 0);
	if (r->pf.state == PFFILE_OK)
		assert_int_equal(d.errors, 0);
	r->errors = d.errors;
	r->warnings = d.warnings;
	r->means = reading_means(&r->pf);
}

static inline void reading_fini(struct reading *r)
{
	pffile_fini(&r->pf);
	sources_fini(&r->set);
	free(r->means);
	free(r->said);
}

/* WARNINGS: how many there must be; SAID: a part of what is said, or NULL. */
static inline void expect_bytes(const char *text, size_t size,
				const char *means, const char *said,
				unsigned int warnings)
{
	struct reading r;

	reading_init(&r, text, size, &plain);
	if (strcmp(r.means, means) || r.warnings != warnings ||
	    (said && !strstr(r.said, said)))
		fail_msg("%s\nread as: %s\nwanted:  %s\nsaid: %s\nwanted: %s "
			 "(%u warnings)", text, r.means, means, r.said,
			 said ? said : "anything", warnings);
	if (!said && !r.errors && !warnings)
		assert_string_equal(r.said, "");
	reading_fini(&r);
}

/* Means exactly that, and nothing is said. */
static inline void expect(const char *text, const char *means)
{
	expect_bytes(text, strlen(text), means, NULL, 0);
}

/* Means that, with one warning. */
static inline void expect_warned(const char *text, const char *means,
				 const char *said)
{
	expect_bytes(text, strlen(text), means, said, 1);
}

static inline void expect_rejected(const char *text, const char *said)
{
	struct reading r;

	reading_init(&r, text, strlen(text), &plain);
	if (strcmp(r.means, "REJECTED") || !strstr(r.said, said))
		fail_msg("%s\nread as: %s\nsaid: %s\nwanted: %s", text,
			 r.means, r.said, said);
	reading_fini(&r);
}
