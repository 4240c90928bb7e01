/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/regain.h"

#include <string.h>

#include "compiler/base/name.h"
#include "compiler/lower/lower_ipt_name.h"
#include "compiler/model/ownership.h"

struct regain {
	struct sync *s;
	struct owners kernel;
	struct compile files;
	struct owners statics;	/* the owners by the files */
	size_t taken, closed;
};

/* A load that was cut off gave nobody anything: all packets are dropped. */
static int read_from(struct sync *s, const struct backend *b,
		     struct backend_handle *h, struct owners *out)
{
	struct kernel_ruleset rules;
	uint32_t generation;
	int r = b->list(h, &rules, &generation, &s->cli->diag);

	if (r)
		return r;
	if (!rules.unfinished)
		b->owners(&rules, out);
	kernel_ruleset_fini(&rules);
	return 0;
}

/* The rules may still be in another backend. */
static int read_owners(struct sync *s, struct owners *out)
{
	const struct backend *b;
	struct backend_handle *h;
	int r = read_from(s, s->backend, s->handle, out);
	size_t i;

	for (i = 0; !r && !out->list.n && (b = backend_at(i)); i++) {
		if (b == s->backend || !b->is_loaded())
			continue;
		r = b->open(&h, &s->compile.load.conf.ipt, &s->cli->diag);
		if (r)
			break;
		r = read_from(s, b, h, out);
		b->close(h, false);
	}
	return r;
}

/* Files that are bad are said when they are compiled. */
static void read_statics(struct regain *x)
{
	struct diag silent = { 0 };
	const struct policy *p = &x->files.policy;
	const struct owned_range *o;
	struct ownership owned;

	if (x->s->conf == SYNC_CONF_NONE)
		return;
	x->files.load.conf = x->s->compile.load.conf;
	if (compile_files(&x->files, NULL, COMPILE_TOLERANT, &silent))
		return;
	ownership_make(p, &owned);
	vec_each(o, &owned.list)
		vec_push(&x->statics.list, ((struct owner){
			.name = p->clients.v[o->client].name,
			.family = o->family, .first = o->first,
			.last = o->last, .net = o->net,
			.server = str_of(o->vpn < 0 ? "-" :
					 p->vpns.v[o->vpn].server),
		}));
	ownership_fini(&owned);
	owners_sort(&x->statics);
}

/* The section that rules call ID; NULL: none. */
static const struct instance *find_section(const struct conf *conf,
					   struct str id)
{
	const struct instance *in;
	struct ipt_id ipt;

	vec_each(in, &conf->instances) {
		if (!id.p || !in->name)
			continue;
		lower_ipt_name_server(in->name, &ipt);
		if (str_equal(id, str_of(in->name)) ||
		    str_equal(id, str_of(ipt.text)))
			return in;
	}
	return NULL;
}

/* The server that the rules call ID.  Where no section has its name, a section
 * may have it later, when the file can be used: its addresses are nobody's
 * until then. */
static struct str named_server(const struct conf *conf, struct str id)
{
	const struct instance *in = find_section(conf, id);

	return in ? str_of(in->name) : id;
}

/* The server of a binding that the rules of before did not tell; "-": it may be
 * several. */
static const char *likely_server(const struct conf *conf,
				 const struct endpoint *e)
{
	const struct instance *in, *one = NULL, *pool = NULL;
	unsigned int ones = 0, pools = 0;

	vec_each(in, &conf->instances) {
		if (in->ipsec && !e->is_mac && ipsec_holds(in->ipsec, &e->net))
			return in->bad ? "-" : in->name;
		if (in->ipsec || (e->is_mac && !in->tap))
			continue;
		one = in;
		ones++;
		if (!e->is_mac && instance_pool_overlaps(in, &e->net)) {
			pool = in;
			pools++;
		}
	}
	if (ones != 1)
		one = pools == 1 ? pool : NULL;
	return one && !one->bad ? one->name : "-";
}

/* What a server tells from now on is newer. */
static void bind(struct regain *x, const struct endpoint *e,
		 const struct owner *o)
{
	const struct conf *conf = &x->s->compile.load.conf;
	struct live_view *view = &x->s->view;

	live_add(view, &(struct live){
		.addr = *e, .name = o->name, .reqid = o->reqid,
		.instance = o->server.p ? named_server(conf, o->server)
					: str_of(likely_server(conf, e)),
		.since = view->now - 1,
	});
}

static int cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static void bind_range(struct regain *x, const struct owner *o)
{
	struct endpoint e = { 0 };
	struct addr first = o->first;

	do {
		e.net = prefix_within(o->family, &first, &o->last);
		bind(x, &e, o);
		first = prefix_last(&e.net);
	} while (cmp(&first, &o->last) != 0 && addr_next(o->family, &first));
}

/* Is it known that no hook is needed for O? */
static bool is_ipsec(const struct regain *x, const struct owner *o)
{
	const struct instance *in =
		find_section(&x->s->compile.load.conf, o->server);

	return in && in->ipsec && !o->reqid;
}

/* Do the files give all of O to its client, as a network, or without a hook?
 * An address may be told by a hook as well. */
static bool is_of_files(const struct regain *x, const struct owner *o)
{
	size_t i = owners_from(&x->statics, o->family, &o->first);
	const struct owner *st = vec_at(&x->statics.list, i);
	struct addr at = o->first;

	for (; st < vec_end(&x->statics.list); st++) {
		if (st->family != o->family || cmp(&st->first, &at) > 0 ||
		    !str_equal(st->name, o->name) ||
		    !(st->net || is_ipsec(x, o)))
			return false;
		if (cmp(&st->last, &o->last) >= 0)
			return true;
		at = st->last;
		addr_next(o->family, &at);
	}
	return false;
}

/* Each comes once with each address of its client, at whatever server. */
static void take_mac(struct regain *x, const struct owner_mac *m,
		     struct str server)
{
	struct endpoint e = { .is_mac = true };
	size_t pos = 0;

	memcpy(e.mac, m->mac, sizeof(e.mac));
	if (live_claim(&x->s->view, &e, &pos).line.p)
		return;
	bind(x, &e, &(struct owner){ .name = m->name, .server = server });
	x->taken++;
}

static void take_kernel(struct regain *x)
{
	const struct conf *conf = &x->s->compile.load.conf;
	const struct str unknown = { NULL, 0 };
	const struct instance *in;
	const struct owner_mac *m;
	const struct owner *o;

	vec_each(o, &x->kernel.list)
		if (!is_of_files(x, o)) {
			bind_range(x, o);
			x->taken++;
		}
	vec_each(m, &x->kernel.macs) {
		in = find_section(conf, m->server);
		if (in && in->tap)
			take_mac(x, m, m->server);
	}
	vec_each(m, &x->kernel.macs)
		take_mac(x, m, unknown);
}

static void close_range(struct regain *x, struct owner o)
{
	struct prefix net = prefix_within(o.family, &o.first, &o.last);
	struct str name = o.name;
	char addr[ADDR_TEXT];

	o.name = STR(NAME_NOBODY);
	bind_range(x, &o);
	if (x->closed++ < DIAG_BUDGET)
		diag_error(&x->s->cli->diag, LOC_NONE, 0,
			   "%s is nobody's until a hook or the server tells whose it is: the files say \"%.*s\", the rules in the kernel did not",
			   prefix_format(&net, addr), STR_ARG(name));
}

/* Close what the kernel gives to nobody of O, which the files give. */
static void close_rest(struct regain *x, struct owner o)
{
	size_t i = owners_from(&x->kernel, o.family, &o.first);
	const struct owner *k = vec_at(&x->kernel.list, i);
	struct owner gap = o;

	for (; k < vec_end(&x->kernel.list) && k->family == o.family &&
	       cmp(&k->first, &o.last) <= 0; k++) {
		if (cmp(&k->first, &gap.first) > 0) {
			gap.last = k->first;
			addr_prev(o.family, &gap.last);
			close_range(x, gap);
		}
		if (cmp(&k->last, &o.last) >= 0)
			return;
		gap.first = k->last;
		addr_next(o.family, &gap.first);
	}
	gap.last = o.last;
	close_range(x, gap);
}

static void take(struct regain *x)
{
	const struct client *c;
	const struct owner *o;

	read_statics(x);
	take_kernel(x);
	vec_each(o, &x->statics.list) {
		c = policy_find(&x->files.policy, o->name);
		/* who has a bad file may keep his rules */
		if (c && (c->state == CLIENT_OPEN ||
			  c->state == CLIENT_BAD_FILE))
			close_rest(x, *o);
	}
}

static void say(const struct regain *x)
{
	static const char fmt[] = "the bindings that hooks reported, and the counters kept with them, were lost: %zu bindings are taken from the kernel";
	struct diag *d = &x->s->cli->diag;

	if (x->taken || x->closed)
		diag_error(d, LOC_NONE, 0, fmt, x->taken);
	else
		diag_warn(d, LOC_NONE, fmt, x->taken);
}

/* Write them, so that whatever this command goes on to do finds a table, and
 * not only changes. The table names no rules: all are compiled again. */
static int keep(struct sync *s)
{
	const struct state_write w = { 0 };
	struct diag *d = &s->cli->diag;
	int r;

	if (s->state.dirfd < 0 || s->check)
		return 0;
	s->state.policy_id = 0;
	r = state_write(&s->state, &s->view, &w, d);
	if (!r)
		r = state_commit(&s->state, d);
	if (r)
		return r;
	live_fini(&s->view);
	table_close(&s->state.live);
	r = table_open(s->state.dirfd, "live", &s->state.live);
	return r ? diag_error(d, LOC_NONE, r, "cannot read the state: %s",
			      strerror(-r)) : 0;
}

int sync_regain(struct sync *s)
{
	struct regain x = { .s = s };
	int r;

	if (!s->state.lost)
		return 0;
	r = read_owners(s, &x.kernel);
	if (!r && x.kernel.list.n) {
		take(&x);
		say(&x);
		r = keep(s);
	}
	x.files.load.conf = (struct conf){ 0 };	/* it is S's */
	compile_fini(&x.files);
	owners_fini(&x.statics);
	owners_fini(&x.kernel);
	return r;
}
