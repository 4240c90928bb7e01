/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/load_addr.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "compiler/base/dir.h"
#include "compiler/load/ccd_dir.h"
#include "compiler/openvpn/ipp.h"

const char *load_addr_shown(bool alone, const char *path)
{
	const char *slash = strrchr(path, '/');

	return alone && slash && slash[1] ? slash + 1 : path;
}

void load_addr_add(struct load_addr *a, struct str name,
		   enum binding_source source, const struct prefix *net,
		   struct loc at)
{
	*vec_add(&a->l->addresses) = (struct load_address){
		.name = name,
		.binding = {
			.net = *net,
			.source = source,
			.instance = str_of(a->in->name),
			.at = at,
		},
	};
}

/* The whole client-config-dir or ipp.txt of the server. */
static void add_unread(struct load_addr *a, enum binding_source source,
		       const char *path, int r)
{
	vec_push(&a->l->unread, ((struct load_unread){
		a->in, source, { NULL, 0 } }));
	if (a->l->tolerant)
		diag_warn(a->d, a->in->at,
			  "cannot read \"%s\": %s; its addresses are not known",
			  path, dir_error(r));
	else
		diag_error(a->d, a->in->at, 0, "cannot read \"%s\": %s", path,
			   dir_error(r));
}

static void read_ccds(struct load_addr *a)
{
	int r = a->in->ccd ? ccd_dir_read(a) : 0;

	if (r)
		add_unread(a, BINDING_CCD, a->in->ccd, r);
}

static void read_ipp(struct load_addr *a, struct ipp *ipp)
{
	const char *path = a->in->ipp;
	const struct ipp_entry *e;
	const struct source *src;
	int r;

	if (!path)
		return;
	r = source_load(&a->l->sources, AT_FDCWD, path,
			load_addr_shown(a->alone, path), &src);
	if (r == -ENOENT && !a->in->ipsec)
		return;		/* OpenVPN creates the file at its start */
	if (r) {
		add_unread(a, BINDING_IPP, path, r);
		return;
	}
	ipp_parse(src, a->in->topology, ipp, a->inside);
	vec_each(e, &ipp->list)
		policy_add_client(a->p, e->name);
}

/* OpenVPN passes over what is not in its pool.  Where the topology may be the
 * default, which is another since 2.7, the network counts. */
static bool is_in_pool(const struct load_addr *a, const struct ipp_entry *e)
{
	const struct instance *in = a->in;
	char text[ADDR_TEXT];

	if (!instance_knows_addresses(in, e->net.family) ||
	    instance_pool_overlaps(in, &e->net) ||
	    (in->topology == TOPOLOGY_NET30 && instance_overlaps(in, &e->net)))
		return true;
	diag_warn(a->inside, e->at,
		  "%s lies outside of the pool of \"%s\": OpenVPN passes over this line",
		  prefix_format(&e->net, text), in->name);
	return false;
}

/* Is the address of E one that the server gives?  If not, says so. */
static bool is_at_home(const struct load_addr *a, const struct ipp_entry *e)
{
	const struct ipsec *ipsec = a->in->ipsec;
	char text[ADDR_TEXT];

	if (!ipsec)
		return is_in_pool(a, e);
	if (ipsec_holds(ipsec, &e->net))
		return true;
	if (a->l->tolerant)
		return false;
	diag_error(a->d, e->at, 0,
		   "%s lies outside of the networks of \"%s\": it is not used",
		   prefix_format(&e->net, text), a->in->name);
	diag_note(a->d, a->in->at, "they are given here");
	return false;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Several servers may share files, whose messages are shown once. */
static bool is_ccd_known(const struct conf *conf, const struct instance *in)
{
	const struct instance *a;

	for (a = conf->instances.v; a < in; a++)
		if (!a->bad && is_same(a->ccd, in->ccd) &&
		    is_same(a->workdir, in->workdir))
			return true;
	return false;
}

static bool is_ipp_known(const struct conf *conf, const struct instance *in)
{
	const struct instance *a;

	for (a = conf->instances.v; a < in; a++)
		if (!a->bad && is_same(a->ipp, in->ipp) &&
		    a->topology == in->topology && !a->ipsec && !in->ipsec)
			return true;
	return false;
}

static void read_server(const struct load_addr *a, const struct conf *conf)
{
	struct diag silent = { 0 };
	struct load_addr ccd = *a, known = *a;
	const struct ipp_entry *e;
	struct ipp ipp = { 0 };

	ccd.inside = known.inside = a->l->tolerant ? &silent : a->d;
	if (is_ccd_known(conf, a->in))
		ccd.d = ccd.inside = &silent;
	if (is_ipp_known(conf, a->in))
		known.d = known.inside = &silent;
	/* ccd files need the names of ipp.txt, and tell which are disabled */
	read_ipp(&known, &ipp);
	read_ccds(&ccd);
	names_sort(&ccd.disabled);
	vec_each(e, &ipp.list)
		if (is_at_home(&known, e) && !names_has(&ccd.disabled, e->name))
			load_addr_add(&known, e->name, BINDING_IPP, &e->net,
				      e->at);
	ipp_fini(&ipp);
	vec_fini(&ccd.disabled.list);
}

void load_addr_read(struct load *l, const struct conf *conf, struct policy *p,
		    struct diag *d)
{
	struct passed_over passed;
	struct diag silent = { 0 };
	struct load_addr a = {
		.l = l, .passed = &passed, .alone = conf->instances.n == 1,
		.p = p, .d = d,
	};

	passed_over_init(&passed, conf, p);
	vec_each(a.in, &conf->instances)
		if (!a.in->bad)
			read_server(&a, conf);
	a.d = &silent;
	vec_each(a.in, &conf->instances)
		if (a.in->bad && l->asked)
			read_server(&a, conf);
	passed_over_fini(&passed);
}
