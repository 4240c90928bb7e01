/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <string.h>

#include "compiler/base/dir.h"
#include "compiler/base/name.h"
#include "compiler/load/load_addr.h"
#include "compiler/model/shut.h"

#define SUFFIX ".pf"
#define DEFAULT_FILE "DEFAULT" SUFFIX

/* A distinct text of .pf files. */
struct kind {
	const struct source *file;	/* the first file with this text */
	unsigned int number;
};

static int cmp_kinds(const void *pa, const void *pb)
{
	const struct source *a = ((const struct kind *)pa)->file;
	const struct source *b = ((const struct kind *)pb)->file;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return memcmp(a->text, b->text, a->size);
}

/* Thousands of clients may have only a few policies: work that depends only on
 * the text is done once for each text. */
static unsigned int find_kind(struct load *l, const struct source *file)
{
	struct kind *kind = mem_zalloc(1, sizeof(*kind)), **found;

	kind->file = file;
	found = mem_check(tsearch(kind, &l->kinds, cmp_kinds));
	if (*found != kind)
		free(kind);
	else
		kind->number = ++l->n_kinds;
	return (*found)->number;
}

void load_fini(struct load *l)
{
	tdestroy(l->kinds, free);
	vec_fini(&l->addresses);
	vec_fini(&l->unread);
	groups_fini(&l->groups);
	conf_fini(&l->conf);
	sources_fini(&l->sources);
}

static int say_unreadable(struct diag *d, const char *path, int r)
{
	return diag_error(d, LOC_NONE, r, "cannot read \"%s\": %s", path,
			  dir_error(r));
}

static int load_groups(struct load *l, const struct conf *conf,
		       struct diag *d)
{
	const struct source *src;
	int r;

	if (!conf->groups || l->has_groups)
		return 0;
	r = source_load(&l->sources, AT_FDCWD, conf->groups, conf->groups,
			&src);
	if (r)
		return say_unreadable(d, conf->groups, r);
	l->has_groups = true;
	return groups_parse(src, &l->groups, d);
}

static struct loc place_of_file(struct load *l, const char *name)
{
	return (struct loc){ .src = source_text(&l->sources, name, "", 0) };
}

/* Parse c->file; sets c->state and c->pf. */
static void parse_pf(struct load *l, struct client *c, struct diag *d)
{
	struct pffile_options opt = {
		.openvpn_25 = l->openvpn_25,
		.groups = l->has_groups ? &l->groups : NULL,
	};

	struct diag silent = { 0 };

	if (pffile_parse(c->file, &opt, &c->pf, l->tolerant ? &silent : d))
		c->state = CLIENT_BAD_FILE;
	else if (c->pf.state == PFFILE_KILL)
		c->state = CLIENT_KILL;
	else
		c->state = CLIENT_OPEN;
	c->kind = find_kind(l, c->file);
}

/* False: there is no such file; C is unchanged. */
static bool read_pf(struct load *l, const struct dir *dir, const char *file,
		    struct client *c, struct diag *d)
{
	int r = dir_load(&l->sources, dir, file, file, &c->file);
	struct loc at;

	if (r == -ENOENT)
		return false;
	if (!r) {
		parse_pf(l, c, d);
		return true;
	}
	at = place_of_file(l, file);
	diag_error(d, at, r, "cannot read this file: %s", dir_error(r));
	c->file = at.src;
	c->state = CLIENT_BAD_FILE;
	vec_push(&l->unread, (struct load_unread){ 0 });
	return true;
}

/* Messages about DEFAULT.pf are shown once, not for each client. */
static void read_default(struct load *l, const struct dir *dir,
			 struct client *c, struct diag *d)
{
	struct diag silent = { 0 };

	if (!l->default_pf) {
		if (!read_pf(l, dir, DEFAULT_FILE, c, d))
			return;
		l->default_pf = c->file;
		sources_see(&l->sources, dir_join(dir->path, DEFAULT_FILE),
			    c->file->stamp);
		return;
	}
	c->file = l->default_pf;
	parse_pf(l, c, &silent);
}

/* C's own file, or else DEFAULT.pf with default-policy. */
static void read_client(struct load *l, const struct conf *conf,
			const struct dir *dir, struct client *c,
			struct diag *d)
{
	char *file = name_file(c->name, SUFFIX);
	bool found = false;

	if (!file)
		return;
	if (strlen(file) <= NAME_MAX)
		found = read_pf(l, dir, file, c, d);
	free(file);
	if (!found && conf->default_policy)
		read_default(l, dir, c, d);
}

int load_client(struct load *l, const struct conf *conf, struct str name,
		struct client *out, struct diag *d)
{
	int r = load_groups(l, conf, d);

	*out = (struct client){ .name = name, .state = CLIENT_NO_FILE };
	return r ? r : load_client_alone(l, conf, name, out, d);
}

int load_client_alone(struct load *l, const struct conf *conf, struct str name,
		      struct client *out, struct diag *d)
{
	struct dir dir = { .path = conf->policy };

	*out = (struct client){ .name = name, .state = CLIENT_NO_FILE };
	dir.fd = dir_open(conf->policy);
	if (dir.fd < 0)
		return say_unreadable(d, conf->policy, dir.fd);
	read_client(l, conf, &dir, out, d);
	dir_fini(&dir);
	return 0;
}

void load_say_bad(struct load *l, const struct client *c, struct diag *d)
{
	struct client again = { .file = c->file };
	bool tolerant = l->tolerant;

	if (!c->file->size)
		return;
	l->tolerant = false;
	parse_pf(l, &again, d);
	l->tolerant = tolerant;
	pffile_fini(&again.pf);
}

static const char *why_impossible(struct str name)
{
	if (!name.n)
		return "it is empty";
	if (name.n > NAME_MAX_BYTES)
		return "it is longer than 64 bytes";
	return "it has control characters";
}

/* "john.pf" -> "john"; false: not the file of a client. */
static bool client_of_file(const struct conf *conf, const char *file,
			   struct str *name)
{
	*name = str_of(file);
	if (name->n < sizeof(SUFFIX) - 1)
		return false;
	name->n -= sizeof(SUFFIX) - 1;
	if (strcmp(file + name->n, SUFFIX))
		return false;
	return !conf->default_policy || strcmp(file, DEFAULT_FILE);
}

static void add_pf(struct load *l, const struct dir *dir, const char *file,
		   struct str name, struct policy *p, struct diag *d)
{
	struct client c = { .state = CLIENT_NO_FILE };

	if (!name_is_possible(name)) {
		diag_warn(d, place_of_file(l, file),
			  "this is no client's name: %s",
			  why_impossible(name));
		return;
	}
	if (!read_pf(l, dir, file, &c, d))
		return;
	c.name = (struct str){ c.file->name, name.n };
	*policy_add_client(p, c.name) = c;
}

static void add_vpn(const struct instance *in, bool shut, struct policy *p)
{
	const struct vpn vpn = { .dev = in->dev, .ipsec = in->ipsec };

	if (instance_is_known(in) && !(shut && policy_covers(p, &vpn)))
		policy_add_vpn(p, str_of(in->name),
			       str_of(in->dev ? in->dev : VPN_NO_DEV), in->tap,
			       in->ipsec)->shut = shut;
}

/* The interface of a bad instance may match another's: its rule comes last. */
void load_vpns(const struct conf *conf, struct policy *p)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (!in->bad)
			add_vpn(in, false, p);
	for (in = conf_next_bad(conf, NULL); in; in = conf_next_bad(conf, in)) {
		add_vpn(in, true, p);
		vec_push(&p->shut, ((struct shut){
			.name = str_of(in->name), .at = in->bad_at }));
		/* a server that no hook could name may be this one */
		if (!in->ipsec)
			vec_push(&p->shut, ((struct shut){
				.name = STR("-"), .at = in->bad_at }));
	}
	vec_each(in, &conf->shut)
		add_vpn(in, true, p);
}

int load_policy(struct load *l, const struct conf *conf, struct policy *out,
		struct diag *d)
{
	struct dir dir;
	struct str name;
	char **file;
	int r;

	r = load_groups(l, conf, d);
	if (r)
		return r;
	r = dir_read(conf->policy, &dir);
	if (r)
		return say_unreadable(d, conf->policy, r);
	sources_see(&l->sources, mem_copy(conf->policy), dir.stamp);
	vec_each(file, &dir.names) {
		diag_progress(d, "reading policies",
			      (size_t)(file - dir.names.v), dir.names.n);
		if (client_of_file(conf, *file, &name))
			add_pf(l, &dir, *file, name, out, d);
	}
	dir_fini(&dir);
	load_addr_read(l, conf, out, d);
	load_vpns(conf, out);
	return 0;
}

int load_bind(struct load *l, const struct conf *conf, struct policy *p,
	      struct diag *d)
{
	struct dir dir = { .fd = dir_open(conf->policy), .path = conf->policy };
	struct load_address *a;
	struct client *c;

	if (dir.fd < 0)
		return say_unreadable(d, conf->policy, dir.fd);
	policy_sort(p);
	vec_each(c, &p->clients)
		if (!c->file)
			read_client(l, conf, &dir, c, d);
	dir_fini(&dir);
	vec_each(a, &l->addresses) {
		a->binding.client = (unsigned int)policy_index(p, a->name);
		if (shut_find(p, a->binding.instance))
			vec_push(&p->gone, a->binding);
		else
			policy_bind(p, &a->binding);
	}
	return 0;
}
