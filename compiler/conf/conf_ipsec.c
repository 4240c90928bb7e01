/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_ipsec.h"

#include <errno.h>
#include <string.h>

#include "compiler/base/dir.h"

static bool is_zero(const struct prefix *p)
{
	static const struct addr zero;

	return !memcmp(&p->addr, &zero, sizeof(zero));
}

int conf_ipsec_local(const char *text, struct loc at, struct prefix *out,
		     struct diag *d)
{
	if (prefix_parse(str_of(text), out))
		return diag_error(d, at, -EINVAL, "\"%s\" is no address; host names are not looked up",
				  text);
	if (!prefix_is_host(out) || is_zero(out))
		return diag_error(d, at, -EINVAL, "\"%s\" is not the address of one host",
				  text);
	return 0;
}

int conf_ipsec_net(const char *text, struct loc at, struct prefix *out,
		   struct diag *d)
{
	char means[ADDR_TEXT];

	if (prefix_parse(str_of(text), out))
		return diag_error(d, at, -EINVAL, "\"%s\" is no network: give a prefix like 10.0.2.0/24 or fd00:2::/64",
				  text);
	if (prefix_mask(out))
		return diag_error(d, at, -EINVAL, "\"%s\" is no network: host bits are set; give %s",
				  text, prefix_format(out, means));
	if (!out->len)
		return diag_error(d, at, -EINVAL, "\"%s\" is every address: all packets without IPsec would be dropped",
				  text);
	return 0;
}

static const struct conf_text *first(const struct conf_setting *s)
{
	return s ? s->values.v : NULL;
}

static const struct conf_text *end(const struct conf_setting *s)
{
	return s ? vec_end(&s->values) : NULL;
}

static void take_texts(const struct conf_setting *s, struct texts *out)
{
	const struct conf_text *value;

	for (value = first(s); value < end(s); value++)
		vec_push(out, mem_copy(value->text));
}

/* The values were checked when they were read. */
static void take_values(const struct conf_section *sec, struct ipsec *out)
{
	const struct conf_setting *local = conf_file_find(sec, "local");
	const struct conf_setting *nets = conf_file_find(sec, "networks");
	const struct conf_text *value;

	out->ike = conf_file_is_on(sec, "ike");
	out->site_to_site = conf_file_is_on(sec, "site-to-site");
	for (value = first(local); value < end(local); value++) {
		prefix_parse(str_of(value->text), vec_add(&out->ends));
		vec_push(&out->ends_at, value->at);
	}
	for (value = first(nets); value < end(nets); value++) {
		prefix_parse(str_of(value->text), vec_add(&out->clients));
		vec_push(&out->clients_at, value->at);
	}
	take_texts(conf_file_find(sec, "dev"), &out->devs);
	take_texts(conf_file_find(sec, "inside"), &out->inside);
	take_texts(conf_file_find(sec, "xfrm"), &out->xfrm);
}

int conf_ipsec_take(const struct conf_section *sec, const char *dir,
		    struct instance *out, struct diag *d)
{
	const char *addresses = conf_file_text(sec, "addresses");
	const char *missing = NULL;

	*out = (struct instance){
		.name = mem_copy(sec->title.text),
		.ipp = addresses ? dir_join(dir, addresses) : NULL,
		.workdir = mem_dup("/", 1), .topology = TOPOLOGY_SUBNET,
		.ipsec = mem_zalloc(1, sizeof(*out->ipsec)), .at = sec->at,
	};
	take_values(sec, out->ipsec);
	if (out->ipsec->devs.n)
		out->dev = mem_copy(out->ipsec->devs.v[0]);
	if (!out->ipsec->clients.n)
		missing = "no networks of the clients: give networks";
	if (!out->ipsec->ends.n)
		missing = "no address of the tunnel endpoint: give local";
	return missing ? diag_error(d, out->at, -EINVAL, "%s in this section",
				    missing) : 0;
}

static void set_bad(struct instance *in, struct loc at)
{
	if (!in->bad)
		in->bad_at = at;
	in->bad = true;
}

/* A hook names its server by this name: which of the two is meant? */
static void check_name(struct instance *a, struct instance *b, struct diag *d)
{
	if (strcmp(a->name, b->name) != 0)
		return;
	diag_error(d, b->at, 0, "there are two sections \"%s\"", b->name);
	diag_note(d, a->at, "the other one is here");
	set_bad(a, a->at);
	set_bad(b, b->at);
}

/* Compare network I of B with the networks of A, which may be B. */
static void check_net(const struct instance *a, struct instance *b, size_t i,
		      struct diag *d)
{
	const struct prefix *net = &b->ipsec->clients.v[i], *other;
	size_t j, n = a == b ? i : a->ipsec->clients.n;
	char text[ADDR_TEXT], text2[ADDR_TEXT];

	for (j = 0; j < n; j++) {
		other = &a->ipsec->clients.v[j];
		if (!prefix_covers(net, other) && !prefix_covers(other, net))
			continue;
		diag_error(d, b->ipsec->clients_at.v[i], 0,
			   "%s of \"%s\" and %s of \"%s\" overlap",
			   prefix_format(net, text), b->name,
			   prefix_format(other, text2), a->name);
		diag_note(d, a->ipsec->clients_at.v[j],
			  "the other one is here");
		set_bad(b, b->ipsec->clients_at.v[i]);
		return;
	}
}

/* Compare network I of B with the pool of an OpenVPN server. */
static void check_pool(const struct instance *a, struct instance *b, size_t i,
		       struct diag *d)
{
	const struct prefix *net = &b->ipsec->clients.v[i];
	char text[ADDR_TEXT];

	if (!instance_pool_overlaps(a, net))
		return;
	diag_error(d, b->ipsec->clients_at.v[i], 0,
		   "%s of \"%s\" and the pool of \"%s\" overlap",
		   prefix_format(net, text), b->name, a->name);
	diag_note(d, a->at, "the pool's server is here");
	set_bad(b, b->ipsec->clients_at.v[i]);
}

static void check_pair(struct instance *a, struct instance *b, struct diag *d)
{
	size_t i;

	if (a != b)
		check_name(a, b, d);
	for (i = 0; b->ipsec && i < b->ipsec->clients.n; i++) {
		if (a->ipsec)
			check_net(a, b, i, d);
		else
			check_pool(a, b, i, d);
	}
}

void conf_ipsec_check(struct conf *conf, struct diag *d)
{
	struct instance *a, *b;

	vec_each(b, &conf->instances)
		for (a = conf->instances.v; a <= b; a++)
			check_pair(a, b, d);
}

/* In a policy match the tunnel endpoint has the family of the inner packet. */
static int check_iptables(struct instance *in, struct diag *d)
{
	const struct ipsec *ipsec = in->ipsec;
	char text[ADDR_TEXT];
	size_t i;

	for (i = 0; i < ipsec->clients.n; i++) {
		if (ipsec_has_family(ipsec, ipsec->clients.v[i].family))
			continue;
		diag_error(d, ipsec->ends_at.v[0], 0,
			   "iptables cannot match packets of a tunnel to %s: the packets inside are of another family",
			   prefix_format(ipsec->ends.v, text));
		diag_note(d, ipsec->clients_at.v[i], "this network; nftables can match its packets");
		set_bad(in, ipsec->ends_at.v[0]);
		return -EINVAL;
	}
	return 0;
}

int conf_check_backend(struct conf *conf, const char *backend, struct diag *d)
{
	struct instance *in;
	int r = 0;

	if (strcmp(backend, "iptables-legacy") != 0)
		return 0;
	vec_each(in, &conf->instances)
		if (in->ipsec && !in->bad && check_iptables(in, d))
			r = -EINVAL;
	return r;
}
