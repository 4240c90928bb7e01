/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ovconf.h"

#include <errno.h>
#include <fcntl.h>

#include "compiler/base/dir.h"
#include "compiler/openvpn/ovaddr.h"
#include "compiler/openvpn/ovline.h"

#define MAX_DEPTH 10	/* limit of OpenVPN; the file itself counts */
#define MAX_FILES 256	/* limit of vpnpf: a file may include itself twice */

struct reader {
	struct sources *set;
	struct ovconf *out;
	struct diag *d;
	unsigned int depth, files, said;
	char *dev_type;
	bool nopool, server, has_topology;
	enum topology unset;		/* without a topology */
	struct loc range_at;
	bool has_range;			/* ifconfig-pool, server-bridge */
	uint32_t net, mask;		/* of "server" */
	uint32_t first, last;
	bool has_end;			/* of "ifconfig" */
	uint32_t end;
	struct loc server_at;
	bool server6, range6;		/* server-ipv6, ifconfig-ipv6-pool */
	struct prefix net6, first6;
	void (*each)(void *arg, const struct ovline *line);	/* or NULL */
	void *arg;
};

static int read_file(struct reader *r, const char *name, struct loc at);

/* OpenVPN exits at this line; after "setenv opt" it skips the line. */
static int refuse(struct reader *r, const struct ovline *line,
		  const struct ovword *w, const char *why)
{
	if (line->lenient) {
		if (r->said++ < DIAG_BUDGET)
			diag_warn(r->d, w->at, "%s: OpenVPN skips this line",
				  why);
		return 0;
	}
	return diag_error(r->d, w->at, -EINVAL, "%s: OpenVPN does not start with this line",
			  why);
}

static void replace(char **text, const char *by)
{
	free(*text);
	*text = mem_dup(by, strlen(by));
}

static int set_cd(struct reader *r, const struct ovline *line)
{
	char *dir = dir_join(r->out->cd, line->word[1].text);

	free(r->out->cd);
	r->out->cd = dir;
	return 0;
}

static int set_dev(struct reader *r, const struct ovline *line)
{
	replace(&r->out->dev, line->word[1].text);
	r->out->dev_at = line->word[1].at;
	return 0;
}

static int set_dev_type(struct reader *r, const struct ovline *line)
{
	replace(&r->dev_type, line->word[1].text);
	return 0;
}

static int set_no_dco(struct reader *r, const struct ovline *line)
{
	(void)line;
	r->out->no_dco = true;
	return 0;
}

static int set_topology(struct reader *r, const struct ovline *line)
{
	const struct ovword *w = &line->word[1];

	r->has_topology = true;
	return topology_parse(w->text, &r->out->topology) ?
	       refuse(r, line, w, "no such topology") : 0;
}

static int set_ccd(struct reader *r, const struct ovline *line)
{
	replace(&r->out->ccd, line->word[1].text);
	r->out->ccd_at = line->word[1].at;
	return 0;
}

static int set_chroot(struct reader *r, const struct ovline *line)
{
	replace(&r->out->chroot, line->word[1].text);
	return 0;
}

static int set_ipp(struct reader *r, const struct ovline *line)
{
	replace(&r->out->ipp, line->word[1].text);
	r->out->ipp_at = line->word[1].at;
	return 0;
}

static int set_status(struct reader *r, const struct ovline *line)
{
	replace(&r->out->status, line->word[1].text);
	r->out->status_seconds = OVCONF_STATUS_SECONDS;
	if (line->n > 2 && atoi(line->word[2].text) > 0)
		r->out->status_seconds =
			(unsigned int)atoi(line->word[2].text);
	return 0;
}

static int set_status_version(struct reader *r, const struct ovline *line)
{
	const struct ovword *w = &line->word[1];
	int version = atoi(w->text);

	if (version < 1 || version > 3)
		return refuse(r, line, w, "no such version of the status file");
	r->out->status_version = (unsigned int)version;
	return 0;
}

static int set_management(struct reader *r, const struct ovline *line)
{
	replace(&r->out->management, line->word[1].text);
	replace(&r->out->management_port, line->word[2].text);
	if (line->n > 3)
		replace(&r->out->management_pw, line->word[3].text);
	return 0;
}

static int set_client_to_client(struct reader *r, const struct ovline *line)
{
	r->out->client_to_client = true;
	r->out->client_to_client_at = line->word[0].at;
	return 0;
}

/* Words FROM and FROM + 1 as numbers, host byte order. */
static int two_numbers(struct reader *r, const struct ovline *line,
		       unsigned int from, uint32_t n[2])
{
	struct prefix p;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct ovword *w = &line->word[from + i];

		if (ovaddr_ip4(w->text, &p)) {
			refuse(r, line, w, "no IPv4 address");
			return -EINVAL;
		}
		n[i] = addr_ip4(&p.addr);
	}
	return 0;
}

static int unless_lenient(const struct ovline *line)
{
	return line->lenient ? 0 : -EINVAL;
}

static int set_server(struct reader *r, const struct ovline *line)
{
	uint32_t n[2];

	if (two_numbers(r, line, 1, n))
		return unless_lenient(line);
	r->net = n[0];
	r->mask = n[1];
	r->server = true;
	r->server_at = line->at;
	r->out->has_local = true;
	r->out->local = prefix_ip4(r->net + 1, 32).addr;
	if (line->n < 4)
		return 0;
	if (strcmp(line->word[3].text, "nopool"))
		return refuse(r, line, &line->word[3], "no such flag");
	r->nopool = true;
	return 0;
}

static int set_range(struct reader *r, const struct ovline *line,
		     unsigned int from)
{
	uint32_t n[2];

	if (two_numbers(r, line, from, n))
		return unless_lenient(line);
	if (n[0] > n[1])
		return refuse(r, line, &line->word[from], "the pool ends before it starts");
	r->has_range = true;
	r->range_at = line->at;
	r->first = n[0];
	r->last = n[1];
	return 0;
}

static int set_pool(struct reader *r, const struct ovline *line)
{
	return set_range(r, line, 1);
}

/* ADDR/MASK, if MASK is one, in host byte order. */
static void set_net4(struct ovconf *out, uint32_t addr, uint32_t mask)
{
	int bits = ovaddr_mask_length(mask);

	if (bits <= 0)
		return;
	out->has_net4 = true;
	out->net4 = prefix_ip4(addr, (unsigned int)bits);
	prefix_mask(&out->net4);
}

/* The second word is a netmask or another address: see finish. */
static int set_local(struct reader *r, const struct ovline *line)
{
	struct prefix p, end;

	r->out->has_local = !ovaddr_ip4(line->word[1].text, &p);
	r->out->local = p.addr;
	r->has_end = r->out->has_local && !ovaddr_ip4(line->word[2].text, &end);
	r->end = r->has_end ? addr_ip4(&end.addr) : 0;
	return 0;
}

static int set_local6(struct reader *r, const struct ovline *line)
{
	struct ovconf *out = r->out;

	out->has_net6 = !ovaddr_ip6(line->word[1].text, &out->net6);
	out->has_local6 = out->has_net6;
	out->local6 = out->net6.addr;
	prefix_mask(&out->net6);
	return 0;
}

/* Names, which OpenVPN looks up, are not known here. */
static int set_server6(struct reader *r, const struct ovline *line)
{
	r->server6 = !ovaddr_ip6(line->word[1].text, &r->net6);
	return 0;
}

static int set_pool6(struct reader *r, const struct ovline *line)
{
	r->range6 = !ovaddr_ip6(line->word[1].text, &r->first6);
	return 0;
}

static int set_bridge(struct reader *r, const struct ovline *line)
{
	uint32_t n[2];

	if (line->n == 5 && two_numbers(r, line, 1, n))
		return unless_lenient(line);
	if (line->n == 5)
		set_net4(r->out, n[0], n[1]);
	if (line->n == 5)
		return set_range(r, line, 3);
	if (line->n == 1 ||
	    (line->n == 2 && !strcmp(line->word[1].text, "nogw")))
		return 0;
	return refuse(r, line, &line->word[0], "wrong number of words");
}

static int include(struct reader *r, const struct ovline *line)
{
	const struct ovword *w = &line->word[1];
	char *path;
	int err;

	if (r->depth >= MAX_DEPTH)
		return refuse(r, line, w, "files include each other more than 10 deep");
	if (++r->files > MAX_FILES)
		return diag_error(r->d, w->at, -E2BIG, "more than %u files are included",
				  MAX_FILES);
	path = dir_join(r->out->cd, w->text);
	err = read_file(r, path, w->at);
	free(path);
	return err;
}

/* Other options are ignored: OpenVPN checks them. */
static const struct option {
	const char *name;
	unsigned int min, max;	/* words, including the name */
	int (*read)(struct reader *r, const struct ovline *line);
} options[] = {
	{ "cd", 2, 2, set_cd },
	{ "chroot", 2, 2, set_chroot },
	{ "client-config-dir", 2, 2, set_ccd },
	{ "client-to-client", 1, 1, set_client_to_client },
	{ "config", 2, 2, include },
	{ "dev", 2, 2, set_dev },
	{ "dev-type", 2, 2, set_dev_type },
	{ "disable-dco", 1, 1, set_no_dco },
	{ "ifconfig", 3, 3, set_local },
	{ "ifconfig-ipv6", 3, 3, set_local6 },
	{ "ifconfig-ipv6-pool", 2, 2, set_pool6 },
	{ "ifconfig-pool", 3, 4, set_pool },
	{ "ifconfig-pool-persist", 2, 3, set_ipp },
	{ "management", 3, 4, set_management },
	{ "server", 3, 4, set_server },
	{ "server-bridge", 1, 5, set_bridge },
	{ "server-ipv6", 2, 2, set_server6 },
	{ "status", 2, 3, set_status },
	{ "status-version", 2, 2, set_status_version },
	{ "topology", 2, 2, set_topology },
};

static int read_option(struct reader *r, const struct ovline *line)
{
	const struct ovword *w = &line->word[0];
	const struct option *o;

	if (r->each)
		r->each(r->arg, line);
	for (o = options; o < options + sizeof(options) / sizeof(*o); o++) {
		if (strcmp(w->text, o->name))
			continue;
		if (line->n < o->min || line->n > o->max)
			return refuse(r, line, w, "wrong number of words");
		return o->read(r, line);
	}
	return 0;
}

/* Continues after an error, up to DIAG_BUDGET errors. */
static int read_file(struct reader *r, const char *name, struct loc at)
{
	struct ovreader lines = { 0 };
	struct ovline line;
	unsigned int errors = r->d->errors;
	int got, err, first;

	first = source_load(r->set, AT_FDCWD, name, name, &lines.src);
	if (first)
		return diag_error(r->d, at, first, "cannot read \"%s\": %s",
				  name, strerror(-first));
	r->depth++;
	while ((got = ovline_next(&lines, &line, r->d))) {
		err = got < 0 ? got : read_option(r, &line);
		if (err && !first)
			first = err;
		if (err == -E2BIG || r->d->errors - errors >= DIAG_BUDGET)
			break;
	}
	r->depth--;
	return first;
}

static void set_addresses(struct ovconf *out, uint32_t first, uint32_t last)
{
	if (!out->tap && out->topology == TOPOLOGY_NET30) {
		first &= ~3u;
		last |= 3;
	}
	out->has_pool = first <= last;
	out->pool_first = prefix_ip4(first, 32).addr;
	out->pool_last = prefix_ip4(last, 32).addr;
}

/* The pool of "server", as in helper.c of OpenVPN 2.6. */
static int expand_server(struct reader *r)
{
	struct ovconf *out = r->out;
	int bits = ovaddr_mask_length(r->mask);
	uint32_t last = r->net | ~r->mask;

	if (bits < 16 || bits > 30 || r->net & ~r->mask)
		return diag_error(r->d, r->server_at, -EINVAL, "address and netmask make no network of /16 to /30: OpenVPN does not start with this line");
	set_net4(out, r->net, r->mask);
	if (r->nopool)
		return 0;
	if (out->topology == TOPOLOGY_SUBNET)
		set_addresses(out, r->net + 2, last - 1);
	else
		set_addresses(out, r->net + 4, bits > 28 ? last : last - 4);
	return 0;
}

/* The most addresses that OpenVPN gives from a pool. */
#define POOL_MAX 65536

/* How many clients the IPv4 pool is for; a /30 is for one. */
static uint32_t count_ip4(const struct ovconf *c)
{
	uint32_t n = addr_ip4(&c->pool_last) - addr_ip4(&c->pool_first) + 1;

	return !c->tap && c->topology == TOPOLOGY_NET30 ? n / 4 : n;
}

static uint32_t last_word(const struct addr *a)
{
	return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 |
	       (uint32_t)a->b[14] << 8 | a->b[15];
}

static void add_to(struct addr *a, uint32_t n)
{
	n += last_word(a);
	a->b[12] = (uint8_t)(n >> 24);
	a->b[13] = (uint8_t)(n >> 16);
	a->b[14] = (uint8_t)(n >> 8);
	a->b[15] = (uint8_t)n;
}

/* The IPv6 pool, as in helper.c and pool.c of OpenVPN 2.6. */
static void expand_server6(struct reader *r)
{
	struct ovconf *out = r->out;
	struct prefix net = r->range6 ? r->first6 : r->net6;
	uint32_t n = POOL_MAX, used;

	if (r->server6) {
		out->has_net6 = true;
		out->net6 = r->net6;
		prefix_mask(&out->net6);
	}
	if (!r->range6 && !r->server6)
		return;
	if (r->server6) {
		out->has_local6 = true;
		out->local6 = r->net6.addr;
		add_to(&out->local6, 1);
	}
	if (!r->range6)
		add_to(&net.addr, net.len < 112 ? 0x1000 : 2);
	if (net.len >= 112) {
		used = last_word(&net.addr) & ((1u << (128 - net.len)) - 1);
		n = (1u << (128 - net.len)) - used;
	}
	if (out->has_pool && count_ip4(out) < n)
		n = count_ip4(out);
	out->has_pool6 = true;
	out->pool6_first = out->pool6_last = net.addr;
	add_to(&out->pool6_last, n - 1);
}

static int finish_pools(struct reader *r)
{
	struct ovconf *out = r->out;
	int r2 = 0;

	if (r->has_end && out->topology == TOPOLOGY_SUBNET)
		set_net4(out, addr_ip4(&out->local), r->end);
	if (r->has_range)
		set_addresses(out, r->first, r->last);
	if (r->server && r->has_range)
		set_net4(out, r->net, r->mask);
	else if (r->server)
		r2 = expand_server(r);
	expand_server6(r);
	return r2;
}

static int finish(struct reader *r)
{
	const char *kind = r->dev_type ? r->dev_type : r->out->dev;

	if (kind)
		r->out->tap = r->dev_type ? !strcmp(kind, "tap")
					  : !strncmp(kind, "tap", 3);
	if (r->out->tap)
		r->out->topology = TOPOLOGY_SUBNET;
	else if (!r->has_topology && (r->server || r->has_range))
		r->out->no_topology_at = r->server ? r->server_at
						   : r->range_at;
	if (r->out->no_topology_at.src)
		r->out->topology = r->unset;
	return finish_pools(r);
}

static int load(struct reader *r, const char *path, struct loc named)
{
	const char *slash = strrchr(path, '/');
	struct ovconf *out = r->out;
	int err, err2;

	*out = (struct ovconf){
		.status_version = 1, .status_seconds = OVCONF_STATUS_SECONDS,
	};
	if (!slash)
		out->cd = mem_dup(".", 1);
	else
		out->cd = mem_dup(path, slash == path ? 1 : slash - path);
	err = read_file(r, path, named);
	err2 = finish(r);
	free(r->dev_type);
	return err ? err : err2;
}

int ovconf_load(const char *path, struct loc named, struct sources *set,
		struct ovconf *out, struct diag *d)
{
	struct reader r = { .set = set, .out = out, .d = d };

	return load(&r, path, named);
}

void ovconf_load_as(const char *path, enum topology unset,
		    struct sources *set, struct ovconf *out)
{
	struct diag silent = { 0 };
	struct reader r = {
		.set = set, .out = out, .d = &silent, .unset = unset,
	};

	load(&r, path, LOC_NONE);
}

void ovconf_lines(const char *path, struct sources *set,
		  void (*each)(void *arg, const struct ovline *line),
		  void *arg)
{
	struct ovconf unused;
	struct diag silent = { 0 };
	struct reader r = {
		.set = set, .out = &unused, .d = &silent, .each = each,
		.arg = arg,
	};

	load(&r, path, LOC_NONE);
	ovconf_fini(&unused);
}

void ovconf_fini(struct ovconf *conf)
{
	free(conf->cd);
	free(conf->dev);
	free(conf->ccd);
	free(conf->ipp);
	free(conf->status);
	free(conf->chroot);
	free(conf->management);
	free(conf->management_port);
	free(conf->management_pw);
	*conf = (struct ovconf){ 0 };
}
