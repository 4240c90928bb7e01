/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ccd.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>

#include "compiler/base/dir.h"
#include "compiler/openvpn/ovaddr.h"
#include "compiler/openvpn/ovline.h"

#define MAX_DEPTH 10	/* limit of OpenVPN; the file itself counts */
#define MAX_FILES 256	/* limit of vpnpf: a file may include itself twice */

struct reader {
	const char *workdir;
	struct sources *set;
	struct ccd *out;
	struct diag *d;
	unsigned int depth, files;
	unsigned int said;	/* messages, in all files */
};

static int read_file(struct reader *r, const struct source *src);

#define skip(r, at, fmt, ...) do { \
	if ((r)->said++ < DIAG_BUDGET) \
		diag_warn((r)->d, (at), fmt, ##__VA_ARGS__); \
} while (0)

/* An address in an unusual form: warn of how OpenVPN reads the address. */
static void warn_of_form(struct reader *r, const struct ovword *w,
			 const struct prefix *p)
{
	char buf[ADDR_TEXT];

	if (strcmp(prefix_format(p, buf), w->text))
		skip(r, w->at, "OpenVPN reads \"%s\" as %s", w->text, buf);
}

/*
 * An address of ifconfig-push.  -ENOENT: a host name, which OpenVPN looks up in
 * the DNS; -EINVAL: OpenVPN skips the line.
 */
static int push_operand(struct reader *r, const struct ovword *w,
			struct prefix *out)
{
	if (!ovaddr_ip4(w->text, out) && addr_ip4(&out->addr))
		return 0;
	if (ovaddr_is_name(w->text)) {
		skip(r, w->at, "vpnpf does not look up host names: the address of \"%s\" is not known before the client connects",
		     w->text);
		return -ENOENT;
	}
	skip(r, w->at, "OpenVPN skips this line: \"%s\" is not a valid address; the client gets an address of the pool",
	     w->text);
	return -EINVAL;
}

static int set_ip4(struct reader *r, const struct ovline *line)
{
	struct prefix own, peer;
	int err = push_operand(r, &line->word[1], &own);

	if (err != -EINVAL) {
		int err2 = push_operand(r, &line->word[2], &peer);

		err = err2 ? err2 : err;
	}
	if (err == -EINVAL)
		return 0;
	r->out->has_ip4 = !err;
	if (err)
		return 0;
	warn_of_form(r, &line->word[1], &own);
	r->out->ip4 = (struct ccd_net){ own, line->at };
	return 0;
}

static int ip6_operand(struct reader *r, const struct ovword *w,
		       struct prefix *out)
{
	if (!ovaddr_ip6(w->text, out))
		return 0;
	if (ovaddr_is_name(w->text)) {
		skip(r, w->at, "vpnpf does not look up host names: the address of \"%s\" is not known before the client connects",
		     w->text);
		return -ENOENT;
	}
	skip(r, w->at, "OpenVPN skips this line: \"%s\" is not an IPv6 address",
	     w->text);
	return -EINVAL;
}

static int set_ip6(struct reader *r, const struct ovline *line)
{
	struct prefix own, remote;
	int err = ip6_operand(r, &line->word[1], &own);

	if (err != -EINVAL && line->n > 2) {
		int err2 = ip6_operand(r, &line->word[2], &remote);

		err = err2 ? err2 : err;
	}
	if (err == -EINVAL)
		return 0;
	r->out->has_ip6 = !err;
	own.len = 128;
	if (!err)
		r->out->ip6 = (struct ccd_net){ own, line->at };
	return 0;
}

/* OpenVPN reads an invalid address as 0.0.0.0 and routes that network to the
 * client, which is not intended. */
static bool iroute_operand(struct reader *r, const struct ovword *w,
			   struct prefix *out)
{
	if (!ovaddr_ip4(w->text, out)) {
		warn_of_form(r, w, out);
		return true;
	}
	skip(r, w->at, "OpenVPN reads \"%s\" as 0.0.0.0: vpnpf leaves this line out",
	     w->text);
	return false;
}

static int add_iroute(struct reader *r, const struct ovline *line)
{
	struct prefix net, mask, right;
	char was[ADDR_TEXT], be[ADDR_TEXT];
	int bits = 32;

	if (!iroute_operand(r, &line->word[1], &net))
		return 0;
	if (line->n > 2) {
		if (!iroute_operand(r, &line->word[2], &mask))
			return 0;
		bits = ovaddr_mask_length(addr_ip4(&mask.addr));
	}
	if (bits < 0) {
		skip(r, line->word[2].at, "OpenVPN skips this line: \"%s\" is not a netmask",
		     line->word[2].text);
		return 0;
	}
	net.len = (uint8_t)bits;
	right = net;
	if (prefix_mask(&right)) {
		skip(r, line->word[1].at, "OpenVPN never matches %s, because it is not the network's first address: vpnpf leaves this line out; %s is meant",
		     prefix_format(&net, was), prefix_format(&right, be));
		return 0;
	}
	vec_push(&r->out->iroutes, ((struct ccd_net){ net, line->at }));
	return 0;
}

static int add_iroute6(struct reader *r, const struct ovline *line)
{
	struct prefix net;

	if (ip6_operand(r, &line->word[1], &net))
		return 0;
	prefix_mask(&net);
	vec_push(&r->out->iroutes, ((struct ccd_net){ net, line->at }));
	return 0;
}

static int set_disable(struct reader *r, const struct ovline *line)
{
	r->out->disable = true;
	r->out->disable_at = line->at;
	return 0;
}

static int include(struct reader *r, const struct ovline *line)
{
	const struct ovword *w = &line->word[1];
	const struct source *src;
	char *path;
	int err;

	if (r->depth >= MAX_DEPTH) {
		skip(r, w->at, "OpenVPN skips this line: files include each other more than %u deep",
		     MAX_DEPTH);
		return 0;
	}
	if (++r->files > MAX_FILES)
		return diag_error(r->d, w->at, -E2BIG, "more than %u files are included",
				  MAX_FILES);
	path = dir_join(r->workdir, w->text);
	err = source_load(r->set, AT_FDCWD, path, w->text, &src);
	free(path);
	if (err)
		return diag_error(r->d, w->at, err, "cannot read \"%s\" from the server's working directory: %s",
				  w->text, strerror(-err));
	return read_file(r, src);
}

static const struct option {
	const char *name;
	unsigned int min, max;	/* words, including the name */
	int (*read)(struct reader *r, const struct ovline *line);
} options[] = {
	{ "config", 2, 2, include },
	{ "disable", 1, 1, set_disable },
	{ "ifconfig-ipv6-push", 2, 3, set_ip6 },
	{ "ifconfig-push", 3, 4, set_ip4 },
	{ "iroute", 2, 3, add_iroute },
	{ "iroute-ipv6", 2, 2, add_iroute6 },
};

static int read_option(struct reader *r, const struct ovline *line)
{
	const struct ovword *w = &line->word[0];
	const struct option *o;

	for (o = options; o < options + sizeof(options) / sizeof(*o); o++) {
		if (strcasecmp(w->text, o->name))
			continue;
		if (strcmp(w->text, o->name)) {
			skip(r, w->at, "OpenVPN skips this line: it knows \"%s\" in small letters only",
			     o->name);
			return 0;
		}
		if (line->n >= o->min && line->n <= o->max)
			return o->read(r, line);
		skip(r, w->at, "OpenVPN skips this line: too %s words after \"%s\"",
		     line->n < o->min ? "few" : "many", o->name);
		return 0;
	}
	return 0;
}

static int read_file(struct reader *r, const struct source *src)
{
	struct ovreader lines = { .src = src, .ccd = true, .said = r->said };
	struct ovline line;
	int got, err, first = 0;

	r->depth++;
	while ((got = ovline_next(&lines, &line, r->d))) {
		r->said = lines.said;
		err = got < 0 ? got : read_option(r, &line);
		if (err && !first)
			first = err;
		lines.said = r->said;
		if (err == -E2BIG)
			break;
	}
	r->said = lines.said;
	r->depth--;
	return first;
}

int ccd_parse(const struct source *src, const char *workdir,
	      struct sources *set, struct ccd *out, struct diag *d)
{
	struct reader r = {
		.workdir = workdir, .set = set, .out = out, .d = d,
	};

	*out = (struct ccd){ 0 };
	return read_file(&r, src);
}

void ccd_fini(struct ccd *ccd)
{
	vec_fini(&ccd->iroutes);
}
