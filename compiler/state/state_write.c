/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/digest.h"
#include "compiler/state/state_part.h"

#include <inttypes.h>
#include <stdio.h>

#include "compiler/base/name.h"
#include "compiler/lower/ruleset.h"
#include "compiler/state/live.h"

/* The canonical text of a policy as one line, malloced. */
static char *policy_text(const struct pffile *pf)
{
	char *text = NULL, *p;
	size_t size = 0;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		return mem_dup("", 0);
	pffile_print(pf, f);
	if (fclose(f))
		size = 0;
	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	for (p = text; *p; p++)
		if (*p == '\n')
			*p = '\t';
	return text;
}

struct file_id {
	char text[33];		/* "": unknown */
};

/* The ids of the policies already written, by client.kind. */
struct file_ids {
	VEC(struct file_id) kinds;
};

/* Add the "f" line of C's policy, and set ID to its id. */
static void file_line(const struct client *c, struct file_id *id,
		      struct table_edits *out)
{
	char *text = policy_text(&c->pf);
	size_t n = strlen(text);

	snprintf(id->text, sizeof(id->text), "%016" PRIx64 "%016" PRIx64,
		 digest_bytes(3, text, n), digest_bytes(4, text, n));
	table_edit(out, true,
		   mem_printf("f\t%s\t%s\t%s", id->text,
			      c->policy_chain ? c->policy_chain : "", text));
	free(text);
}

/* Add the "c" line of a client, and the "f" line of its policy if it is not
 * there yet. */
static void client_lines(const struct client *c, struct file_ids *ids,
			 struct table_edits *out)
{
	char *name = name_mangle(c->name);
	struct file_id *id;

	if (c->state != CLIENT_OPEN) {
		table_edit(out, true, mem_printf("c\t%s\t%s", name,
					client_state_name(c->state)));
		free(name);
		return;
	}
	while (ids->kinds.n <= c->kind)
		vec_push(&ids->kinds, (struct file_id){ "" });
	id = &ids->kinds.v[c->kind];
	if (!id->text[0] || !c->kind)
		file_line(c, id, out);
	table_edit(out, true, mem_printf("c\t%s\topen\t%s", name, id->text));
	free(name);
}

static void one_client_lines(const struct client *c, struct table_edits *out)
{
	struct file_ids ids = { 0 };

	client_lines(c, &ids, out);
	vec_fini(&ids.kinds);
}

static void binding_lines(const struct policy *p, const struct binding *b,
			  struct table_edits *out)
{
	char *name = name_mangle(p->clients.v[b->client].name);
	const char *source = b->source == BINDING_CCD ? "ccd" : "ipp";
	char addr[ADDR_TEXT];

	prefix_format(&b->net, addr);
	table_edit(out, true, mem_printf("a\t%s\t%s\t%s\t%.*s", addr, name,
					 source, STR_ARG(b->instance)));
	table_edit(out, true, mem_printf("b\t%s\t%s\t%s\t%.*s", name, addr,
					 source, STR_ARG(b->instance)));
	free(name);
}

/* The "d" lines: live bindings come and go. */
static void doubt_lines(const struct state_write *w, struct table_edits *out)
{
	struct policy statics = { .clients = w->policy->clients };
	const struct binding *b;
	struct diag silent = { 0 };
	char addr[ADDR_TEXT];
	size_t i;

	for (i = 0; i < w->n_statics; i++)
		policy_bind(&statics, &w->statics[i]);
	policy_resolve(&statics, &silent);
	vec_each(b, &statics.doubtful)
		if (b == statics.doubtful.v || prefix_cmp(&b[-1].net, &b->net))
			table_edit(out, true, mem_printf("d\t%s",
					prefix_format(&b->net, addr)));
	vec_fini(&statics.bindings);
	vec_fini(&statics.doubtful);
}

/* Add a field to TEXT, which is malloced. */
static void add_field(char **text, const char *key, const char *value)
{
	char *more = mem_printf("%s\t%s%s", *text, key, value);

	free(*text);
	*text = more;
}

/* The fields of a "v" line after the interface, malloced. */
static char *ipsec_text(const struct ipsec *ipsec, bool shut)
{
	char *text = mem_copy("ipsec"), *const *name;
	const struct prefix *net;
	char addr[ADDR_TEXT];

	if (shut)
		add_field(&text, "shut", "");
	if (ipsec->ike)
		add_field(&text, "ike", "");
	if (ipsec->site_to_site)
		add_field(&text, "site", "");
	vec_each(net, &ipsec->ends)
		add_field(&text, "end=", prefix_format(net, addr));
	vec_each(net, &ipsec->clients)
		add_field(&text, "net=", prefix_format(net, addr));
	vec_each(name, &ipsec->devs)
		add_field(&text, "dev=", *name);
	vec_each(name, &ipsec->inside)
		add_field(&text, "inside=", *name);
	vec_each(name, &ipsec->xfrm)
		add_field(&text, "xfrm=", *name);
	return text;
}

/* The same of an OpenVPN server. */
static char *openvpn_text(const struct vpn *vpn)
{
	const struct vpn_dev *dev;
	char *text = mem_printf("%s\t%s", vpn->tap ? "tap" : "tun",
				vpn->shut ? "shut" : "-");
	char *name;

	vec_each(dev, &vpn->devs) {
		name = mem_printf("%s%s%s", dev->name, dev->vrf ? "/" : "",
				  dev->vrf ? dev->vrf : "");
		add_field(&text, "", name);
		free(name);
	}
	return text;
}

static void vpn_line(const struct vpn *vpn, size_t i, struct table_edits *out)
{
	char *rest = vpn->ipsec ? ipsec_text(vpn->ipsec, vpn->shut)
				: openvpn_text(vpn);
	char *server = name_mangle(str_of(vpn->server));

	table_edit(out, true, mem_printf("v\t%04zu\t%s\t%s\t%s", i, server,
					 vpn->dev, rest));
	free(server);
	free(rest);
}

static void frame_lines(const struct policy *p, struct table_edits *out)
{
	const struct shut *s;
	char *const *other;
	char *name;
	size_t i;

	for (i = 0; i < p->vpns.n; i++)
		vpn_line(&p->vpns.v[i], i, out);
	vec_each(other, &p->others)
		table_edit(out, true, mem_printf("o\t%s", *other));
	vec_each(s, &p->shut) {
		if (s->unknown)
			continue;
		name = name_mangle(s->name);
		table_edit(out, true, mem_printf("s\t%s", name));
		free(name);
	}
	table_edit(out, true, mem_printf("y%s%s%s%s",
					 p->layout.ip6 ? "\tip6" : "",
					 p->layout.net4 ? "\tnet4" : "",
					 p->layout.net6 ? "\tnet6" : "",
					 p->nat ? "\tnat" : ""));
}

bool state_client_same(const struct state *s, const struct client *c)
{
	struct table_edits edits = { 0 };
	const struct table_edit *e;
	struct str line;
	bool same = true;

	one_client_lines(c, &edits);
	vec_each(e, &edits.list) {
		line = table_find(&s->policy, e->line);
		/* an "f" line has the policy chain, which C does not have */
		if (e->line.p[0] == 'c')
			same = line.p && str_equal(line, e->line);
	}
	table_edits_fini(&edits);
	return same;
}

static void all_lines(const struct state *s, const struct state_write *w,
		      struct table_edits *out)
{
	struct file_ids ids = { 0 };
	const struct client *c;
	size_t i;

	vec_each(c, &w->policy->clients)
		client_lines(c, &ids, out);
	vec_fini(&ids.kinds);
	for (i = 0; i < w->n_statics; i++)
		binding_lines(w->policy, &w->statics[i], out);
	doubt_lines(w, out);
	frame_lines(w->policy, out);
	state_add_missing(s, w, out);
	if (w->files)
		state_add_seen(w->files, out);
}

static struct state_change change_of(const struct state *s, struct str line,
				     bool added)
{
	struct state_change change = {
		.kind = line.n ? line.p[0] : '\0', .added = added,
		.key = table_field(line, 1),
	};

	if (change.kind == 'b' || change.kind == 'c')
		change.key = state_plain(s, change.key);
	if (change.kind == 'c')
		change.open = str_equal(table_field(line, 2), STR("open"));
	if (change.kind == 'b')
		change.addr = table_field(line, 2);
	if (change.kind == 'a' || change.kind == 'b')
		change.source = table_field(line, 3);
	return change;
}

void state_compare(const struct state *s, const struct state_write *w,
		   void (*found)(void *arg, const struct state_change *change),
		   void *arg)
{
	struct state_change change;
	struct str none = { "", 0 }, line = table_find(&s->policy, none);
	struct table_edits edits = { 0 };
	const struct table_edit *e;
	int r;

	all_lines(s, w, &edits);
	table_edits_sort(&edits);
	if (table_header(&s->policy).n)
		line = table_next(&s->policy, line, none);
	for (e = edits.list.v; line.p || e < vec_end(&edits.list); ) {
		r = !line.p ? 1 : e == vec_end(&edits.list) ? -1 :
		    str_cmp(line, e->line);
		if (r) {
			change = change_of(s, r < 0 ? line : e->line, r > 0);
			found(arg, &change);
		}
		if (r <= 0)
			line = table_next(&s->policy, line, none);
		if (r >= 0)
			e++;
	}
	table_edits_fini(&edits);
}

/* Delete the client's old "c" line, and its "f" line unless another client uses
 * it; add the new lines. */
static void change_lines(const struct state *s, const struct state_write *w,
			 const struct client *c, struct table_edits *out)
{
	struct str line = state_name_line(&s->policy, 'c', c->name), id, file;
	unsigned int users = 0;
	size_t pos = 0;

	if (line.p) {
		table_edit(out, false, mem_dup(line.p, line.n));
		id = table_field(line, 3);
		file = state_line(&s->policy, 'f', id);
		while (file.p && state_next_user(s, id, &pos).p)
			users++;
		if (users == 1)
			table_edit(out, false, mem_dup(file.p, file.n));
	}
	one_client_lines(c, out);
	state_change_missing(s, w, c, out);
}

static void change_frame(const struct state *s, const struct policy *p,
			 struct table_edits *out)
{
	static const char kinds[] = "osvy";
	struct str line, kind = { kinds, 1 };

	for (; *kind.p; kind.p++)
		for (line = table_find(&s->policy, kind); line.p;
		     line = table_next(&s->policy, line, kind))
			table_edit(out, false, mem_dup(line.p, line.n));
	frame_lines(p, out);
}

/* NOW: the time, in seconds since 1970. */
static int write_policy(struct state *s, const struct state_write *w,
			long long now, struct diag *d)
{
	const struct table empty = { 0 };
	struct table_edits edits = { 0 };
	char header[192];
	size_t i;
	int r;

	if (w->policy || w->frame)
		s->read_at = w->read_at;
	if (w->policy) {
		s->loaded_at = now;
		s->standing = w->standing;
	}
	if (w->policy)
		all_lines(s, w, &edits);
	else if (w->frame)
		change_frame(s, w->frame, &edits);
	for (i = 0; i < w->n_changed; i++)
		change_lines(s, w, w->changed[i], &edits);
	s->policy_id = digest_bytes(s->policy_id, &w->digest,
				    sizeof(w->digest));
	snprintf(header, sizeof(header), STATE_POLICY_HEADER "id=%016" PRIx64
		 " read=%016" PRIx64 " boot=%016" PRIx64 " loaded=%llx%s sum=",
		 s->policy_id, s->read_at.now, s->read_at.boot, s->loaded_at,
		 s->standing ? " standing" : "");
	r = table_write(s->dirfd, "policy", header,
			w->policy ? &empty : &s->policy, &edits);
	table_edits_fini(&edits);
	if (r)
		diag_error(d, LOC_NONE, r, "cannot write the state: %s",
			   strerror(-r));
	return r;
}

/* The edits of V stay unchanged, for another try. */
static int write_live(struct state *s, const struct live_view *v,
		      const struct state_write *w)
{
	struct table_edits edits = { 0 };
	const struct table_edit *e;
	char header[192];
	int r;

	vec_each(e, &v->edits.list)
		vec_push(&edits.list, *e);
	if (w->retired)
		state_add_counters(s, w->retired, &edits);
	snprintf(header, sizeof(header), STATE_LIVE_HEADER "digest=%016" PRIx64
		 " policy=%016" PRIx64 " generation=%" PRIx32 " sum=",
		 w->digest, s->policy_id, w->generation);
	r = table_write(s->dirfd, "live", header, &s->live, &edits);
	table_edits_fini(&edits);
	return r;
}

int state_write(struct state *s, const struct live_view *v,
		const struct state_write *w, struct diag *d)
{
	int r;

	if (s->dirfd < 0)
		return 0;
	s->policy_new = w->policy || w->n_changed || w->frame;
	if (s->policy_new) {
		r = write_policy(s, w, v->now, d);
		if (r)
			return r;
	}
	r = write_live(s, v, w);
	if (r) {
		state_abort(s);
		return diag_error(d, LOC_NONE, r, "cannot write the state: %s",
				  strerror(-r));
	}
	return 0;
}

/*
 * Two renames: after a crash between them the headers do not match, and the
 * next command loads the whole policy again.
 */
int state_commit(struct state *s, struct diag *d)
{
	int r = 0;

	if (s->dirfd < 0)
		return 0;
	if (s->policy_new)
		r = table_commit(s->dirfd, "policy");
	if (!r)
		r = table_commit(s->dirfd, "live");
	if (r)
		diag_error(d, LOC_NONE, r, "cannot replace the state: %s",
			   strerror(-r));
	return r;
}

void state_abort(struct state *s)
{
	if (s->policy_new)
		table_abort(s->dirfd, "policy");
	table_abort(s->dirfd, "live");
}
