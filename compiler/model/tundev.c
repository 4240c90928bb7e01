/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/tundev.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/scan.h"

#define LAST_NUMBER 255

bool tundev_is_pattern(const char *dev)
{
	size_t n = strlen(dev);

	return n && dev[n - 1] == '*';
}

static bool is_numbered(const char *dev)
{
	return !strcmp(dev, "tun*") || !strcmp(dev, "tap*");
}

/* "0", "17"; not "", "07", "256". */
static bool is_number(struct str text)
{
	unsigned int unused;

	return scan_decimal(text, LAST_NUMBER, &unused) &&
	       (text.n == 1 || text.p[0] != '0');
}

bool tundev_means(const char *dev, struct str name)
{
	struct str before = str_of(dev);

	if (!tundev_is_pattern(dev))
		return str_equal(before, name);
	before.n--;
	return str_begins(name, before) &&
	       (!is_numbered(dev) || is_number(str_from(name, before.n)));
}

/* Of two patterns one begins with the other; "tun1*" has tun1 in common with
 * "tun*", but "tunl*" has nothing. */
bool tundev_overlap(const char *a, const char *b)
{
	struct str x = str_of(a), y = str_of(b), rest;

	if (!tundev_is_pattern(a) || !tundev_is_pattern(b))
		return tundev_is_pattern(a) ? tundev_means(a, y) : tundev_means(b, x);
	x.n--;
	y.n--;
	if (x.n > y.n)
		return tundev_overlap(b, a);
	rest = str_begins(y, x) ? str_from(y, x.n) : (struct str){ "-", 1 };
	return str_begins(y, x) &&
	       (!is_numbered(a) || !rest.n || is_number(rest));
}

static const struct tundev_seen *find_seen(const struct tundev_facts *f,
					   struct str name)
{
	const struct tundev_seen *seen;

	vec_each(seen, &f->seen)
		if (str_equal(seen->name, name))
			return seen;
	return NULL;
}

static bool is_named(const struct tundev_facts *f,
		     const struct tundev_server *s, struct str name)
{
	(void)f;
	return !tundev_is_pattern(s->dev) && str_equal(str_of(s->dev), name);
}

static bool is_claimed(const struct tundev_facts *f,
		       const struct tundev_server *s, struct str name)
{
	const struct tundev_claim *c;

	vec_each(c, &f->claims)
		if (str_equal(c->name, name) && str_equal(c->server, s->name))
			return true;
	return false;
}

static bool has_address(const struct tundev_facts *f,
			const struct tundev_server *s, struct str name)
{
	const struct tundev_seen *seen = find_seen(f, name);
	const struct prefix *own, *a;

	if (!seen)
		return false;
	vec_each(a, &seen->addresses)
		vec_each(own, &s->own)
			if (!prefix_cmp(own, a))
				return true;
	return false;
}

bool tundev_has_address(const struct tundev_facts *f, size_t server,
			struct str name)
{
	return has_address(f, &f->servers.v[server], name);
}

/* The servers that may mean NAME, and have this reason; *FOUND is one. */
static unsigned int count(const struct tundev_facts *f, struct str name,
			  bool (*reason)(const struct tundev_facts *f,
					 const struct tundev_server *s,
					 struct str name),
			  size_t *found)
{
	const struct tundev_server *s;
	unsigned int n = 0;

	vec_each(s, &f->servers)
		if (tundev_means(s->dev, name) && reason(f, s, name)) {
			*found = (size_t)(s - f->servers.v);
			n++;
		}
	return n;
}

static bool is_any(const struct tundev_facts *f, const struct tundev_server *s,
		   struct str name)
{
	(void)f;
	(void)s;
	(void)name;
	return true;
}

/* One whose own address is not known may have any. */
static bool is_unknown(const struct tundev_facts *f,
		       const struct tundev_server *s, struct str name)
{
	(void)f;
	(void)name;
	return !s->own.n;
}

struct tundev tundev_judge(const struct tundev_facts *f, struct str name)
{
	static bool (*const reasons[])(const struct tundev_facts *f,
				       const struct tundev_server *s,
				       struct str name) = {
		is_named, is_claimed, has_address,
	};
	const struct tundev_seen *seen = find_seen(f, name);
	struct tundev out = { .kind = TUNDEV_OTHER };
	unsigned int n;
	size_t i;

	if (!count(f, name, is_any, &i))
		return out;
	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		n = count(f, name, reasons[i], &out.server);
		if (!n)
			continue;
		out.kind = n == 1 ? TUNDEV_SERVER : TUNDEV_UNCLAIMED;
		return out;
	}
	out.kind = !seen || !seen->addresses.n ||
		   count(f, name, is_unknown, &i) ? TUNDEV_UNCLAIMED
						  : TUNDEV_FOREIGN;
	return out;
}

bool tundev_part(const char *dev, unsigned int i, char out[static TUNDEV_PART])
{
	if (i >= (is_numbered(dev) ? 10 : 1))
		return false;
	if (is_numbered(dev))
		snprintf(out, TUNDEV_PART, "%.3s%u*", dev, i);
	else
		snprintf(out, TUNDEV_PART, "%s", dev);
	return true;
}

static bool matches_part(const char *dev, struct str name)
{
	char part[TUNDEV_PART];
	unsigned int i;

	for (i = 0; tundev_part(dev, i, part); i++)
		if (str_begins(name, (struct str){ part, strlen(part) - 1 }))
			return true;
	return false;
}

/* Rules for a pattern of P match NAME, which is none of it, or FOREIGN. */
static bool is_in_the_way(const struct policy *p, struct str name, bool foreign)
{
	const struct vpn *vpn;
	bool matched = false;

	vec_each(vpn, &p->vpns) {
		if (vpn->ipsec || !tundev_is_pattern(vpn->dev))
			continue;
		if (!foreign && tundev_means(vpn->dev, name))
			return false;
		matched |= matches_part(vpn->dev, name);
	}
	return matched;
}

/* Rules can name it. */
static bool is_plain(struct str name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' ||
		    strchr("\"\\'*+:/", name.p[i]))
			return false;
	return name.n;
}

static int cmp_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void tundev_leave(const struct tundev_facts *f, struct policy *p)
{
	const struct tundev_seen *seen;
	enum tundev_kind kind;
	char **other;

	vec_each(other, &p->others)
		free(*other);
	p->others.n = 0;
	vec_each(seen, &f->seen) {
		kind = tundev_judge(f, seen->name).kind;
		if ((kind == TUNDEV_FOREIGN || kind == TUNDEV_OTHER) &&
		    is_plain(seen->name) &&
		    is_in_the_way(p, seen->name, kind == TUNDEV_FOREIGN))
			vec_push(&p->others,
				 mem_dup(seen->name.p, seen->name.n));
	}
	vec_sort(&p->others, cmp_texts);
}

static int cmp_devs(const void *a, const void *b)
{
	return strcmp(((const struct vpn_dev *)a)->name,
		      ((const struct vpn_dev *)b)->name);
}

/* NAME is a server's, or nobody's. */
static void give(const struct tundev_facts *f, struct str name,
		 struct policy *p)
{
	struct tundev t = tundev_judge(f, name);
	struct vpn *vpn;
	char text[32];

	if (t.kind != TUNDEV_SERVER || name.n >= sizeof(text))
		return;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
	vec_each(vpn, &p->vpns)
		if (!vpn->ipsec && tundev_is_pattern(vpn->dev) &&
		    tundev_means(vpn->dev, name) &&
		    str_equal(str_of(vpn->server), f->servers.v[t.server].name) &&
		    !policy_has_dev(vpn, text))
			policy_add_dev(vpn, name);
}

static void take_devs(struct vpn *vpn)
{
	struct vpn_dev *dev;

	if (vpn->ipsec || !tundev_is_pattern(vpn->dev))
		return;
	vec_each(dev, &vpn->devs)
		policy_end_dev(dev);
	vpn->devs.n = 0;
}

static void find_vrfs(const struct tundev_facts *f, struct vpn *vpn)
{
	const struct tundev_seen *seen;
	struct vpn_dev *dev;

	vec_each(dev, &vpn->devs) {
		seen = find_seen(f, str_of(dev->name));
		free(dev->vrf);
		dev->vrf = seen && seen->vrf && is_plain(str_of(seen->vrf))
				   ? mem_copy(seen->vrf) : NULL;
	}
}

void tundev_assign(const struct tundev_facts *f, struct policy *p)
{
	const struct tundev_claim *claim;
	const struct tundev_seen *seen;
	struct vpn *vpn;

	vec_each(vpn, &p->vpns)
		take_devs(vpn);
	vec_each(seen, &f->seen)
		give(f, seen->name, p);
	vec_each(claim, &f->claims)
		give(f, claim->name, p);
	vec_each(vpn, &p->vpns) {
		vec_sort(&vpn->devs, cmp_devs);
		find_vrfs(f, vpn);
	}
	tundev_leave(f, p);
}

void tundev_fini(struct tundev_facts *f)
{
	struct tundev_server *server;
	struct tundev_seen *seen;
	char **text;

	vec_each(server, &f->servers)
		vec_fini(&server->own);
	vec_fini(&f->servers);
	vec_each(seen, &f->seen)
		vec_fini(&seen->addresses);
	vec_fini(&f->seen);
	vec_fini(&f->claims);
	vec_each(text, &f->texts)
		free(*text);
	vec_fini(&f->texts);
}
