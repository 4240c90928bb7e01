/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/standing.h"

#include "cli/server/interfaces.h"

/* Lent until the next call. */
static struct finding * __attribute__((format(printf, 4, 5)))
add(struct findings *out, const char *kind, struct loc at, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = findings_vadd(out, kind, fmt, ap);
	va_end(ap);
	f->at = at;
	f->stands = true;
	return f;
}

static void find_bad_servers(struct compile *c, struct findings *out)
{
	const struct conf *conf = &c->load.conf;
	const struct instance *in = NULL;

	while ((in = conf_next_bad(conf, in)))
		add(out, "server-bad", in->bad_at,
		    "the configuration of \"%s\" is wrong%s",
		    in->name ? in->name : "",
		    instance_is_known(in) ? ": it is shut" : "");
}

/* One of them is named. */
static void find_unknown_servers(struct compile *c, struct findings *out)
{
	const struct policy *p = &c->policy;
	const struct binding *b, *first;
	const struct shut *s;
	char text[ADDR_TEXT];
	size_t n;

	vec_each(s, &p->shut) {
		n = 0;
		first = NULL;
		vec_each(b, &p->gone)
			if (s->unknown && str_equal(b->instance, s->name) &&
			    !n++)
				first = b;
		if (first)
			add(out, "server-unknown", LOC_NONE,
			    "no section is called \"%.*s\": %zu addresses that it has given are nobody's, %s of \"%.*s\" first",
			    STR_ARG(s->name), n,
			    prefix_format(&first->net, text),
			    STR_ARG(p->clients.v[first->client].name));
	}
}

static void find_client_to_client(struct compile *c, struct findings *out)
{
	const struct instance *in;

	vec_each(in, &c->load.conf.instances)
		if (in->client_to_client_at.src)
			add(out, "client-to-client", in->client_to_client_at,
			    "with client-to-client nothing filters packets between the clients of \"%s\"",
			    in->name)->cure =
				"remove it, and set net.ipv4.ip_forward=1";
}

static struct loc place_of_bad(struct compile *c, const struct client *client)
{
	struct diag d = { 0 };

	load_say_bad(&c->load, client, &d);
	return d.first.src ? d.first : (struct loc){ .src = client->file };
}

/* DEFAULT.pf may have many clients. */
struct count_bad {
	const struct client *first;
	size_t kept, closed;
};

static void tell_default(struct compile *c, const struct count_bad *n,
			 struct findings *out)
{
	if (n->first)
		add(out, "bad-file", place_of_bad(c, n->first),
		    "this file is bad: %zu clients keep their previous rules, %zu are closed",
		    n->kept, n->closed);
}

static void find_bad_files(struct compile *c, struct findings *out)
{
	struct count_bad n = { 0 };
	const struct client *client;

	vec_each(client, &c->policy.clients) {
		if (!client->file ||
		    (!client->kept && client->state != CLIENT_BAD_FILE))
			continue;
		if (client->file == c->load.default_pf) {
			n.first = n.first ? n.first : client;
			n.kept += client->kept;
			n.closed += !client->kept;
			continue;
		}
		add(out, "bad-file", place_of_bad(c, client),
		    "this file is bad: \"%.*s\" %s", STR_ARG(client->name),
		    client->kept ? "keeps its previous rules" : "is closed");
	}
	tell_default(c, &n, out);
}

/* The most owners of an address that are told with their places. */
#define OWNERS_SHOWN 8

/* '"john" (ccd/john:1:1), "max" (...)': the owners from FIRST to LAST, but for
 * LAST's; malloced. */
static char *other_owners(const struct policy *p, const struct binding *first,
			  const struct binding *last)
{
	char *text = mem_copy(""), *before, *claim;
	const struct binding *b;
	unsigned int n = 0;

	for (b = first; b < last; b++) {
		if (b->client == last->client || b->client == b[1].client ||
		    n++ >= OWNERS_SHOWN)
			continue;
		before = text;
		claim = policy_claim_text(p, b);
		text = mem_printf("%s%s%s", before, *before ? ", " : "", claim);
		free(before);
		free(claim);
	}
	before = text;
	if (n > OWNERS_SHOWN) {
		text = mem_printf("%s and %u more", before, n - OWNERS_SHOWN);
		free(before);
	}
	return text;
}

/* Each prefix once, at the last of its places. */
static void find_two_owners(struct compile *c, struct findings *out)
{
	const struct policy *p = &c->policy;
	const struct binding *b, *first = p->doubtful.v;
	char text[ADDR_TEXT], *others, *last;

	vec_each(b, &p->doubtful) {
		if (b + 1 < vec_end(&p->doubtful) &&
		    !prefix_cmp(&b[1].net, &b->net))
			continue;
		if (first == b && policy_is_astray(p, b)) {
			others = policy_astray_text(p, b);
			add(out, "server-unknown", LOC_NONE, "%s", others);
			free(others);
			first = b + 1;
			continue;
		}
		others = other_owners(p, first, b);
		last = b->source == BINDING_LIVE ? policy_claim_text(p, b)
			: mem_printf("\"%.*s\"",
				     STR_ARG(p->clients.v[b->client].name));
		add(out, "two-owners", b->at, "%s belongs to %s and to %s: %s",
		    prefix_format(&b->net, text), last, others,
		    policy_doubt_end(b));
		free(others);
		free(last);
		first = b + 1;
	}
}

static void found_stray(void *arg, const struct instance *in, const char *name)
{
	add(arg, "interface-unnamed", in->at,
	    "%s has an address of \"%s\", but is not its interface, %s: what passes there is not filtered",
	    name, in->name, in->dev)->cure =
		"name the interface: dev in server.conf or vpnpf.conf";
}

void standing_find(struct compile *c, struct findings *out)
{
	find_bad_servers(c, out);
	find_client_to_client(c, out);
	interfaces_find_stray(c, found_stray, out);
	if (!c->all_read)
		return;
	find_bad_files(c, out);
	find_two_owners(c, out);
	find_unknown_servers(c, out);
}
