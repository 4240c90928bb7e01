/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/state_part.h"

#include "compiler/base/name.h"

struct str state_plain(const struct state *s, struct str mangled)
{
	char *text = name_unmangle(mangled);
	struct str name = { NULL, 0 };

	if (text && strlen(text) == mangled.n)
		name = mangled;
	else if (text)
		name = source_str(source_text(s->sources, "state", text,
					      strlen(text)));
	free(text);
	return name;
}

struct str state_line(const struct table *t, char kind, struct str field)
{
	char *text = mem_printf("%c\t%.*s\t", kind, STR_ARG(field));
	struct str line = table_find(t, str_of(text));

	free(text);
	return line;
}

struct str state_name_line(const struct table *t, char kind, struct str name)
{
	char *mangled = name_mangle(name);
	struct str line = state_line(t, kind, str_of(mangled));

	free(mangled);
	return line;
}

/* The rest of LINE from field I on. */
static struct str rest_from(struct str line, unsigned int i)
{
	struct str field = table_field(line, i);

	return (struct str){ field.p, (size_t)(line.p + line.n - field.p) };
}

/*
 * Make a .pf file of an "f" line, and parse it into C.  Its places differ from
 * those of the original file, which also has comments and blank lines.
 */
static void parse_policy(const struct state *s, struct str line,
			 struct client *c, struct diag *d)
{
	const struct pffile_options options = { 0 };
	struct str text = rest_from(line, 3);
	const struct source *src;
	char *name, *copy;
	size_t i;

	if (!text.n)
		return;		/* not written by vpnpf */
	copy = mem_dup(text.p, text.n);
	copy[text.n] = '\n';
	for (i = 0; i < text.n; i++)
		if (copy[i] == '\t')
			copy[i] = '\n';
	name = mem_printf("%.*s.pf (as loaded)", STR_ARG(c->name));
	src = source_text(s->sources, name, copy, text.n + 1);
	free(name);
	free(copy);
	if (!pffile_parse(src, &options, &c->pf, d)) {
		c->state = CLIENT_OPEN;
		c->file = src;
	}
}

static enum client_state parse_state(struct str text)
{
	enum client_state s;

	for (s = CLIENT_OPEN; s < CLIENT_KILL; s++)
		if (str_equal(text, str_of(client_state_name(s))))
			return s;
	return CLIENT_KILL;
}

int state_refresh(struct state *s)
{
	table_close(&s->policy);
	return table_open(s->dirfd, "policy", &s->policy);
}

bool state_client_state(const struct state *s, struct str name,
			enum client_state *out)
{
	struct str line = state_name_line(&s->policy, 'c', name);

	if (line.p)
		*out = parse_state(table_field(line, 2));
	return line.p;
}

bool state_client(const struct state *s, struct client *c, struct diag *d)
{
	struct str line = state_name_line(&s->policy, 'c', c->name), file;

	if (!line.p)
		return false;
	c->state = parse_state(table_field(line, 2));
	if (c->state != CLIENT_OPEN)
		return true;
	c->state = CLIENT_BAD_FILE;
	file = state_line(&s->policy, 'f', table_field(line, 3));
	if (file.p)
		parse_policy(s, file, c, d);
	return true;
}

bool state_has_client(const struct state *s, struct str name)
{
	return state_name_line(&s->policy, 'c', name).p;
}

struct str state_next_client(const struct state *s, size_t *pos)
{
	struct str line, name = { NULL, 0 };

	do {
		line = table_walk(&s->policy, STR("c\t"), pos);
		if (line.p)
			name = state_plain(s, table_field(line, 1));
	} while (line.p && !name.p);
	return name;
}

struct str state_static_owner(const struct state *s,
			      const struct endpoint *addr, size_t *pos)
{
	char key[ADDR_TEXT], *text = mem_printf("a\t%s\t",
						endpoint_format(addr, key));
	struct str line = table_find(&s->policy, str_of(text));
	size_t i = (*pos)++;

	for (; line.p && i; i--)
		line = table_next(&s->policy, line, str_of(text));
	free(text);
	return line.p ? state_plain(s, table_field(line, 2)) : line;
}

/* Is FIELD "key=value"? */
static bool take_key(struct str *field, struct str key)
{
	if (!str_begins(*field, key))
		return false;
	*field = str_from(*field, key.n);
	return true;
}

static void parse_ipsec_field(struct str field, struct ipsec *out)
{
	struct prefix net;

	out->ike |= str_equal(field, STR("ike"));
	out->site_to_site |= str_equal(field, STR("site"));
	if (take_key(&field, STR("end=")) && !prefix_parse(field, &net))
		vec_push(&out->ends, net);
	else if (take_key(&field, STR("net=")) && !prefix_parse(field, &net))
		vec_push(&out->clients, net);
	else if (take_key(&field, STR("dev=")))
		vec_push(&out->devs, mem_dup(field.p, field.n));
	else if (take_key(&field, STR("inside=")))
		vec_push(&out->inside, mem_dup(field.p, field.n));
	else if (take_key(&field, STR("xfrm=")))
		vec_push(&out->xfrm, mem_dup(field.p, field.n));
}

/* A "v" line from field 5 on. */
static struct ipsec *parse_ipsec(struct str line, bool *shut)
{
	struct ipsec *out = mem_zalloc(1, sizeof(*out));
	struct str field;
	unsigned int i;

	*shut = false;
	for (i = 5; (field = table_field(line, i)).n; i++) {
		*shut |= str_equal(field, STR("shut"));
		parse_ipsec_field(field, out);
	}
	return out;
}

/* Fields of a "v" line from 5 on. */
static void load_devs(struct str line, struct vpn *vpn)
{
	struct str field, name;
	const char *slash;
	unsigned int i;

	vpn->shut = str_equal(table_field(line, 5), STR("shut"));
	for (i = 6; (field = table_field(line, i)).n; i++) {
		slash = memchr(field.p, '/', field.n);
		name = field;
		if (slash)
			name.n = (size_t)(slash - field.p);
		/* a name that is no pattern is there already */
		if (!str_equal(name, str_of(vpn->dev)))
			policy_add_dev(vpn, name);
		if (slash)
			vpn->devs.v[vpn->devs.n - 1].vrf =
				mem_dup(slash + 1, field.n - name.n - 1);
	}
}

static void load_vpn(const struct state *s, struct str line, struct policy *p)
{
	struct str server = state_plain(s, table_field(line, 2));
	struct str dev = table_field(line, 3), kind = table_field(line, 4);
	struct ipsec *ipsec;
	bool shut;

	if (!str_equal(kind, STR("ipsec"))) {
		load_devs(line, policy_add_vpn(p, server, dev,
					       str_equal(kind, STR("tap")),
					       NULL));
		return;
	}
	ipsec = parse_ipsec(line, &shut);
	policy_add_vpn(p, server, dev, false, ipsec)->shut = shut;
	ipsec_free(ipsec);
}

/* Is WORD a field of the layout's line? */
static bool has_part(const struct state *s, const char *word)
{
	struct str line = table_find(&s->policy, STR("y\t"));

	return line.p && memmem(line.p, line.n, word, strlen(word));
}

bool state_has_nat(const struct state *s)
{
	return has_part(s, "nat");
}

void state_load_frame(const struct state *s, struct policy *p)
{
	struct str line, field;

	for (line = table_find(&s->policy, STR("v\t")); line.p;
	     line = table_next(&s->policy, line, STR("v\t")))
		load_vpn(s, line, p);
	for (line = table_find(&s->policy, STR("o\t")); line.p;
	     line = table_next(&s->policy, line, STR("o\t"))) {
		field = table_field(line, 1);
		vec_push(&p->others, mem_dup(field.p, field.n));
	}
	for (line = table_find(&s->policy, STR("s\t")); line.p;
	     line = table_next(&s->policy, line, STR("s\t")))
		vec_push(&p->shut, ((struct shut){
			.name = state_plain(s, table_field(line, 1)) }));
	p->layout = (struct layout){
		.ip6 = has_part(s, "ip6"), .net4 = has_part(s, "net4"),
		.net6 = has_part(s, "net6"),
	};
	p->nat = state_has_nat(s);
}

struct str state_next_user(const struct state *s, struct str id, size_t *pos)
{
	char *text = mem_printf("\topen\t%.*s", STR_ARG(id));
	struct str line, name = { NULL, 0 };

	do {
		line = table_search(&s->policy, 'c', str_of(text), pos);
		if (line.p)
			name = state_plain(s, table_field(line, 1));
	} while (line.p && !name.p);
	free(text);
	return name;
}

/* Add the clients whose file has the id of the "f" line FILE. */
static void add_users(const struct state *s, struct str file, struct policy *p)
{
	struct str id = table_field(file, 1), name;
	size_t pos = 0;

	for (;;) {
		name = state_next_user(s, id, &pos);
		if (!name.p)
			break;
		policy_add_client(p, name);
	}
}

/* Add the clients that list NAME, with either sign. */
static void add_listers(const struct state *s, struct str name,
			struct policy *p)
{
	static const char signs[] = "+-";
	struct str line;
	char *text;
	size_t i, pos;

	for (i = 0; i < 2; i++) {
		text = mem_printf("\t%c%.*s\t", signs[i], STR_ARG(name));
		for (pos = 0;;) {
			line = table_search(&s->policy, 'f', str_of(text),
					    &pos);
			if (!line.p)
				break;
			add_users(s, line, p);
		}
		free(text);
	}
}

static void add_peers(const struct state *s, const struct pffile *pf,
		      struct policy *p)
{
	const struct pf_peer *peer;

	vec_each(peer, &pf->peers)
		if (state_has_client(s, peer->name))
			policy_add_client(p, peer->name);
}

static void add_related(const struct state *s, struct str name,
			struct policy *p, struct diag *d)
{
	struct client c = { .name = name };

	policy_add_client(p, name);
	add_listers(s, name, p);
	if (state_client(s, &c, d))
		add_peers(s, &c.pf, p);
	pffile_fini(&c.pf);
}

static void add_all(const struct state *s, struct policy *p)
{
	struct str name;
	size_t pos = 0;

	for (;;) {
		name = state_next_client(s, &pos);
		if (!name.p)
			break;
		policy_add_client(p, name);
	}
}

void state_load(const struct state *s, const struct str *names, size_t n,
		const struct pffile *extra, bool whole, struct policy *p,
		struct diag *d)
{
	struct client *c;
	size_t i;

	for (i = 0; i < n; i++)
		add_related(s, names[i], p, d);
	if (extra)
		add_peers(s, extra, p);
	if (whole)
		add_all(s, p);
	policy_sort(p);
	vec_each(c, &p->clients)
		state_client(s, c, d);
}

/* Does a client that is not affected have the file with this id? */
static bool file_is_used(const struct state *s, struct str id,
			 const struct policy *p)
{
	const struct client *c;
	struct str name;
	size_t pos = 0;

	do {
		name = state_next_user(s, id, &pos);
		if (!name.p)
			return false;
		c = policy_find(p, name);
	} while (c && c->affected);
	return true;
}

bool state_policy_is_used(const struct state *s, const struct policy *p,
			  const char *policy_chain)
{
	char *text = mem_printf("\t%s\t", policy_chain);
	bool used = false;
	struct str file;
	size_t pos = 0;

	while (!used) {
		file = table_search(&s->policy, 'f', str_of(text), &pos);
		if (!file.p)
			break;
		used = file_is_used(s, table_field(file, 1), p);
	}
	free(text);
	return used;
}
