/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovstatus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "compiler/base/name.h"
#include "compiler/base/scan.h"

enum column {
	COL_NAME,
	COL_ADDR,		/* of the routing table */
	COL_REAL,		/* from here on: of the client list */
	COL_RECEIVED,
	COL_SENT,
	COL_ADDR6,
	COL_SINCE,
	COL_SINCE_T,
	COL_ID,
	COLS,
};

static const char *const column_names[COLS] = {
	[COL_NAME] = "Common Name",
	[COL_ADDR] = "Virtual Address",
	[COL_ADDR6] = "Virtual IPv6 Address",
	[COL_REAL] = "Real Address",
	[COL_RECEIVED] = "Bytes Received",
	[COL_SENT] = "Bytes Sent",
	[COL_SINCE] = "Connected Since",
	[COL_SINCE_T] = "Connected Since (time_t)",
	[COL_ID] = "Client ID",
};

/* Positions in a line of N columns; N: the column is missing.  A name may
 * contain SEP, so the columns after the name are counted from the right. */
struct columns {
	size_t n, at[COLS];
};

/* The lists of a status file. */
enum list {
	LIST_NONE,
	LIST_CLIENTS,
	LIST_ROUTES,
	LISTS,
};

struct reader {
	const struct source *src;
	struct ovstatus *out;
	struct diag *d;
	unsigned int said;
	char sep;
	struct columns col[LISTS];
	enum list list;		/* version 1: the list of this line */
};

static size_t count_fields(struct str s, char sep)
{
	size_t i, n = 1;

	for (i = 0; i < s.n; i++)
		n += s.p[i] == sep;
	return n;
}

/* Fields FROM to TO, including the separators between the fields. */
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

static void skip(struct reader *r, struct str s, const char *why)
{
	if (r->said++ < DIAG_BUDGET)
		diag_warn(r->d, loc_of(r->src, s), "%s: line skipped", why);
}

static void add_route(struct reader *r, struct str line, struct str addr,
		      struct str name)
{
	struct ovstatus_route route = {
		.name = name, .at = loc_of(r->src, line),
	};

	/* flag of a cached host; OpenVPN prints addresses in lower case */
	if (addr.n && addr.p[addr.n - 1] == 'C')
		return;
	if (!name_is_possible(name)) {
		skip(r, line, "no client can have this name");
		return;
	}
	if (endpoint_parse(addr, &route.addr)) {
		skip(r, line, "no address");
		return;
	}
	if (prefix_mask(&route.addr.net)) {
		diag_info(
			r->d, route.at,
			"OpenVPN never matches this network, because its address has host bits: left out");
		return;
	}
	vec_push(&r->out->routes, route);
}

/* Column C of a line with MORE separators than its heading. */
static struct str column(const struct reader *r, const struct columns *col,
			 enum column c, struct str line, size_t more)
{
	size_t name = col->at[COL_NAME], at = col->at[c];

	if (at >= col->n)
		return (struct str){ "", 0 };
	if (at == name)
		return fields(line, r->sep, name, name + more);
	at += at > name ? more : 0;
	return fields(line, r->sep, at, at);
}

/* The number of separators that belong to the name; false (reported): the line
 * has a wrong number of columns. */
static bool count_more(struct reader *r, const struct columns *col,
		       struct str line, size_t *more)
{
	size_t n = count_fields(line, r->sep);

	*more = n - col->n;
	if (n >= col->n && (n == col->n || r->sep != '\t'))
		return true;
	skip(r, line, "wrong number of columns");
	return false;
}

/* The heading names the columns; if one is missing, the columns of 2.6. */
static void read_heading(struct reader *r, enum list list, struct str line)
{
	struct columns col = { .n = count_fields(line, r->sep) };
	enum column c;
	size_t i;

	if (col.n > 100)
		return;
	for (c = 0; c < COLS; c++)
		for (i = col.at[c] = col.n; i--; )
			if (str_equal(fields(line, r->sep, i, i),
				      str_of(column_names[c])))
				col.at[c] = i;
	c = list == LIST_ROUTES ? COL_ADDR : COL_REAL;
	if (col.at[COL_NAME] < col.n && col.at[c] < col.n)
		r->col[list] = col;
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

static uint64_t parse_count(struct str s)
{
	long long n = parse_seconds(s);

	return n < 0 ? 0 : (uint64_t)n;
}

static void read_client(struct reader *r, struct str line)
{
	const struct columns *col = &r->col[LIST_CLIENTS];
	struct ovstatus_client client;
	struct str id;
	size_t more;

	if (!count_more(r, col, line, &more))
		return;
	client = (struct ovstatus_client){
		.name = column(r, col, COL_NAME, line, more),
		.real = column(r, col, COL_REAL, line, more),
		.addr4 = column(r, col, COL_ADDR, line, more),
		.addr6 = column(r, col, COL_ADDR6, line, more),
		.received = parse_count(column(r, col, COL_RECEIVED, line,
					       more)),
		.sent = parse_count(column(r, col, COL_SENT, line, more)),
		.since = parse_seconds(column(r, col, COL_SINCE_T, line,
					      more)),
	};
	if (client.since < 0)
		client.since = parse_time(column(r, col, COL_SINCE, line,
						 more));
	id = column(r, col, COL_ID, line, more);
	client.has_id = scan_decimal(id, UINT32_MAX, &client.id);
	if (name_is_possible(client.name))
		vec_push(&r->out->clients, client);
	else
		skip(r, line, "no client can have this name");
}

static void read_route(struct reader *r, struct str line)
{
	const struct columns *col = &r->col[LIST_ROUTES];
	size_t more;

	if (count_more(r, col, line, &more))
		add_route(r, line, column(r, col, COL_ADDR, line, more),
			  column(r, col, COL_NAME, line, more));
}

/* A line of a list, without the first word of versions 2 and 3. */
static void read_entry(struct reader *r, enum list list, struct str line)
{
	switch (list) {
	case LIST_CLIENTS:
		read_client(r, line);
		break;
	case LIST_ROUTES:
		read_route(r, line);
		break;
	case LIST_NONE:
	case LISTS:
		break;
	}
}

static void read_line_1(struct reader *r, struct str line)
{
	/* a client may be called "Updated" too, but its line comes later */
	if (starts_with(line, "Updated", ',') && r->out->updated < 0) {
		r->out->updated = parse_time(fields(line, ',', 1, 1));
	} else if (str_equal(line, STR("ROUTING TABLE"))) {
		r->list = LIST_ROUTES;
	} else if (str_equal(line, STR("GLOBAL STATS"))) {
		r->list = LIST_NONE;
	} else if (r->list == LIST_NONE &&
		   starts_with(line, "Common Name,Real Address", ',')) {
		r->list = LIST_CLIENTS;
		read_heading(r, LIST_CLIENTS, line);
	} else if (r->list == LIST_ROUTES &&
		   starts_with(line, "Virtual Address", ',')) {
		read_heading(r, LIST_ROUTES, line);
	} else {
		read_entry(r, r->list, line);
	}
}

/* Versions 2 and 3: removes the word that names the list from LINE. */
static enum list find_list(const struct reader *r, struct str *line)
{
	static const char *const words[] = {
		[LIST_CLIENTS] = "CLIENT_LIST",
		[LIST_ROUTES] = "ROUTING_TABLE",
	};
	enum list list;

	for (list = LIST_CLIENTS; list <= LIST_ROUTES; list++) {
		if (!starts_with(*line, words[list], r->sep))
			continue;
		*line = str_from(*line, strlen(words[list]) + 1);
		return list;
	}
	return LIST_NONE;
}

static void read_line_2(struct reader *r, struct str line)
{
	static const char head[] = "HEADER";
	enum list list;

	if (starts_with(line, "TIME", r->sep)) {
		r->out->updated = parse_seconds(fields(line, r->sep, 2, 2));
	} else if (starts_with(line, head, r->sep)) {
		line = str_from(line, sizeof(head));
		list = find_list(r, &line);
		if (list != LIST_NONE)
			read_heading(r, list, line);
	} else if (starts_with(line, "GLOBAL_STATS", r->sep)) {
		r->out->dco |= str_equal(fields(line, r->sep, 1, 1),
					 STR("dco_enabled")) &&
			       str_equal(fields(line, r->sep, 2, 2), STR("1"));
	} else {
		list = find_list(r, &line);
		read_entry(r, list, line);
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

/* The columns of OpenVPN 2.6, until a heading is read. */
static void set_columns(struct reader *r)
{
	struct columns *clients = &r->col[LIST_CLIENTS];
	struct columns *routes = &r->col[LIST_ROUTES];
	enum column c;

	clients->n = r->out->version == 1 ? 5 : 13;
	routes->n = r->out->version == 1 ? 4 : 5;
	for (c = 0; c < COLS; c++) {
		clients->at[c] = clients->n;
		routes->at[c] = routes->n;
	}
	clients->at[COL_NAME] = 0;
	clients->at[COL_REAL] = 1;
	routes->at[COL_ADDR] = 0;
	routes->at[COL_NAME] = 1;
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
	set_columns(r);
	return 0;
}

int ovstatus_parse(const struct source *src, struct ovstatus *out,
		   struct diag *d)
{
	struct reader r = { .src = src, .out = out, .d = d };
	struct str rest = source_str(src), line;

	*out = (struct ovstatus){ .updated = -1 };
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

void ovstatus_fini(struct ovstatus *st)
{
	vec_fini(&st->clients);
	vec_fini(&st->routes);
}

struct str ovstatus_host(struct str real)
{
	const char *colon = real.n ? memchr(real.p, ':', real.n) : NULL;

	if (!colon || (!str_begins(real, STR("udp")) &&
		       !str_begins(real, STR("tcp"))))
		return real;
	return str_from(real, (size_t)(colon - real.p) + 1);
}
