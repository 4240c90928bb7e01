/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/adopt.h"

#include <string.h>

#include "cli/server/interfaces.h"

/* Is IN what VPN was, under another name? */
static bool is_heir(const struct instance *in, const struct vpn *vpn,
		    const struct endpoint *addr)
{
	if (in->bad || !in->ipsec != !vpn->ipsec)
		return false;
	if (in->ipsec)
		return !addr->is_mac && ipsec_holds(in->ipsec, &addr->net);
	return !strcmp(in->dev, vpn->dev);
}

/* NULL: none, or it may be several. */
static const struct instance *find_heir(const struct conf *conf,
					const struct policy *loaded,
					const struct live *live)
{
	const struct instance *in, *found = NULL;
	const struct vpn *vpn;

	vec_each(vpn, &loaded->vpns) {
		if (!str_equal(str_of(vpn->server), live->instance))
			continue;
		vec_each(in, &conf->instances) {
			if (!is_heir(in, vpn, &live->addr))
				continue;
			if (found)
				return NULL;
			found = in;
		}
	}
	return found;
}

static void adopt(struct sync *s, struct live live, const struct instance *in)
{
	struct str server = str_of(in->name);
	struct live other = live_at(&s->view, &live.addr, server);

	if (other.line.p && !str_equal(other.name, live.name) &&
	    !interfaces_dco(in, NULL)) {
		live_remove(&s->view, live);
		return;
	}
	live.instance = server;
	live_dispute(&s->view, &live);
}

void sync_adopt(struct sync *s)
{
	const struct conf *conf = &s->compile.load.conf;
	struct str line = { NULL, 0 };
	struct policy loaded = { 0 };
	const struct instance *in;
	struct live live;

	state_load_frame(&s->state, &loaded);
	while ((live = live_next(&s->view, &line)).line.p) {
		if (!conf_lacks_server(conf, live.instance))
			continue;
		in = find_heir(conf, &loaded, &live);
		if (in)
			adopt(s, live, in);
	}
	policy_fini(&loaded);
}
