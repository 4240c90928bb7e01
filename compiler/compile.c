/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/compile.h"

#include <string.h>

#include "compiler/load/check.h"
#include "compiler/query/expect_run.h"

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
	};
}

bool compile_keeps(const struct state *s, const struct client *c,
		   struct sources *sources, struct client *old)
{
	struct diag silent = { 0 };

	*old = (struct client){ .name = c->name };
	return c->state == CLIENT_BAD_FILE &&
	       state_client(s, old, sources, &silent) &&
	       old->state == CLIENT_OPEN;
}

static void keep_old(struct compile *c, const struct state *s, struct diag *d)
{
	struct client *client, old;

	vec_each(client, &c->policy.clients) {
		if (client->state != CLIENT_BAD_FILE)
			continue;
		if (compile_keeps(s, client, &c->load.sources, &old)) {
			pffile_fini(&client->pf);
			client->pf = old.pf;
			client->kind = 0;
			client->state = CLIENT_OPEN;
			diag_note(d, LOC_NONE, "\"%.*s\" keeps the rules of its "
				  "file before", STR_ARG(client->name));
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

/* From files to clients with static addresses. */
static int read_files(struct compile *c, const struct live_view *live,
		      struct diag *d)
{
	struct load *l = &c->load;
	int r = load_policy(l, &l->conf, &c->policy, d);

	if (r)
		return r;
	if (live)
		live_add_names(live, &c->policy, &l->sources);
	return load_bind(l, &l->conf, &c->policy, d);
}

int compile_files(struct compile *c, const struct live_view *live,
		  unsigned int flags, struct diag *d)
{
	int r;

	begin(c);
	c->load.tolerant = flags & COMPILE_TOLERANT;
	r = read_files(c, live, d);
	if (r)
		return r;
	if (flags & COMPILE_LOADED) {
		keep_old(c, live->state, d);
		copy_statics(c);
	}
	if (live)
		live_bind_all(live, &c->policy);
	if (flags & COMPILE_UNRESOLVED)
		return 0;
	r = policy_resolve(&c->policy, d);
	if (r || !(flags & COMPILE_TESTED))
		return r;
	check_policy(&c->load.conf, &c->policy, d);
	r = expect_run_configured(&c->load, &c->policy, d);
	if (r && flags & COMPILE_LOADED)
		diag_error(d, LOC_NONE, r, "the policy is not loaded: the "
			   "rules before stay in force");
	return r;
}

void compile_closed(struct compile *c)
{
	const struct instance *in;

	begin(c);
	vec_each(in, &c->load.conf.instances)
		policy_add_vpn(&c->policy, str_of(in->dev), in->tap, in->ipsec);
}

void compile_fini(struct compile *c)
{
	forget_policy(c);
	if (c->has_state)
		state_close(&c->state);
	load_fini(&c->load);
}
