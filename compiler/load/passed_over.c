/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/passed_over.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base/name.h"
#include "compiler/openvpn/ccd_name.h"

static int cmp_names(const void *pa, const void *pb)
{
	const struct passed_name *a = pa, *b = pb;
	int r = str_cmp(a->name, b->name);

	return r ? r : b->live - a->live;
}

void passed_over_init(struct passed_over *x, const struct conf *conf,
		      const struct policy *p)
{
	const struct client *c;

	*x = (struct passed_over){ .conf = conf };
	vec_each(c, &p->clients)
		vec_push(&x->names, ((struct passed_name){
			c->name, !c->file }));
	vec_sort(&x->names, cmp_names);
}

void passed_over_fini(struct passed_over *x)
{
	vec_fini(&x->names);
}

/* NULL: NAME is neither connected nor has a .pf file. */
static const struct passed_name *find(const struct passed_over *x,
				      struct str name)
{
	size_t low = 0, high = x->names.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (str_cmp(x->names.v[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < x->names.n && str_equal(x->names.v[low].name, name)
		? &x->names.v[low] : NULL;
}

static bool is_path(const struct dir *dir, const char *file, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct stat a, b;

	if (!path || strcmp(slash ? slash + 1 : path, file) != 0)
		return false;
	return !fstatat(dir->fd, file, &a, 0) && !stat(path, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_named_by_conf(const struct conf *conf, const struct dir *dir,
			     const char *file)
{
	const struct instance *in;

	if (is_path(dir, file, conf->groups))
		return true;
	vec_each(in, &conf->instances)
		if (is_path(dir, file, in->ipp) ||
		    is_path(dir, file, in->status) ||
		    is_path(dir, file, in->config) ||
		    is_path(dir, file, in->management_pw))
			return true;
	return false;
}

static int cmp_files(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_file(const struct dir *dir, struct str file)
{
	char *key = mem_dup(file.p, file.n);
	bool has = file.n && bsearch(&key, dir->names.v, dir->names.n,
				     sizeof(*dir->names.v), cmp_files);

	free(key);
	return has;
}

bool passed_over_is(const struct passed_over *x, const struct dir *dir,
		    const char *file, struct str name)
{
	const struct passed_name *known = find(x, name);
	enum ccd_copy copy;
	struct str stem;

	if (!name_is_possible(name))
		return true;
	if (known && known->live)
		return false;
	if (is_named_by_conf(x->conf, dir, file))
		return true;
	copy = ccd_name_copy(str_of(file), &stem);
	if (copy == CCD_ORIGINAL)
		return false;
	if (copy == CCD_COPY_BESIDE)
		return !known && has_file(dir, stem);
	return !known || has_file(dir, stem);
}

bool passed_over_is_no_file(int r)
{
	return r == -EISDIR || r == -EINVAL || r == -ENXIO;
}
