/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/pfread.h"

/*
 * Names.  2.5.11 refuses duplicates.  A group may contain a name that a line or
 * another group has too, if both accept or both drop.
 */

static int compare_names(const void *a, const void *b)
{
	const struct pf_peer *x = *(struct pf_peer *const *)a;
	const struct pf_peer *y = *(struct pf_peer *const *)b;
	int r = str_cmp(x->name, y->name);

	return r ? r : vec_cmp_places(x, y);	/* in file order */
}

static bool is_member(const struct pfread *r, const struct pf_peer *peer)
{
	return peer->name.p != r->src->text + peer->at.off;
}

static void say_double(struct pfread *r, const struct pf_peer *peer,
		       const struct pf_peer *before)
{
	bool both = !is_member(r, peer) && !is_member(r, before);

	pfread_error(r, peer->at, both ? "\"%.*s\" is named twice"
			: "\"%.*s\" is both accepted and dropped",
		     STR_ARG(peer->name));
	pfread_note(r, before->at, "first named here");
}

/* RUN: all entries of one name, in file order.  Marks duplicates. */
static size_t check_run(struct pfread *r, struct pf_peer **run, size_t n,
			bool *doubled)
{
	struct pf_peer *line = is_member(r, run[0]) ? NULL : run[0];
	size_t i, merged = 0;

	for (i = 1; i < n; i++) {
		if (line && !is_member(r, run[i])) {
			say_double(r, run[i], line);
		} else if (run[i]->accept != run[0]->accept) {
			say_double(r, run[i], run[0]);
		} else {
			doubled[run[i] - r->out->peers.v] = true;
			merged++;
		}
		if (!line && !is_member(r, run[i]))
			line = run[i];
	}
	return merged;
}

static void remove_doubled(struct pffile *pf, const bool *doubled)
{
	size_t i, kept = 0;

	for (i = 0; i < pf->peers.n; i++)
		if (!doubled[i])
			pf->peers.v[kept++] = pf->peers.v[i];
	pf->peers.n = kept;
}

void pfcheck_names(struct pfread *r)
{
	size_t n = r->out->peers.n, i, j, merged = 0;
	struct pf_peer **sorted;
	bool *doubled;

	if (n < 2)
		return;
	sorted = mem_alloc(n * sizeof(*sorted));
	doubled = mem_zalloc(n, sizeof(*doubled));
	for (i = 0; i < n; i++)
		sorted[i] = &r->out->peers.v[i];
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n; j++)
			if (!str_equal(sorted[i]->name, sorted[j]->name))
				break;
		if (j - i > 1)
			merged += check_run(r, sorted + i, j - i, doubled);
	}
	if (merged)
		remove_doubled(r->out, doubled);
	free(doubled);
	free(sorted);
}

/* Subnets: an entry never matches if an earlier entry covers it. */

static int compare_nets(const void *a, const void *b)
{
	const struct pf_subnet *x = *(struct pf_subnet *const *)a;
	const struct pf_subnet *y = *(struct pf_subnet *const *)b;
	int r = prefix_cmp(&x->net, &y->net);

	return r ? r : vec_cmp_places(x, y);
}

static void warn_shadowed(struct pfread *r, const struct pf_subnet *s,
			  const struct pf_subnet *by)
{
	char net[ADDR_TEXT];
	bool other = s->net.family != by->net.family;

	if (s->accept == by->accept) {
		diag_info(r->d, s->at, "this line changes nothing: line "
			  "\"%.*s\" above covers it", (int)by->at.len,
			  r->src->text + by->at.off);
		return;
	}
	pfread_warn(r, s->at, "this line never counts: the first match does");
	pfread_note(r, by->at, "%s matches first%s",
		    prefix_format(&by->net, net),
		    other ? ": IPv6 counts as 0.0.0.0" : "");
}

static const struct pf_subnet *first_unknown(const struct pffile *pf)
{
	const struct pf_subnet *s;

	vec_each(s, &pf->subnets)
		if (prefix_holds_unknown(&s->net))
			return s;
	return NULL;
}

/*
 * When sorted, a prefix comes right after the prefixes that cover it, at most
 * 129.  EARLIEST: of the prefixes in the chain so far, the first in the file.
 */
static void find_shadows(const struct pffile *pf, struct pf_subnet **sorted,
			 const struct pf_subnet **by)
{
	const struct pf_subnet *unknown = first_unknown(pf), *s, *best;
	const struct pf_subnet *chain[130], *earliest[130];
	size_t i, depth = 0;

	for (i = 0; i < pf->subnets.n; i++) {
		s = sorted[i];
		while (depth && !prefix_covers(&chain[depth - 1]->net, &s->net))
			depth--;
		best = depth ? earliest[depth - 1] : NULL;
		if (!best && s->net.family == FAMILY_IP6)
			best = unknown;
		if (unknown && unknown < best && s->net.family == FAMILY_IP6)
			best = unknown;
		if (best && best < s)
			by[s - pf->subnets.v] = best;
		if (depth && !prefix_cmp(&chain[depth - 1]->net, &s->net))
			continue;
		chain[depth] = s;
		earliest[depth++] = best && best < s ? best : s;
	}
}

static void check_subnets(struct pfread *r)
{
	struct pffile *pf = r->out;
	size_t n = pf->subnets.n, i;
	const struct pf_subnet **by;
	struct pf_subnet **sorted;

	if (n < 2)
		return;
	sorted = mem_alloc(n * sizeof(*sorted));
	by = mem_zalloc(n, sizeof(*by));
	for (i = 0; i < n; i++)
		sorted[i] = &pf->subnets.v[i];
	qsort(sorted, n, sizeof(*sorted), compare_nets);
	find_shadows(pf, sorted, by);
	for (i = 0; i < n; i++) {
		pf->subnets.v[i].shadowed = by[i];
		if (by[i])
			warn_shadowed(r, &pf->subnets.v[i], by[i]);
	}
	free(by);
	free(sorted);
}

/* Services */

static bool has_port_range(const struct pf_service *s, struct pf_ports want)
{
	const struct pf_ports *p;

	vec_each(p, &s->ports)
		if (p->from <= want.from && want.to <= p->to)
			return true;
	return false;
}

static bool client_ports_cover(struct pf_ports a, struct pf_ports b)
{
	return !a.to || (b.to && a.from <= b.from && b.to <= a.to);
}

static bool service_covers(const struct pf_service *a,
			   const struct pf_service *b)
{
	bool ip6_as_unknown = b->net.family == FAMILY_IP6 &&
			      prefix_holds_unknown(&a->net);
	const struct pf_ports *p;

	if ((!ip6_as_unknown && !prefix_covers(&a->net, &b->net)) ||
	    (a->proto != PF_PROTO_ANY && a->proto != b->proto) ||
	    !client_ports_cover(a->client_ports, b->client_ports))
		return false;
	if (!a->ports.n)
		return true;
	vec_each(p, &b->ports)
		if (!has_port_range(a, *p))
			return false;
	return b->ports.n;
}

/* Compares all pairs, so the number is limited. */
#define SERVICES_CHECKED 500

static void check_services(struct pfread *r)
{
	struct pf_service *v = r->out->services.v;
	size_t n = r->out->services.n, i, j;

	for (i = 1; i < n && i < SERVICES_CHECKED; i++) {
		for (j = 0; j < i && !service_covers(&v[j], &v[i]); j++)
			;
		if (j == i || v[i].accept == v[j].accept)
			continue;
		pfread_warn(r, v[i].at, "this line never counts: the first "
			    "match does");
		pfread_note(r, v[j].at, "this line matches first");
	}
}

/* "[CLIENTS ACCEPT]" is often mistaken for a list of accepted clients. */
static void check_defaults(struct pfread *r)
{
	const struct pffile *pf = r->out;
	const struct pf_subnet *s;
	const struct pf_peer *p;
	bool peers = pf->clients_accept && pf->peers.n;
	bool subnets = pf->subnets_accept && pf->subnets.n;

	vec_each(p, &pf->peers)
		peers = peers && p->accept;
	vec_each(s, &pf->subnets)
		subnets = subnets && s->accept;
	if (peers)
		pfread_warn(r, pf->clients_at, "every client is accepted, not "
			    "only those with a \"+\"");
	if (subnets)
		pfread_warn(r, pf->subnets_at, "every address is accepted, "
			    "not only those with a \"+\"");
}

void pfcheck_effect(struct pfread *r)
{
	check_defaults(r);
	check_subnets(r);
	check_services(r);
}
