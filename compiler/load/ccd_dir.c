/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/ccd_dir.h"

#include <errno.h>
#include <string.h>

#include "compiler/base/dir.h"
#include "compiler/base/name.h"
#include "compiler/openvpn/ccd.h"

#define DEFAULT_FILE "DEFAULT"

/* An exit node has all addresses, but only while it is there: else packets to
 * them leave by another interface, and are no client's. */
#define WIDEST_STATIC 8

/* A client with "/" in its name; its file name has "_" in place of "/". */
struct slashed {
	char *file;
	size_t client;			/* index */
};

struct reading {
	struct load_addr *a;
	struct dir dir;
	VEC(struct slashed) slashed;	/* by file */
	size_t passed;			/* files that are no client's */
};

/* NAME's file, or one of its includes, cannot be read. */
static void add_unread(struct load_addr *a, struct str name)
{
	vec_push(&a->l->unread, ((struct load_unread){
		a->in, BINDING_CCD, name }));
	if (!str_equal(name, STR(DEFAULT_FILE)))
		policy_add_client(a->p, name);
}

static void add_ccd(struct load_addr *a, struct str name,
		    const struct ccd *ccd)
{
	const struct ccd_net *net;

	if (ccd->disable) {
		diag_info(a->d, ccd->disable_at,
			  "OpenVPN refuses clients of this name");
		vec_push(&a->disabled.list, name);
		return;
	}
	policy_add_client(a->p, name);
	if (ccd->has_ip4)
		load_addr_add(a, name, BINDING_CCD, &ccd->ip4.net, ccd->ip4.at);
	if (ccd->has_ip6)
		load_addr_add(a, name, BINDING_CCD, &ccd->ip6.net, ccd->ip6.at);
	vec_each(net, &ccd->iroutes)
		if (net->net.len < WIDEST_STATIC)
			diag_info(a->d, net->at,
				  "this counts while the client is connected: others have these addresses, too");
		else
			load_addr_add(a, name, BINDING_CCD, &net->net, net->at);
}

static void warn_of_default(struct load_addr *a, const struct ccd *ccd)
{
	struct loc at;

	if (ccd->has_ip4)
		at = ccd->ip4.at;
	else if (ccd->has_ip6)
		at = ccd->ip6.at;
	else if (ccd->iroutes.n)
		at = ccd->iroutes.v[0].at;
	else
		return;
	diag_warn(a->d, at, "every client without a file of its own would get "
		  "this address: the address is not used");
}

static int cmp_slashed(const void *pa, const void *pb)
{
	const struct slashed *a = pa, *b = pb;
	int r = strcmp(a->file, b->file);

	return r ? r : (a->client > b->client) - (a->client < b->client);
}

/* One pass: a search of the clients for each file would be quadratic. */
static void collect_slashed(struct reading *x)
{
	const struct policy *p = x->a->p;
	const struct client *c;

	vec_each(c, &p->clients)
		if (memchr(c->name.p, '/', c->name.n))
			vec_push(&x->slashed, ((struct slashed){
				name_file(c->name, ""),
				(size_t)(c - p->clients.v),
			}));
	vec_sort(&x->slashed, cmp_slashed);
}

static void forget_slashed(struct reading *x)
{
	struct slashed *s;

	vec_each(s, &x->slashed)
		free(s->file);
	vec_fini(&x->slashed);
}

/*
 * The ccd file of client "a/b" is "a_b".  The name of the client is then known
 * from ipp.txt or a live binding, not from the name of the ccd file.
 */
static struct str name_of_file(const struct reading *x, struct str file)
{
	size_t low = 0, high = x->slashed.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (str_cmp(str_of(x->slashed.v[mid].file), file) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < x->slashed.n &&
	    str_equal(str_of(x->slashed.v[low].file), file))
		return x->a->p->clients.v[x->slashed.v[low].client].name;
	return file;
}

static void parse_ccd(struct reading *x, const struct source *src,
		      struct str file)
{
	struct str name = name_of_file(x, file);
	struct load_addr *a = x->a;
	struct ccd ccd = { 0 };
	int r;

	r = ccd_parse(src, a->in->workdir, &a->l->sources, &ccd, a->inside);
	if (r)
		add_unread(a, name);
	else if (str_equal(file, STR(DEFAULT_FILE)))
		warn_of_default(a, &ccd);
	else
		add_ccd(a, name, &ccd);
	/* it may be of no client, whose files are looked at in their turn */
	if (ccd.disable)
		sources_see(&a->l->sources, dir_join(a->in->ccd, file.p),
			    src->stamp);
	ccd_fini(&ccd);
}

static int say_ccd(struct sources *set, const char *shown, int r,
		   struct diag *d)
{
	struct loc at = { .src = source_text(set, shown, "", 0) };

	return diag_error(d, at, r, "cannot read this file: %s", dir_error(r));
}

static void read_ccd(struct reading *x, const char *file)
{
	struct load_addr *a = x->a;
	char *shown = mem_printf("%s/%s", load_addr_shown(a->alone, a->in->ccd),
				 file);
	const struct source *src;
	int r;

	r = dir_load(&a->l->sources, &x->dir, file, shown, &src);
	if (!r) {
		parse_ccd(x, src, str_from(str_of(src->name),
					   strlen(shown) - strlen(file)));
	} else if (passed_over_is_no_file(r)) {
		x->passed++;
	} else if (r != -ENOENT) {
		say_ccd(&a->l->sources, shown, r, a->d);
		src = source_text(&a->l->sources, file, "", 0);
		add_unread(a, name_of_file(x, str_of(src->name)));
	}
	free(shown);
}

static void read_all(struct reading *x)
{
	struct load_addr *a = x->a;
	char **file;

	vec_each(file, &x->dir.names) {
		diag_progress(a->d, "reading addresses",
			      (size_t)(file - x->dir.names.v), x->dir.names.n);
		if (passed_over_is(a->passed, &x->dir, *file,
				   name_of_file(x, str_of(*file))))
			x->passed++;
		else
			read_ccd(x, *file);
	}
	if (x->passed)
		diag_info(a->d, LOC_NONE,
			  "files in \"%s\" that are no client's: %zu, passed over",
			  a->in->ccd, x->passed);
}

int ccd_dir_read(struct load_addr *a)
{
	struct reading x = { .a = a };
	int r = dir_read(a->in->ccd, &x.dir);

	if (r)
		return r;
	sources_see(&a->l->sources, mem_copy(a->in->ccd), x.dir.stamp);
	collect_slashed(&x);
	read_all(&x);
	forget_slashed(&x);
	dir_fini(&x.dir);
	return 0;
}

/* -ENOENT: there is no such file. */
static int load_ccd_source(struct load *l, const struct instance *in,
			   struct str name, const struct source **src,
			   struct diag *d)
{
	char *file = name_file(name, ""), *shown;
	struct dir dir = { .fd = dir_open(in->ccd), .path = in->ccd };
	int r = dir.fd < 0 ? dir.fd : -ENOENT;

	shown = mem_printf("%s/%s", load_addr_shown(l->conf.instances.n == 1,
						    in->ccd), file ? file : "");
	if (dir.fd >= 0 && file)
		r = dir_load(&l->sources, &dir, file, shown, src);
	if (dir.fd >= 0 && passed_over_is_no_file(r))
		r = -ENOENT;
	if (r && r != -ENOENT)
		say_ccd(&l->sources, shown, r, d);
	if (dir.fd >= 0)
		dir_fini(&dir);
	free(shown);
	free(file);
	return r;
}

int load_ccd(struct load *l, const struct instance *in, struct str name,
	     struct ccd *out, struct diag *d)
{
	const struct source *src;
	int r;

	*out = (struct ccd){ 0 };
	r = load_ccd_source(l, in, name, &src, d);
	if (r)
		return r == -ENOENT ? 0 : r;
	return ccd_parse(src, in->workdir, &l->sources, out, d);
}
