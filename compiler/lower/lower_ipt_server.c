/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_frame.h"

#include <string.h>

static int cmp_ranges(const void *pa, const void *pb)
{
	const struct owned_range *a = pa, *b = pb;

	return memcmp(a->first.b, b->first.b, sizeof(a->first.b));
}

static bool are_adjacent(const struct owned_range *a,
			 const struct owned_range *b)
{
	struct addr next = a->last;

	return addr_next(a->family, &next) &&
	       !memcmp(next.b, b->first.b, sizeof(next.b));
}

void lower_ipt_clients(struct ipt *x)
{
	const struct lower_ipt_leaf none = { .verdict = RULE_GOTO };
	VEC(struct owned_range) list = { 0 };
	struct owned_range all;
	const struct owned_range *o;
	size_t i;

	/* clients that are closed, too: no other may take them for strangers */
	vec_each(o, &x->owned.list)
		if (ipt_is_here(x, o))
			vec_push(&list, *o);
	vec_sort(&list, cmp_ranges);
	x->clients.list.n = 0;
	for (i = 0; i < list.n; i++) {
		all = list.v[i];
		for (; i + 1 < list.n && are_adjacent(&all, &list.v[i + 1]); i++)
			all.last = list.v[i + 1].last;
		lower_ipt_leaves_add(&all, none, &x->clients);
	}
	vec_fini(&list);
}

static void make_tree(const struct ipt *x, enum lower_ipt_chain chain,
		      const char *root, enum field field,
		      struct lower_ipt_leaf tail,
		      struct lower_ipt_leaves *leaves)
{
	const struct lower_ipt_tail end = { .rule = { tail }, .n = 1 };
	const struct lower_ipt_tree tree = {
		.root = root, .stem = lower_ipt_stems[chain].node,
		.field = field, .tail = &end,
		.same = chain == CHAIN_IPT_SERVER_FROM ||
			chain == CHAIN_IPT_CAME || chain == CHAIN_IPT_FORGED,
	};

	lower_ipt_tree_make(&tree, leaves, x->rs);
}

/* All addresses of clients -> LEAF. */
static void add_clients(const struct ipt *x, enum lower_ipt_chain chain,
			const char *root, enum field field,
			struct lower_ipt_leaf leaf, struct lower_ipt_leaf tail)
{
	struct lower_ipt_leaves leaves = { 0 };
	const struct lower_ipt_leaf *l;

	vec_each(l, &x->clients.list) {
		leaf.net = l->net;
		vec_push(&leaves.list, leaf);
	}
	make_tree(x, chain, root, field, tail, &leaves);
	vec_fini(&leaves.list);
}

/* The leaf of client C; false: none. */
static bool client_leaf(const struct ipt *x, const struct client *c,
			enum lower_ipt_chain chain, struct lower_ipt_leaf *out)
{
	const struct ipt_chains *chains = &x->chains[ipt_index(x, c)];

	*out = (struct lower_ipt_leaf){ .verdict = RULE_GOTO };
	switch ((int)chain) {
	case CHAIN_IPT_FROM:
		out->target = chains->out;
		out->comment = chains->comment;
		return true;
	case CHAIN_IPT_TO:
		out->target = chains->in;
		return true;
	case CHAIN_IPT_PAIR_FROM:
	case CHAIN_IPT_PAIRS:
		out->target = chains->pair;
		return true;
	case CHAIN_IPT_PAIR_TO:
		if (ipt_is_mangle(x))
			out->target = ipt_name(x, CHAIN_IPT_PAIRS, "");
		else
			out->verdict = RULE_RETURN;
		return true;
	case CHAIN_IPT_OPEN:
		out->verdict = RULE_RETURN;
		return c->pf.clients_accept;
	}
	return false;
}

/* The clients of VPN, or of all servers: IPT_ANY_VPN. */
static void add_dispatch(const struct ipt *x, enum lower_ipt_chain chain,
			 int vpn, enum field field, struct lower_ipt_leaf tail)
{
	const char *server = vpn < 0 ? "" : x->servers[vpn].text;
	const struct ipsec *ipsec = vpn < 0 ? NULL : x->p->vpns.v[vpn].ipsec;
	/* on the way to an xfrm interface there is no policy yet */
	bool tunnel = vpn >= 0 &&
		      !(ipsec && ipsec->xfrm.n && field == FIELD_DADDR);
	struct lower_ipt_leaves leaves = { 0 };
	struct client *const *c;
	struct lower_ipt_leaf leaf;

	vec_each(c, &x->order.list)
		if (client_leaf(x, *c, chain, &leaf))
			ipt_add_leaves(x, ipt_index(x, *c), vpn, tunnel, leaf,
				       &leaves);
	make_tree(x, chain, ipt_name(x, chain, server), field, tail, &leaves);
	vec_fini(&leaves.list);
}

static struct lower_ipt_leaf go(const char *target)
{
	return (struct lower_ipt_leaf){ .verdict = RULE_GOTO,
					.target = target };
}

/* Is the other end of the packet a client?  In table mangle only. */
static void add_ends(const struct ipt *x, const struct vpn *vpn)
{
	add_clients(x, CHAIN_IPT_SERVER_FROM,
		    ipt_name_of(x, CHAIN_IPT_SERVER_FROM, vpn), FIELD_DADDR,
		    go(ipt_name_of(x, CHAIN_IPT_PAIR_FROM, vpn)),
		    go(ipt_name_of(x, CHAIN_IPT_FROM, vpn)));
	add_clients(x, CHAIN_IPT_CAME, ipt_name_of(x, CHAIN_IPT_CAME, vpn),
		    FIELD_SADDR, go(ipt_name_of(x, CHAIN_IPT_PAIR_TO, vpn)),
		    go(ipt_name_of(x, CHAIN_IPT_TO, vpn)));
}

/* Does any rule lead to the chains of pairs? */
static bool has_pairs(const struct ipt *x)
{
	return !ipt_is_mangle(x) || x->clients.list.n;
}

static void add_server(const struct ipt *x, const struct vpn *vpn)
{
	const struct lower_ipt_leaf
		from = ipt_drop_leaf(x, FIELD_SADDR, DROP_UNKNOWN),
		to = ipt_drop_leaf(x, FIELD_DADDR, DROP_UNKNOWN);
	int i = (int)(vpn - x->p->vpns.v);

	if (ipt_is_mangle(x))
		add_ends(x, vpn);
	add_dispatch(x, CHAIN_IPT_FROM, i, FIELD_SADDR, from);
	add_dispatch(x, CHAIN_IPT_TO, i, FIELD_DADDR, to);
	if (!has_pairs(x))
		return;
	add_dispatch(x, CHAIN_IPT_PAIR_FROM, i, FIELD_SADDR, from);
	add_dispatch(x, CHAIN_IPT_PAIR_TO, i, FIELD_DADDR, to);
}

/* dev tap: OpenVPN checks a client's source MAC, not its source address. */
static void add_macs(const struct ipt *x)
{
	struct lower_ipt_leaf leaf = { .verdict = RULE_RETURN };
	struct lower_ipt_leaves leaves = { 0 };
	const struct mac_binding *m;
	const struct owned_range *o;

	vec_each(m, &x->p->macs) {
		leaf.mac = m->mac;
		for (o = ownership_begin(&x->owned, m->client);
		     o < ownership_end(&x->owned, m->client); o++) {
			if (o->family != x->family || o->net)
				continue;
			leaf.net = prefix_within(o->family, &o->first,
						 &o->last);
			vec_push(&leaves.list, leaf);
		}
	}
	make_tree(x, CHAIN_IPT_MAC, ipt_name(x, CHAIN_IPT_MAC, ""), FIELD_SADDR,
		  ipt_drop_leaf(x, FIELD_SADDR, DROP_MAC), &leaves);
	vec_fini(&leaves.list);
}

void lower_ipt_servers(const struct ipt *x)
{
	const struct lower_ipt_leaf
		unknown = ipt_drop_leaf(x, FIELD_SADDR, DROP_UNKNOWN),
		pass = { .verdict = RULE_RETURN };
	bool open = false, tap = false;
	const struct vpn *vpn;

	vec_each(vpn, &x->p->vpns) {
		if (!ipt_has_way(x, vpn))
			continue;
		open = true;
		tap |= vpn->tap;
		add_server(x, vpn);
	}
	add_dispatch(x, CHAIN_IPT_OPEN, IPT_ANY_VPN, FIELD_DADDR,
		     ipt_drop_leaf(x, FIELD_SADDR, DROP_PAIR));
	if (tap)
		add_macs(x);
	if (!open)
		return;
	add_clients(x, CHAIN_IPT_FORGED, ipt_name(x, CHAIN_IPT_FORGED, ""),
		    FIELD_SADDR, unknown, pass);
	if (ipt_has_vrf(x)) {
		add_clients(x, CHAIN_IPT_VRF_FROM,
			    ipt_name(x, CHAIN_IPT_VRF_FROM, ""), FIELD_SADDR,
			    go(ipt_name(x, CHAIN_IPT_VRF_TO, "")), pass);
		if (x->clients.list.n)
			add_clients(x, CHAIN_IPT_VRF_TO,
				    ipt_name(x, CHAIN_IPT_VRF_TO, ""),
				    FIELD_DADDR, unknown, pass);
	}
	if (ipt_is_mangle(x) && has_pairs(x))
		add_dispatch(x, CHAIN_IPT_PAIRS, IPT_ANY_VPN, FIELD_SADDR,
			     unknown);
}
