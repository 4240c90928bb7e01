/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "compiler/name.h"

/* Where things are in a line of the routing table; a name may hold SEP, so
 * what stands behind it is counted from the right. */
struct columns {
	size_t n, addr, name;
};

struct reader {
	const struct source *src;
	struct status *out;
	struct diag *d;
	unsigned int said;
	char sep;
	struct columns col;
	bool in_routes;		/* version 1: below its heading */
};

static size_t count_fields(struct str s, char sep)
{
	size_t i, n = 1;

	for (i = 0; i < s.n; i++)
		n += s.p[i] == sep;
	return n;
}

/* Fields FROM to TO, with the separators between them. */
static struct str fields(struct str s, char sep, size_t from, size_t to)
{
	const char *p = s.p, *end = s.p + s.n, *start = s.p;
	size_t i = 0;

	for (; p < end; p++) {
		if (*p != sep)
			continue;
		if (i++ == to)
			break;
		if (i == from)
			start = p + 1;
	}
	return (struct str){ start, p - start };
}

static bool starts_with(struct str s, const char *word, char sep)
{
	size_t n = strlen(word);

	return s.n > n && !memcmp(s.p, word, n) && s.p[n] == sep;
}

static int hex_pair(const char *p)
{
	int i, digit, v = 0;

	for (i = 0; i < 2; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			digit = p[i] - '0';
		else if (p[i] >= 'a' && p[i] <= 'f')
			digit = p[i] - 'a' + 10;
		else
			return -1;
		v = 16 * v + digit;
	}
	return v;
}

/* "6e:eb:a3:8d:66:69", from 2.5 on with "@" and the VLAN behind it. */
static bool parse_mac(struct str s, uint8_t mac[static 6])
{
	unsigned int i;
	int v;

	if (s.n < 17 || (s.n > 17 && s.p[17] != '@'))
		return false;
	for (i = 0; i < 6; i++) {
		v = hex_pair(s.p + 3 * i);
		if (v < 0 || (i < 5 && s.p[3 * i + 2] != ':'))
			return false;
		mac[i] = (uint8_t)v;
	}
	return true;
}

static void skip(struct reader *r, struct str s, const char *why)
{
	if (r->said++ < DIAG_BUDGET)
		diag_warn(r->d, loc_of(r->src, s), "%s: line skipped", why);
}

static void add_route(struct reader *r, struct str line, struct str addr,
		      struct str name)
{
	struct status_route route = {
		.name = name, .at = loc_of(r->src, line),
	};
	struct prefix net;

	/* the flag of a cached host; OpenVPN prints addresses in lower case */
	if (addr.n && addr.p[addr.n - 1] == 'C')
		return;
	if (!name_is_possible(name)) {
		skip(r, line, "no client can have this name");
		return;
	}
	route.is_mac = parse_mac(addr, route.mac);
	if (!route.is_mac && prefix_parse(addr, &route.net)) {
		skip(r, line, "no address");
		return;
	}
	net = route.net;
	if (!route.is_mac && prefix_mask(&net)) {
		diag_info(r->d, route.at, "OpenVPN never matches this network, because it is not its first address: left out");
		return;
	}
	vec_push(&r->out->routes, route);
}

/* A line of the table, without the word that starts it in versions 2 and 3. */
static void read_route(struct reader *r, struct str line)
{
	const struct columns *c = &r->col;
	size_t n = count_fields(line, r->sep), more, addr;

	if (n < c->n || (n > c->n && r->sep == '\t')) {
		skip(r, line, "wrong number of columns");
		return;
	}
	more = n - c->n;
	addr = c->addr > c->name ? c->addr + more : c->addr;
	add_route(r, line, fields(line, r->sep, addr, addr),
		  fields(line, r->sep, c->name, c->name + more));
}

/* The heading names the columns; without the two that count, as in 2.6. */
static void read_heading(struct reader *r, struct str line)
{
	size_t i, n = count_fields(line, r->sep);
	size_t addr = n, name = n;
	struct str f;

	if (n > 100)
		return;
	for (i = 0; i < n; i++) {
		f = fields(line, r->sep, i, i);
		if (str_equal(f, STR("Virtual Address")))
			addr = i;
		else if (str_equal(f, STR("Common Name")))
			name = i;
	}
	if (addr < n && name < n)
		r->col = (struct columns){ n, addr, name };
}

static long long parse_time(struct str s)
{
	static const char *const forms[] = {
		"%Y-%m-%d %H:%M:%S", "%a %b %d %H:%M:%S %Y",
	};
	char buf[64];
	unsigned int i;
	const char *end;

	if (!s.n || s.n >= sizeof(buf))
		return -1;
	memcpy(buf, s.p, s.n);
	buf[s.n] = '\0';
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm tm = { .tm_isdst = -1 };

		end = strptime(buf, forms[i], &tm);
		if (end && !*end)
			return mktime(&tm);
	}
	return -1;
}

static long long parse_seconds(struct str s)
{
	long long v = 0;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i == 18)
			return -1;
		v = 10 * v + (s.p[i] - '0');
	}
	return s.n ? v : -1;
}

static void read_line_1(struct reader *r, struct str line)
{
	/* a client may be called "Updated" too, but stands further down */
	if (starts_with(line, "Updated", ',') && r->out->updated < 0)
		r->out->updated = parse_time(fields(line, ',', 1, 1));
	else if (str_equal(line, STR("ROUTING TABLE")))
		r->in_routes = true;
	else if (str_equal(line, STR("GLOBAL STATS")))
		r->in_routes = false;
	else if (!r->in_routes)
		return;
	else if (starts_with(line, "Virtual Address", ','))
		read_heading(r, line);
	else
		read_route(r, line);
}

static void read_line_2(struct reader *r, struct str line)
{
	static const char route[] = "ROUTING_TABLE", head[] = "HEADER";

	if (starts_with(line, "TIME", r->sep)) {
		r->out->updated = parse_seconds(fields(line, r->sep, 2, 2));
	} else if (starts_with(line, head, r->sep)) {
		line = str_from(line, sizeof(head));
		if (starts_with(line, route, r->sep))
			read_heading(r, str_from(line, sizeof(route)));
	} else if (starts_with(line, route, r->sep)) {
		read_route(r, str_from(line, sizeof(route)));
	}
}

static struct str take_line(struct str *rest)
{
	const char *nl = memchr(rest->p, '\n', rest->n);
	struct str line = { rest->p, nl ? (size_t)(nl - rest->p) : rest->n };

	*rest = str_from(*rest, line.n + 1);
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static int find_version(struct reader *r, struct str line)
{
	if (str_equal(line, STR("OpenVPN CLIENT LIST")))
		r->out->version = 1;
	else if (starts_with(line, "TITLE", ','))
		r->out->version = 2;
	else if (starts_with(line, "TITLE", '\t'))
		r->out->version = 3;
	else
		return -EINVAL;
	r->sep = r->out->version == 3 ? '\t' : ',';
	r->col = (struct columns){ r->out->version == 1 ? 4 : 5, 0, 1 };
	return 0;
}

int status_parse(const struct source *src, struct status *out, struct diag *d)
{
	struct reader r = { .src = src, .out = out, .d = d };
	struct str rest = source_str(src), line;

	*out = (struct status){ .updated = -1 };
	if (!rest.n)
		return 0;
	if (find_version(&r, take_line(&rest)))
		return diag_error(d, (struct loc){ .src = src }, -EINVAL,
				  "this is no status file of OpenVPN");
	while (rest.n) {
		line = take_line(&rest);
		out->complete = str_equal(line, STR("END"));
		if (out->complete)
			break;
		if (out->version == 1)
			read_line_1(&r, line);
		else
			read_line_2(&r, line);
	}
	return 0;
}

void status_fini(struct status *st)
{
	vec_fini(&st->routes);
}
