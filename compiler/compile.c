/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/compile.h"

#include <errno.h>
#include <string.h>

#include "compiler/load/check.h"
#include "compiler/model/shut.h"
#include "compiler/query/expect_run.h"
#include "compiler/unread.h"

static void forget_policy(struct compile *c)
{
	policy_fini(&c->policy);
	vec_fini(&c->statics);
}

static void begin(struct compile *c)
{
	forget_policy(c);
	c->policy = (struct policy){
		.ipt = c->load.conf.ipt, .log = c->load.conf.log,
		.nat = c->nat,
	};
}

bool compile_keeps(const struct state *s, const struct client *c,
		   struct client *old)
{
	struct diag silent = { 0 };

	*old = (struct client){ .name = c->name };
	return c->state == CLIENT_BAD_FILE &&
	       state_client(s, old, &silent) &&
	       old->state == CLIENT_OPEN;
}

static void keep_old(struct compile *c, const struct state *s, struct diag *d)
{
	struct client *client, old;

	vec_each(client, &c->policy.clients) {
		if (client->state != CLIENT_BAD_FILE)
			continue;
		if (compile_keeps(s, client, &old)) {
			pffile_fini(&client->pf);
			client->pf = old.pf;
			client->kind = 0;
			client->state = CLIENT_OPEN;
			client->kept = true;
			diag_note(d, LOC_NONE,
				  "\"%.*s\" keeps its previous rules",
				  STR_ARG(client->name));
		} else {
			pffile_fini(&old.pf);
			diag_note(d, LOC_NONE, "\"%.*s\" is closed",
				  STR_ARG(client->name));
		}
	}
}

static void copy_statics(struct compile *c)
{
	const struct binding *b;

	vec_reserve(&c->statics, c->policy.bindings.n);
	vec_each(b, &c->policy.bindings)
		vec_push(&c->statics, *b);
}

/* Files -> clients with static addresses. */
static int read_files(struct compile *c, const struct live_view *live,
		      struct diag *d)
{
	struct load *l = &c->load;
	int r;

	if (live)
		live_add_names(live, &c->policy);
	r = load_policy(l, &l->conf, &c->policy, d);
	if (r)
		return r;
	if (c->has_devs)
		tundev_assign(&c->devs, &c->policy);
	if (live)
		unread_add_names(live->state, l, &c->policy);
	return load_bind(l, &l->conf, &c->policy, d);
}

int compile_files(struct compile *c, const struct live_view *live,
		  unsigned int flags, struct diag *d)
{
	struct diag silent = { 0 }, *told = flags & COMPILE_FOUND ? &silent : d;
	int r;

	begin(c);
	c->load.tolerant = flags & COMPILE_TOLERANT;
	c->load.asked = flags & COMPILE_ASKED;
	r = read_files(c, live, d);
	c->all_read = !r;
	if (r)
		return r;
	if (flags & COMPILE_LOADED) {
		keep_old(c, live->state, told);
		unread_keep_addresses(live->state, &c->load, &c->policy, d);
		copy_statics(c);
	}
	if (live)
		live_bind_all(live, &c->policy);
	if (flags & COMPILE_UNRESOLVED)
		return 0;
	policy_resolve(&c->policy, told);
	if (flags & COMPILE_ASKED)
		shut_mark(&c->policy, NULL);
	if (!(flags & COMPILE_TESTED))
		return 0;
	check_client_to_client(&c->load.conf, told);
	check_policy(&c->load.conf, &c->policy, d);
	r = expect_run_configured(&c->load, &c->policy, d);
	if (r && flags & COMPILE_LOADED)
		diag_error(d, LOC_NONE, r,
			   "the policy is not loaded: its tests do not pass");
	return r;
}

void compile_closed(struct compile *c)
{
	begin(c);
	load_vpns(&c->load.conf, &c->policy);
	if (c->has_devs)
		tundev_assign(&c->devs, &c->policy);
}

static void set_affected(struct policy *p, const struct affected *a)
{
	struct client *c;
	struct str *name;

	vec_each(name, &a->names) {
		c = policy_find(p, *name);
		if (c)
			c->affected = true;
	}
}

/* The configured tests need the whole policy. */
static bool must_test(const struct compile *c, const struct client *updated)
{
	return updated && updated->state == CLIENT_OPEN &&
	       c->load.conf.tests.n;
}

void compile_state(struct compile *c, const struct state *s,
		   const struct affected *a, const struct client *updated,
		   struct diag *d)
{
	const struct live_view loaded = { .state = s };
	struct policy *p = &c->policy;
	struct client *client;
	bool nets;

	begin(c);
	state_load_frame(s, p);
	c->layout = p->layout;
	nets = p->layout.net4 || p->layout.net6;
	state_load(s, a->names.v, a->names.n, updated ? &updated->pf : NULL,
		   a->all || nets || must_test(c, updated), p, d);
	set_affected(p, a);
	client = updated ? policy_find(p, updated->name) : NULL;
	if (client)
		client->affected = true;
	/* the owner of a network loses and regains the addresses that other
	 * clients have inside it */
	vec_each(client, &p->clients)
		client->affected |= nets;
	if (!a->unbound)
		state_bind(&loaded, p);
}

static void exchange_files(struct client *a, struct client *b)
{
	struct client was = *a;

	a->state = b->state;
	a->pf = b->pf;
	a->file = b->file;
	b->state = was.state;
	b->pf = was.pf;
	b->file = was.file;
}

static bool are_equal(const struct binding *a, const struct binding *b,
		      size_t n)
{
	for (; n; n--, a++, b++)
		if (prefix_cmp(&a->net, &b->net) || a->client != b->client ||
		    a->reqid != b->reqid ||
		    !str_equal(a->instance, b->instance))
			return false;
	return true;
}

/* Do A and B give the same rules? */
static bool bindings_equal(const struct policy *a, const struct policy *b)
{
	const struct mac_binding *m = a->macs.v, *n = b->macs.v;

	if (a->bindings.n != b->bindings.n || a->macs.n != b->macs.n ||
	    a->doubtful.n != b->doubtful.n ||
	    !are_equal(a->bindings.v, b->bindings.v, a->bindings.n) ||
	    !are_equal(a->doubtful.v, b->doubtful.v, a->doubtful.n))
		return false;
	for (; m < vec_end(&a->macs); m++, n++)
		if (memcmp(m->mac, n->mac, sizeof(m->mac)) != 0 ||
		    m->client != n->client)
			return false;
	return true;
}

static void bind_live(struct compile *c, const struct live_view *live)
{
	struct policy *p = &c->policy, before = *p;

	memset(&p->bindings, 0, sizeof(p->bindings));
	memset(&p->doubtful, 0, sizeof(p->doubtful));
	memset(&p->macs, 0, sizeof(p->macs));
	state_bind(live, p);
	c->same = bindings_equal(&before, p);
	vec_fini(&before.bindings);
	vec_fini(&before.doubtful);
	vec_fini(&before.macs);
}

int compile_change(struct compile *c, const struct live_view *live,
		   struct client **updated, struct diag *d)
{
	struct client *client;
	bool has_rules;

	bind_live(c, live);
	if (!*updated)
		return 0;
	client = policy_find(&c->policy, (*updated)->name);
	has_rules = client->state == CLIENT_OPEN;
	exchange_files(client, *updated);
	if (!must_test(c, client) ||
	    !expect_run_configured(&c->load, &c->policy, d)) {
		c->same = false;
		return 0;
	}
	exchange_files(client, *updated);
	diag_error(d, LOC_NONE, 0, "the file of \"%.*s\" is not loaded: %s",
		   STR_ARG(client->name),
		   has_rules ? "its previous rules stay in force"
			     : "it is closed");
	*updated = NULL;
	return has_rules ? 0 : -EACCES;
}

bool compile_keeps_layout(const struct compile *c)
{
	const struct layout *a = &c->layout, *b = &c->policy.layout;

	return a->ip6 == b->ip6 && a->net4 == b->net4 && a->net6 == b->net6;
}

void compile_fini(struct compile *c)
{
	forget_policy(c);
	tundev_fini(&c->devs);
	if (c->has_state)
		state_close(&c->state);
	load_fini(&c->load);
}
