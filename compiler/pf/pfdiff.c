/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/pfdiff.h"

#include <stdio.h>

struct told {
	FILE *out;
	size_t n, most;
};

/*
 * Is entry I of LIST in the list OTHER at the same place, from the beginning or
 * from the end? In long lists few entries are not.
 */
#define STAYS(list, i, other, equal) \
	(((i) < (other)->n && equal(&(list)->v[i], &(other)->v[i])) || \
	 ((list)->n - (i) <= (other)->n && \
	  equal(&(list)->v[i], &(other)->v[(other)->n - ((list)->n - (i))])))

static void tell(struct told *t, bool gained, struct str what)
{
	if (t->n++ < t->most)
		fprintf(t->out, "%s%c %.*s", t->n > 1 ? ", " : "",
			gained ? '+' : '-', STR_ARG(what));
}

static void tell_default(struct told *t, bool old, bool new, struct str whom)
{
	if (old != new)
		tell(t, new, whom);
}

static bool peers_equal(const struct pf_peer *a, const struct pf_peer *b)
{
	return a->accept == b->accept && str_equal(a->name, b->name);
}

/* The line that decides about NAME, or NULL. */
static const struct pf_peer *find_peer(const struct pffile *pf,
				       struct str name)
{
	const struct pf_peer *peer;

	vec_each(peer, &pf->peers)
		if (str_equal(peer->name, name))
			return peer;
	return NULL;
}

/* What LINES say about clients, and OTHER does not. IS_NEW: LINES are of the
 * new file. */
static void tell_peers(struct told *t, const struct pffile *lines,
		       const struct pffile *other, bool is_new)
{
	const struct pf_peer *peer, *found;
	bool accept;
	size_t i;

	for (i = 0; i < lines->peers.n; i++) {
		peer = &lines->peers.v[i];
		if (STAYS(&lines->peers, i, &other->peers, peers_equal) ||
		    find_peer(lines, peer->name) != peer)
			continue;
		found = find_peer(other, peer->name);
		if (found && !is_new)
			continue;	/* told by the new line */
		accept = found ? found->accept : other->clients_accept;
		if (accept != peer->accept)
			tell(t, peer->accept == is_new, peer->name);
	}
}

static bool subnets_equal(const struct pf_subnet *a, const struct pf_subnet *b)
{
	return a->accept == b->accept && a->shadowed == b->shadowed &&
	       !prefix_cmp(&a->net, &b->net);
}

static bool has_subnet(const struct pffile *pf, const struct pf_subnet *s)
{
	const struct pf_subnet *i;

	vec_each(i, &pf->subnets)
		if (subnets_equal(i, s))
			return true;
	return false;
}

/* Does PF say ACCEPT to each address of NET? */
static bool says_to_all(const struct pffile *pf, const struct prefix *net,
			bool accept)
{
	const struct pf_subnet *s;

	vec_each(s, &pf->subnets) {
		if (s->accept == accept && prefix_covers(&s->net, net))
			return true;
		if (s->accept != accept && !s->shadowed &&
		    (prefix_covers(&s->net, net) ||
		     prefix_covers(net, &s->net)))
			return false;
	}
	return pf->subnets_accept == accept;
}

/* As tell_peers. */
static void tell_subnets(struct told *t, const struct pffile *lines,
			 const struct pffile *other, bool is_new)
{
	const struct pf_subnet *s;
	char net[ADDR_TEXT];
	size_t i;

	for (i = 0; i < lines->subnets.n; i++) {
		s = &lines->subnets.v[i];
		if (s->shadowed || STAYS(&lines->subnets, i, &other->subnets,
					 subnets_equal) ||
		    has_subnet(other, s))
			continue;
		if (!says_to_all(other, &s->net, s->accept))
			tell(t, s->accept == is_new,
			     str_of(prefix_format(&s->net, net)));
	}
}

static bool services_equal(const struct pf_service *a,
			   const struct pf_service *b)
{
	size_t i;

	if (prefix_cmp(&a->net, &b->net) || a->proto != b->proto ||
	    a->accept != b->accept || a->ports.n != b->ports.n ||
	    a->client_ports.from != b->client_ports.from ||
	    a->client_ports.to != b->client_ports.to)
		return false;
	for (i = 0; i < a->ports.n; i++)
		if (a->ports.v[i].from != b->ports.v[i].from ||
		    a->ports.v[i].to != b->ports.v[i].to)
			return false;
	return true;
}

static bool has_service(const struct pffile *pf, const struct pf_service *s)
{
	const struct pf_service *i;

	vec_each(i, &pf->services)
		if (services_equal(i, s))
			return true;
	return false;
}

static void tell_service(struct told *t, const struct pf_service *s,
			 bool gained)
{
	char *text = NULL, *end;
	size_t size = 0;
	FILE *f = mem_check(open_memstream(&text, &size));

	pffile_print_service(s, f);
	if (!fclose(f)) {
		end = strchr(text, '\n');
		tell(t, gained, (struct str){ text + 1,
					      (size_t)(end - text) - 1 });
	}
	free(text);
}

/* As tell_peers; returns whether a line stands elsewhere. */
static bool tell_services(struct told *t, const struct pffile *lines,
			  const struct pffile *other, bool is_new)
{
	const struct pf_service *s;
	bool moved = false;
	size_t i;

	for (i = 0; i < lines->services.n; i++) {
		s = &lines->services.v[i];
		if (STAYS(&lines->services, i, &other->services,
			  services_equal))
			continue;
		if (has_service(other, s))
			moved = true;
		else
			tell_service(t, s, s->accept == is_new);
	}
	return moved;
}

char *pfdiff_text(const struct pffile *old, const struct pffile *new,
		  size_t most)
{
	struct told t = { .most = most };
	char *text = NULL;
	size_t size = 0;
	bool moved;

	t.out = mem_check(open_memstream(&text, &size));
	tell_peers(&t, new, old, true);
	tell_peers(&t, old, new, false);
	tell_default(&t, old->clients_accept, new->clients_accept,
		     STR("all other clients"));
	moved = tell_services(&t, new, old, true);
	tell_services(&t, old, new, false);
	tell_subnets(&t, new, old, true);
	tell_subnets(&t, old, new, false);
	tell_default(&t, old->subnets_accept, new->subnets_accept,
		     STR("all other addresses"));
	if (t.n > most)
		fprintf(t.out, " and %zu more", t.n - most);
	else if (!t.n)
		fputs(moved ? "services in another order" :
			      "other lines, the same rights", t.out);
	fclose(t.out);
	return text;
}
