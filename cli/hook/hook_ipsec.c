/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec. The daemons' calls are not exact. An "up" may be repeated for each
 * pair of networks and each rekeying, before the "down" of the replaced one, so
 * the calls are counted. A "down" may be lost, so a later client displaces an
 * earlier one. After a "down" the next client may get the reqid at once.
 */
#include "config.h"

#include "cli/hook/hook_part.h"

#include <errno.h>

static int say_outside(struct hook_call *h, const char *addr,
		       const struct instance *in)
{
	struct diag *d = &h->sync.cli->diag;

	if (!in)
		return diag_error(d, LOC_NONE, -EINVAL, "%s is in the networks of no ipsec section",
				  addr);
	diag_error(d, LOC_NONE, 0, "%s is not in the networks of \"%s\"", addr,
		   in->name);
	diag_note(d, in->at, "they are given here");
	return -EINVAL;
}

/* The section of --instance; *out NULL: none is named. */
static int find_named(struct hook_call *h, const struct instance **out)
{
	const struct conf *conf = &h->sync.compile.load.conf;
	const char *name = h->sync.cli->conf.instance;

	*out = name ? &conf->instances.v[conf->picked] : NULL;
	if (!name || (*out)->ipsec)
		return 0;
	return diag_error(&h->sync.cli->diag, (*out)->at, -EINVAL,
			  "\"%s\" is no ipsec section", name);
}

int hook_find_section(struct hook_call *h, const char *text,
		      struct endpoint *addr)
{
	const struct instance *in, *named;
	int r = find_named(h, &named);

	if (r)
		return r;
	*addr = (struct endpoint){ 0 };
	if (prefix_parse(str_of(text), &addr->net))
		return diag_error(&h->sync.cli->diag, LOC_NONE, -EINVAL,
				  "\"%s\" is no address", text);
	prefix_mask(&addr->net);
	h->instance = NULL;
	vec_each(in, &h->sync.compile.load.conf.instances)
		if (in->ipsec && (!named || in == named) &&
		    ipsec_holds(in->ipsec, &addr->net))
			h->instance = in;
	return h->instance ? 0 : say_outside(h, text, named);
}

static bool is_clients(const struct hook_call *h, struct live live)
{
	return live.line.p && str_equal(live.name, h->name) &&
	       str_equal(live.instance, str_of(hook_server(h)));
}

/*
 * A daemon gives a reqid to one client at a time, so another client that still
 * has it is gone, and its "down" was lost. One client may have it for several
 * addresses.
 */
static void displace(struct hook_call *h, uint32_t reqid, struct affected *c)
{
	char *text = mem_printf("\treqid=%u", reqid);
	struct live live;
	size_t pos = 0;

	while (reqid) {
		live = live_search(&h->sync.view, str_of(text), &pos);
		if (!live.line.p)
			break;
		if (live.reqid == reqid &&
		    !str_equal(live.name, h->name))
			hook_remove_live(h, live, c);
	}
	free(text);
}

/* With two tunnels for one address, one reqid cannot tell which of them a
 * packet uses. */
static void count_up(struct hook_call *h, const struct endpoint *addr,
		     uint32_t reqid)
{
	struct live live = live_at(&h->sync.view, addr,
				   str_of(hook_server(h)));
	bool again = is_clients(h, live);

	if (again) {
		live.ups = live.ups ? live.ups + 1 : 2;
		if (live.reqid != reqid)
			live.reqid = 0;
	} else {
		live = (struct live){
			.addr = *addr, .name = h->name,
			.instance = str_of(hook_server(h)),
			.since = h->sync.view.now, .reqid = reqid,
		};
	}
	live_add(&h->sync.view, &live);
	if (!again)
		hook_say_rival(h, addr);
}

/* The tunnel is there: its address must not be that of the client before. */
static int refuse_up(struct hook_call *h, const struct endpoint *addr)
{
	struct live live = live_at(&h->sync.view, addr,
				   str_of(hook_server(h)));
	struct affected affected = { 0 };
	int r;

	hook_remove_live(h, live, &affected);
	r = hook_sync(h, &affected, NULL);
	return r ? r : hook_check_server(h);
}

int hook_up(struct hook_call *h, const struct endpoint *addr, uint32_t reqid)
{
	struct affected affected = { 0 };
	struct client c = { 0 };
	bool changed;
	int closed, r;

	r = sync_ready(&h->sync);
	if (r)
		return r;
	if (h->instance->bad)
		return refuse_up(h, addr);
	/* the previous owner must lose the address in any case */
	closed = hook_updated_client(h, &c, &changed);
	hook_add_owners(h, addr, &affected);
	vec_push(&affected.names, h->name);
	displace(h, reqid, &affected);
	count_up(h, addr, reqid);
	r = hook_sync(h, &affected, changed ? &c : NULL);
	pffile_fini(&c.pf);
	return r ? r : closed;
}

int hook_down(struct hook_call *h, const struct endpoint *addr, uint32_t reqid)
{
	struct affected affected = { 0 };
	struct live live;
	int r;

	r = sync_ready(&h->sync);
	if (r)
		return r;
	live = live_at(&h->sync.view, addr, str_of(hook_server(h)));
	if (!is_clients(h, live) || (live.reqid && live.reqid != reqid))
		return 0;
	if (live.ups > 1) {
		live.ups--;
		live_add(&h->sync.view, &live);
		vec_push(&affected.names, live.name);
	} else {
		hook_remove_live(h, live, &affected);
	}
	return hook_sync(h, &affected, NULL);
}

static void drop_section(struct hook_call *h, const struct instance *in)
{
	char *text = mem_printf("\t%s\t", in->name);
	struct live live;
	size_t pos = 0;

	for (;;) {
		live = live_search(&h->sync.view, str_of(text), &pos);
		if (!live.line.p)
			break;
		if (str_equal(live.instance, str_of(in->name)))
			live_remove(&h->sync.view, live);
	}
	free(text);
}

int hook_reset(struct hook_call *h)
{
	const struct instance *in, *named;
	int r = find_named(h, &named);

	if (!r)
		r = sync_ready(&h->sync);
	if (r)
		return r;
	vec_each(in, &h->sync.compile.load.conf.instances)
		if (in->ipsec && (!named || in == named))
			drop_section(h, in);
	return sync_all(&h->sync);
}
