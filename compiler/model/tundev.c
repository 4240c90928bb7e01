/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/tundev.h"

#include <string.h>

#include "compiler/base/scan.h"

#define LAST_NUMBER 255

static bool is_pattern(const char *dev)
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

	if (!is_pattern(dev))
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

	if (!is_pattern(a) || !is_pattern(b))
		return is_pattern(a) ? tundev_means(a, y) : tundev_means(b, x);
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
	return !is_pattern(s->dev) && str_equal(str_of(s->dev), name);
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

void tundev_fini(struct tundev_facts *f)
{
	struct tundev_server *server;
	struct tundev_seen *seen;

	vec_each(server, &f->servers)
		vec_fini(&server->own);
	vec_fini(&f->servers);
	vec_each(seen, &f->seen)
		vec_fini(&seen->addresses);
	vec_fini(&f->seen);
	vec_fini(&f->claims);
}
