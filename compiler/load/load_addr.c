/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/load_addr.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "compiler/base/dir.h"
#include "compiler/base/name.h"
#include "compiler/openvpn/ccd.h"
#include "compiler/openvpn/ipp.h"

#define DEFAULT_FILE "DEFAULT"

/* A client with "/" in its name; its file name has "_" in place of "/". */
struct slashed {
	char *file;
	size_t client;			/* index */
};

struct reading {
	struct load *l;
	const struct instance *in;
	bool alone;			/* the only server: show short paths */
	struct policy *p;
	struct diag *d;
	struct diag *inside;		/* for errors inside the files */
	VEC(struct slashed) slashed;	/* by file */
	VEC(struct str) disabled;
};

static int say_unreadable(struct reading *x, const char *path, int r)
{
	if (!x->l->tolerant)
		return diag_error(x->d, LOC_NONE, r, "cannot read \"%s\": %s",
				  path, dir_error(r));
	diag_warn(x->d, LOC_NONE,
		  "cannot read \"%s\": %s; its addresses are not known", path,
		  dir_error(r));
	return 0;
}

/* NAME's ccd file, or one of its includes, cannot be read. */
static void add_unread(struct reading *x, struct str name)
{
	vec_push(&x->l->unread, ((struct load_unread){ x->in, name }));
	if (!str_equal(name, STR(DEFAULT_FILE)))
		policy_add_client(x->p, name);
}

/* PATH for messages: only its last part if the server is ALONE. */
static const char *shown_path(bool alone, const char *path)
{
	const char *slash = strrchr(path, '/');

	return alone && slash && slash[1] ? slash + 1 : path;
}

static void add_address(struct reading *x, struct str name,
			enum binding_source source, const struct prefix *net,
			struct loc at)
{
	*vec_add(&x->l->addresses) = (struct load_address){
		.name = name,
		.binding = {
			.net = *net,
			.source = source,
			.instance = str_of(x->in->name),
			.at = at,
		},
	};
}

static void add_ccd(struct reading *x, struct str name, const struct ccd *ccd)
{
	const struct ccd_net *net;

	if (ccd->disable) {
		diag_info(x->d, ccd->disable_at,
			  "OpenVPN refuses clients of this name");
		vec_push(&x->disabled, name);
		return;
	}
	policy_add_client(x->p, name);
	if (ccd->has_ip4)
		add_address(x, name, BINDING_CCD, &ccd->ip4.net, ccd->ip4.at);
	if (ccd->has_ip6)
		add_address(x, name, BINDING_CCD, &ccd->ip6.net, ccd->ip6.at);
	vec_each(net, &ccd->iroutes)
		add_address(x, name, BINDING_CCD, &net->net, net->at);
}

static void warn_of_default(struct reading *x, const struct ccd *ccd)
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
	diag_warn(x->d, at, "every client without a file of its own would get "
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
	const struct client *c;

	vec_each(c, &x->p->clients)
		if (memchr(c->name.p, '/', c->name.n))
			vec_push(&x->slashed, ((struct slashed){
				name_file(c->name, ""),
				(size_t)(c - x->p->clients.v),
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
 * from ipp.txt, not from the name of the ccd file.
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
		return x->p->clients.v[x->slashed.v[low].client].name;
	return file;
}

static void parse_ccd(struct reading *x, const struct source *src,
		      struct str file)
{
	struct ccd ccd = { 0 };
	int r;

	r = ccd_parse(src, x->in->workdir, &x->l->sources, &ccd, x->inside);
	if (r)
		add_unread(x, name_of_file(x, file));
	else if (str_equal(file, STR(DEFAULT_FILE)))
		warn_of_default(x, &ccd);
	else
		add_ccd(x, name_of_file(x, file), &ccd);
	/* it may be of no client, whose files are looked at in their turn */
	if (ccd.disable)
		sources_see(&x->l->sources, dir_join(x->in->ccd, file.p),
			    src->stamp);
	ccd_fini(&ccd);
}

static int say_ccd(struct sources *set, const char *shown, int r,
		   struct diag *d)
{
	struct loc at = { .src = source_text(set, shown, "", 0) };

	return diag_error(d, at, r, "cannot read this file: %s", dir_error(r));
}

static void read_ccd(struct reading *x, const struct dir *dir, const char *file)
{
	char *shown = mem_printf("%s/%s", shown_path(x->alone, x->in->ccd),
				 file);
	const struct source *src;
	int r;

	r = dir_load(&x->l->sources, dir, file, shown, &src);
	if (!r) {
		parse_ccd(x, src, str_from(str_of(src->name),
					   strlen(shown) - strlen(file)));
	} else if (r != -ENOENT && r != -EISDIR) {
		say_ccd(&x->l->sources, shown, r, x->d);
		src = source_text(&x->l->sources, file, "", 0);
		add_unread(x, name_of_file(x, str_of(src->name)));
	}
	free(shown);
}

/* -ENOENT: there is no such file. */
static int load_ccd_source(struct load *l, const struct instance *in,
			   struct str name, const struct source **src,
			   struct diag *d)
{
	char *file = name_file(name, ""), *shown;
	struct dir dir = { .fd = dir_open(in->ccd), .path = in->ccd };
	int r = dir.fd < 0 ? dir.fd : -ENOENT;

	shown = mem_printf("%s/%s", shown_path(l->conf.instances.n == 1,
					       in->ccd), file ? file : "");
	if (dir.fd >= 0 && file)
		r = dir_load(&l->sources, &dir, file, shown, src);
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

/* A backup of an editor has the same address as the file. */
static bool is_left_over(const char *file)
{
	return file[0] == '.' || file[strlen(file) - 1] == '~';
}

static int read_ccds(struct reading *x)
{
	struct dir dir;
	char **file;
	int r;

	r = dir_read(x->in->ccd, &dir);
	if (r)
		return say_unreadable(x, x->in->ccd, r);
	sources_see(&x->l->sources, mem_copy(x->in->ccd), dir.stamp);
	collect_slashed(x);
	vec_each(file, &dir.names) {
		diag_progress(x->d, "reading addresses",
			      (size_t)(file - dir.names.v), dir.names.n);
		if (!is_left_over(*file) && name_is_possible(str_of(*file)))
			read_ccd(x, &dir, *file);
	}
	forget_slashed(x);
	dir_fini(&dir);
	return 0;
}

static int read_ipp(struct reading *x, struct ipp *ipp)
{
	const char *path = x->in->ipp;
	const struct ipp_entry *e;
	const struct source *src;
	int r;

	r = source_load(&x->l->sources, AT_FDCWD, path, shown_path(x->alone, path),
			&src);
	if (r == -ENOENT && !x->in->ipsec)
		return 0;	/* OpenVPN creates the file at its start */
	if (r)
		return say_unreadable(x, path, r);
	ipp_parse(src, x->in->topology, ipp, x->inside);
	vec_each(e, &ipp->list)
		policy_add_client(x->p, e->name);
	return 0;
}

static bool is_disabled(const struct reading *x, struct str name)
{
	const struct str *s;

	vec_each(s, &x->disabled)
		if (str_equal(*s, name))
			return true;
	return false;
}

/* Is the address of E inside the server's networks?  If not, sets *r. */
static bool is_at_home(const struct reading *x, const struct ipp_entry *e,
		       int *r)
{
	const struct ipsec *ipsec = x->in->ipsec;
	char text[ADDR_TEXT];

	if (!ipsec || ipsec_holds(ipsec, &e->net))
		return true;
	if (x->l->tolerant)
		return false;
	*r = diag_error(x->d, e->at, -EINVAL,
			"%s lies outside of the networks of \"%s\"",
			prefix_format(&e->net, text), x->in->name);
	diag_note(x->d, x->in->at, "they are given here");
	return false;
}

int load_addr_read(struct load *l, const struct conf *conf,
		   const struct instance *in, struct policy *p,
		   struct diag *d)
{
	struct diag silent = { 0 };
	struct reading x = {
		.l = l, .in = in, .alone = conf->instances.n == 1, .p = p,
		.d = d, .inside = l->tolerant ? &silent : d,
	};
	const struct ipp_entry *e;
	struct ipp ipp = { 0 };
	int r, r2;

	/* ccd files need the names of ipp.txt, and tell which are disabled */
	r = in->ipp ? read_ipp(&x, &ipp) : 0;
	r2 = in->ccd ? read_ccds(&x) : 0;
	vec_each(e, &ipp.list)
		if (is_at_home(&x, e, &r) && !is_disabled(&x, e->name))
			add_address(&x, e->name, BINDING_IPP, &e->net, e->at);
	ipp_fini(&ipp);
	vec_fini(&x.disabled);
	return r ? r : r2;
}
