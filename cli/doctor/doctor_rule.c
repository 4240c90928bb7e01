/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's rules, ours and foreign ones. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/doctor/doctor.h"

/* The backend's name has been checked before. */
static int open_backend(struct doctor *x, struct cli_handle *out)
{
	struct diag silent = { 0 };

	return cli_open_backend(x->cli, &x->compile.load.conf, out, &silent);
}

static void find_no_backend(struct doctor *x)
{
	struct cli_handle h;
	int r = open_backend(x, &h);

	if (!r)
		h.backend->close(h.handle, false);
	else if (r == -EPROTONOSUPPORT)
		doctor_found(x, NULL, LOC_NONE, "this kernel has no %s",
			     h.backend->name);
	else
		diag_note(&x->cli->diag, LOC_NONE,
			  "cannot read the kernel's rules: %s",
			  strerror(-r));
}

static void found(void *arg, const char *what)
{
	doctor_found(arg, NULL, LOC_NONE, "%s", what);
}

static void find_foreign_accept(struct doctor *x)
{
	struct cli_handle h;

	if (open_backend(x, &h))
		return;
	if (h.backend->find_foreign)
		h.backend->find_foreign(h.handle, &x->compile.policy, found, x,
					&x->cli->diag);
	h.backend->close(h.handle, false);
}

static void add_tunnels(const struct instance *in, const char *dev,
			struct host_pools *out)
{
	const struct prefix *net;

	vec_each(net, &in->ipsec->clients)
		vec_push(&out->list, ((struct host_pool){
			dev, in->name, net->family, net->addr,
			prefix_last(net) }));
}

/* Tunnels leave by the interfaces outside, or by any. */
static void read_tunnels(const struct instance *in, struct host_pools *out)
{
	char *const *dev;

	vec_each(dev, &in->ipsec->devs)
		add_tunnels(in, *dev, out);
	if (!in->ipsec->devs.n)
		add_tunnels(in, "*", out);
}

/* The clients' addresses, by interface. */
static void read_pools(const struct doctor *x, struct host_pools *out)
{
	const struct instance *in;

	*out = (struct host_pools){ 0 };
	vec_each(in, &x->compile.load.conf.instances) {
		if (in->ipsec)
			read_tunnels(in, out);
		if (in->dev && in->has_pool)
			vec_push(&out->list, ((struct host_pool){
				in->dev, NULL, FAMILY_IP4, in->pool_first,
				in->pool_last }));
		if (in->dev && in->has_pool6)
			vec_push(&out->list, ((struct host_pool){
				in->dev, NULL, FAMILY_IP6, in->pool6_first,
				in->pool6_last }));
	}
}

static void found_between(void *arg, enum nat_finding what,
			  const struct host_pool *pool, const char *where)
{
	if (what == NAT_BETWEEN)
		doctor_found(arg, NULL, LOC_NONE,
			     "%s also translates what clients on %s send to each other",
			     where, pool->dev);
}

static void found_to_vpn(void *arg, enum nat_finding what,
			 const struct host_pool *pool, const char *where)
{
	if (what == NAT_TO_VPN && !pool->section)
		doctor_found(arg, NULL, LOC_NONE,
			     "%s translates what others send to %s, and iptables-legacy judges the sender by the address before",
			     where, pool->dev);
}

static void found_to_tunnel(void *arg, enum nat_finding what,
			    const struct host_pool *pool, const char *where)
{
	struct doctor *x = arg;

	if (what == NAT_TO_VPN && pool->section)
		doctor_found(x, NULL, LOC_NONE,
			     "%s may translate what goes to clients of \"%s\": then it finds no tunnel, and %s",
			     where, pool->section,
			     cli_backend(x->cli, &x->compile.load.conf) ==
			     &backend_ipt ? "leaves in clear" : "is dropped");
}

/* Rules of either kind, whatever the backend is. */
static void find_nat(struct doctor *x, nat_found_fn *tell)
{
	struct host_pools pools;
	const struct backend *b;
	size_t i;

	read_pools(x, &pools);
	for (i = 0; (b = backend_at(i)); i++)
		b->find_nat(&pools, tell, x);
	vec_fini(&pools.list);
}

static bool is_of_vpn(const struct doctor *x, const char *dev)
{
	const struct instance *in;

	vec_each(in, &x->compile.load.conf.instances)
		if (in->dev && conf_dev_matches(in->dev, dev))
			return true;
	return false;
}

static void found_flowtable(void *arg, enum bypass what, const char *dev,
			    const char *where)
{
	if (what == BYPASS_FLOWTABLE && is_of_vpn(arg, dev))
		doctor_found(arg, NULL, LOC_NONE,
			     "%s has %s: packets of the connections that it takes over meet no rules",
			     where, dev);
}

static void found_rewrite(void *arg, enum bypass what, const char *unused,
			  const char *where)
{
	(void)unused;
	if (what == BYPASS_REWRITE)
		doctor_found(arg, NULL, LOC_NONE,
			     "%s writes addresses into packets, which is not NAT: the filter may see others than the tunnel has",
			     where);
}

static void find_bypass(struct doctor *x, bypass_found_fn *tell)
{
	const struct backend *b;
	size_t i;

	for (i = 0; (b = backend_at(i)); i++)
		if (b->find_bypass)
			b->find_bypass(tell, x);
}

static void find_flowtable(struct doctor *x)
{
	find_bypass(x, found_flowtable);
}

static void find_rewrite(struct doctor *x)
{
	find_bypass(x, found_rewrite);
}

static void find_between(struct doctor *x)
{
	find_nat(x, found_between);
}

static void find_to_vpn(struct doctor *x)
{
	if (cli_backend(x->cli, &x->compile.load.conf) == &backend_ipt)
		find_nat(x, found_to_vpn);
}

static void find_to_tunnel(struct doctor *x)
{
	find_nat(x, found_to_tunnel);
}

static void find_behind_dnat(struct doctor *x)
{
	const struct conf *conf = &x->compile.load.conf;

	if (conf->ipt.table != TABLE_MANGLE &&
	    cli_backend(x->cli, conf) == &backend_ipt && cli_host_has_nat(conf))
		doctor_found(x, NULL, LOC_NONE,
			     "this machine translates addresses, and table %s stands behind DNAT: a client reaches a published port by the lines for the address behind it",
			     rule_table_name(conf->ipt.table));
}

const struct doctor_check doctor_rule_checks[] = {
	{ "backend-missing",
	  "another backend in vpnpf.conf; iptables-legacy: a kernel with ip_tables, since Linux 6.17 with CONFIG_NETFILTER_XTABLES_LEGACY",
	  find_no_backend, NULL },
	{ "foreign-accept",
	  "vpnpf apply puts its own first again; with iptables-table = security an accept in another table does not matter",
	  find_foreign_accept, NULL },
	{ "nat-between-clients",
	  "name the outside interface in this rule: -o eth0; nftables: oifname \"eth0\"",
	  find_between, NULL },
	{ "nat-to-clients",
	  "name the outside interface in this rule; or backend = nftables",
	  find_to_vpn, NULL },
	{ "nat-to-tunnels",
	  "in this rule: -m policy --dir out --pol none; nftables: rt ipsec missing",
	  find_to_tunnel, NULL },
	{ "behind-dnat", "iptables-table = mangle, or backend = nftables",
	  find_behind_dnat, NULL },
	{ "flowtable", "take the interface out of the flowtable",
	  find_flowtable, NULL },
	{ "address-rewrite",
	  "DNAT or SNAT in place of it, or a rule for other interfaces only",
	  find_rewrite, NULL },
	{ NULL, NULL, NULL, NULL },
};
