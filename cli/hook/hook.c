/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/hook/hook_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/name.h"

/* 0: with the last good configuration. */
static int go_on(struct hook_call *h)
{
	struct cli *cli = h->sync.cli;
	int r = sync_ready(&h->sync);

	sync_say_conf(cli);
	if (r)
		return diag_error(&cli->diag, LOC_NONE, r,
				  "%s until this is mended: refused",
				  h->sync.closed && !h->sync.unshut
				  ? "everything is shut" :
				  h->sync.unshut ? "interfaces may be open" :
				  "what was loaded before stays");
	return 0;
}

int hook_open(struct cli *cli, const char *name, struct hook_call *h)
{
	int r;

	*h = (struct hook_call){
		.addr4 = cli->env.addr4,
		.addr6 = cli->env.addr6,
	};
	/* check and apply report warnings about a file; they do not belong in
	 * the server's log with each connection */
	cli->diag.quiet = true;
	r = sync_open_hook(cli, &h->sync);
	if (r)
		return r;
	if (h->sync.conf != SYNC_CONF_PRESENT)
		r = go_on(h);
	if (r)
		return r;
	h->instance = hook_find_server(cli, &h->sync.compile.load.conf);
	hook_warn_of_others(h);
	if (!name)
		return diag_error(&cli->diag, LOC_NONE, -EINVAL,
				  "the client has no common name");
	h->name = str_of(name);
	if (h->name.n && !name_is_possible(h->name))
		return diag_error(&cli->diag, LOC_NONE, -EINVAL,
				  "\"%s\" cannot be a common name", name);
	return 0;
}

int hook_apply(struct hook_call *h)
{
	int r;

	if (!h->uncovered)
		return 0;
	h->uncovered = false;
	r = sync_ready(&h->sync);
	if (r)
		return r;
	if (h->claims)
		live_claim_dev(&h->sync.view, str_of(h->claims),
			       str_of(h->instance->name));
	return sync_all(&h->sync);
}

int hook_close(struct hook_call *h, int r)
{
	int applied = hook_apply(h), unloaded = sync_enforce(&h->sync);

	r = r ? r : applied;
	if (h->sync.cli->dry_run)
		sync_print_change(&h->sync);
	sync_close(&h->sync, true);
	return r ? r : unloaded;
}

const char *hook_server(const struct hook_call *h)
{
	return h->instance ? h->instance->name : "-";
}

static int check_one(struct hook_call *h, const char *given, bool has,
		     const struct ccd_net *wanted)
{
	struct prefix addr;
	char text[ADDR_TEXT];

	if (!given || !has || prefix_parse(str_of(given), &addr) ||
	    !prefix_cmp(&addr, &wanted->net))
		return 0;
	return diag_error(&h->sync.cli->diag, wanted->at, -EACCES,
			  "\"%.*s\" comes with %s, but its address is %s: "
			  "refused", STR_ARG(h->name), given,
			  prefix_format(&wanted->net, text));
}

static int check_ccd(struct hook_call *h)
{
	struct ccd ccd;
	int r;

	if (!h->instance->ccd)
		return 0;
	r = load_ccd(&h->sync.compile.load, h->instance, h->name, &ccd,
		     &h->sync.cli->diag);
	if (!r)
		r = check_one(h, h->addr4, ccd.has_ip4, &ccd.ip4);
	if (!r)
		r = check_one(h, h->addr6, ccd.has_ip6, &ccd.ip6);
	ccd_fini(&ccd);
	return r;
}

static int confine(struct hook_call *h, const char *given)
{
	struct prefix addr;

	return !given || prefix_parse(str_of(given), &addr)
		? 0 : hook_confine(h, &addr);
}

int hook_check_address(struct hook_call *h)
{
	int r = check_ccd(h);

	if (!r)
		r = confine(h, h->addr4);
	return r ? r : confine(h, h->addr6);
}

/* 0, or -EINVAL (reported). */
static int parse_address(struct hook_call *h, const char *text,
			 struct endpoint *out)
{
	if (endpoint_parse(str_of(text), out))
		return diag_error(&h->sync.cli->diag, LOC_NONE, -EINVAL,
				  "\"%s\" is no address", text);
	prefix_mask(&out->net);
	return 0;
}

int hook_add(struct hook_call *h, const char *given, bool update)
{
	struct affected affected = { 0 };
	struct endpoint addr;
	struct client c = { 0 };
	bool changed;
	int r;

	if (!given)
		return 0;
	r = parse_address(h, given, &addr);
	if (!r)
		r = sync_ready(&h->sync);
	if (!r)
		r = hook_check_server(h);
	if (!r && addr.is_mac && !h->instance->tap)
		r = diag_error(&h->sync.cli->diag, LOC_NONE, -EINVAL,
			       "\"%s\" is a hardware address, and \"%s\" is no tap server",
			       given, hook_server(h));
	if (!r && !addr.is_mac)
		r = hook_confine(h, &addr.net);
	if (!r)
		r = hook_updated_client(h, &c, &changed);
	if (r == -EACCES && hook_is_spared(h, &c))
		r = 0;
	if (!r && !hook_is_covered(h, &addr)) {
		hook_add_owners(h, &addr, &affected);
		vec_push(&affected.names, h->name);
		hook_set_owner(h, &addr, update);
		r = hook_sync(h, &affected, changed ? &c : NULL);
	}
	pffile_fini(&c.pf);
	return r;
}

static bool is_ipsec(const struct conf *conf, struct str server)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (in->ipsec && str_equal(str_of(in->name), server))
			return true;
	return false;
}

/* An unknown OpenVPN server may be any of them. */
static bool is_own(const struct hook_call *h, struct live live)
{
	const struct conf *conf = &h->sync.compile.load.conf;

	if (h->instance)
		return str_equal(live.instance, str_of(h->instance->name)) ||
		       (!h->instance->ipsec &&
			conf_lacks_server(conf, live.instance));
	return !is_ipsec(conf, live.instance);
}

void hook_remove_live(struct hook_call *h, struct live live, struct affected *c)
{
	if (!live.line.p || !is_own(h, live))
		return;
	hook_add_owners(h, &live.addr, c);
	live_remove(&h->sync.view, live);
}

int hook_sync(struct hook_call *h, struct affected *c, struct client *updated)
{
	int r = 0;

	if (h->uncovered)
		r = hook_apply(h);
	else if (c->names.n)
		r = sync_clients(&h->sync, c, updated);
	vec_fini(&c->names);
	return r;
}

int hook_remove(struct hook_call *h, const char *given)
{
	struct affected affected = { 0 };
	struct endpoint addr;
	struct live live;
	int r;

	r = parse_address(h, given, &addr);
	if (!r)
		r = sync_ready(&h->sync);
	if (r)
		return r;
	live = live_at(&h->sync.view, &addr, str_of(hook_server(h)));
	if (!live.line.p)
		live = hook_unknown_claim(h, &addr);
	/* with several servers and none named, the binding may be another
	 * server's; of several clients it is not told who leaves */
	if (!h->instance || !live.line.p || hook_has_several(h, &addr))
		return 0;
	if (live.stale_delete_due && str_equal(live.instance,
				   str_of(hook_server(h)))) {
		vec_push(&affected.names, live.name);
		live.stale_delete_due = false;
		live_add(&h->sync.view, &live);
	} else {
		hook_remove_live(h, live, &affected);
	}
	return hook_sync(h, &affected, NULL);
}

/* Does the client have another session on this server: a host that lies in none
 * of its networks? */
static bool has_other_session(struct hook_call *h)
{
	struct live live;
	size_t pos = 0;

	do
		live = live_of_name(&h->sync.view, h->name, &pos);
	while (live.line.p &&
	       (!str_equal(live.instance, str_of(hook_server(h))) ||
		live.addr.is_mac || !prefix_is_host(&live.addr.net) ||
		hook_own_net(h, &live.addr.net).line.p));
	return live.line.p;
}

static void remove_address(struct hook_call *h, const char *given,
			   struct affected *c)
{
	struct endpoint addr;
	struct live live;

	if (!given || parse_address(h, given, &addr))
		return;
	live = live_of(&h->sync.view, &addr, h->name);
	if (live.line.p)
		hook_remove_live(h, live, c);
}

/* All that the client has on this server. */
static void remove_all(struct hook_call *h, struct affected *c)
{
	struct live live;
	size_t pos = 0, edits;

	for (;;) {
		edits = h->sync.view.edits.list.n;
		live = live_of_name(&h->sync.view, h->name, &pos);
		if (!live.line.p)
			break;
		/* another server may have it */
		if (h->instance &&
		    conf_lacks_server(&h->sync.compile.load.conf,
				      live.instance))
			continue;
		hook_remove_live(h, live, c);
		if (h->sync.view.edits.list.n != edits)
			pos = 0;
	}
}

int hook_disconnect(struct hook_call *h)
{
	struct affected affected = { 0 };
	int r;

	/* never connected: client-disconnect is called even then */
	if (!h->addr4 && !h->addr6)
		return 0;
	r = sync_ready(&h->sync);
	if (r)
		return r;
	remove_address(h, h->addr4, &affected);
	remove_address(h, h->addr6, &affected);
	if (!has_other_session(h))
		remove_all(h, &affected);
	return hook_sync(h, &affected, NULL);
}
