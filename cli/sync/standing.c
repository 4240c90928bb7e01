/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/standing.h"

static void __attribute__((format(printf, 4, 5)))
add(struct findings *out, const char *kind, struct loc at, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = findings_vadd(out, kind, fmt, ap);
	va_end(ap);
	f->at = at;
	f->stands = true;
}

static void find_bad_servers(struct compile *c, struct findings *out)
{
	const struct conf *conf = &c->load.conf;
	const struct instance *in = NULL;

	while ((in = conf_next_bad(conf, in)))
		add(out, "server-bad", in->bad_at,
		    "the configuration of \"%s\" is wrong: it is shut",
		    in->name ? in->name : "");
}

static void find_client_to_client(struct compile *c, struct findings *out)
{
	const struct instance *in;

	vec_each(in, &c->load.conf.instances)
		if (in->client_to_client_at.src)
			add(out, "client-to-client", in->client_to_client_at,
			    "with client-to-client nothing filters packets between the clients of \"%s\"",
			    in->name);
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

/* Each prefix once, at the last of its places. */
static void find_two_owners(struct compile *c, struct findings *out)
{
	const struct policy *p = &c->policy;
	const struct binding *b, *next;
	char text[ADDR_TEXT];

	vec_each(b, &p->doubtful) {
		next = b + 1;
		if (next < vec_end(&p->doubtful) &&
		    !prefix_cmp(&next->net, &b->net))
			continue;
		add(out, "two-owners", b->at,
		    "%s belongs to \"%.*s\" and to others: it is nobody's",
		    prefix_format(&b->net, text),
		    STR_ARG(p->clients.v[b->client].name));
	}
}

void standing_find(struct compile *c, struct findings *out)
{
	find_bad_servers(c, out);
	find_client_to_client(c, out);
	if (!c->all_read)
		return;
	find_bad_files(c, out);
	find_two_owners(c, out);
}
