/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_nat.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter/xt_policy.h>

#include "backends/ipt/ipt_sock.h"

/* An empty table has the policy of each hook, and an entry at its end. */
static bool has_rules(const struct ipt_getinfo *info)
{
	return info->num_entries >
	       (unsigned int)__builtin_popcount(info->valid_hooks) + 1;
}

static bool family_has_nat(unsigned int family)
{
	struct ipt_getinfo info;
	bool found;
	int sock;

	if (!ipt_sock_shows_table(family, "nat"))
		return false;
	sock = ipt_sock_open(family);
	if (sock < 0)
		return false;
	found = !ipt_sock_info(sock, family, "nat", &info) && has_rules(&info);
	close(sock);
	return found;
}

bool ipt_has_nat(void)
{
	return family_has_nat(FAMILY_IP4) || family_has_nat(FAMILY_IP6);
}

/* Returns the length of the prefix; -1: the mask is none. */
static int mask_length(const uint8_t *mask, size_t n)
{
	int len = 0;
	size_t i;

	for (i = 0; i < 8 * n; i++) {
		if (!(mask[i / 8] & 0x80 >> i % 8))
			continue;
		if (len++ != (int)i)
			return -1;
	}
	return len;
}

static void take_net(unsigned int family, const uint8_t *addr,
		     const uint8_t *mask, bool inverted, struct nat_rule *r,
		     struct nat_net *out)
{
	size_t n = family_bytes(family);
	int len = mask_length(mask, n);

	if (len < 0) {
		r->odd = true;
		return;
	}
	*out = (struct nat_net){
		.set = len || inverted, .inverted = inverted,
		.net = { .family = (uint8_t)family, .len = (uint8_t)len },
	};
	memcpy(out->net.addr.b, addr, n);
}

/* The mask covers the end of the name, or in "tun+" what is before the "+". */
static void take_dev(const char *name, const unsigned char *mask, bool inverted,
		     struct nat_dev *out)
{
	size_t masked = strnlen((const char *)mask, NAT_DEV_NAME - 1);
	size_t n = strnlen(name, masked);

	*out = (struct nat_dev){
		.set = masked, .inverted = inverted, .wild = n == masked,
	};
	memcpy(out->name, name, n);
}

/* Chains are known by the offset of their first rule. */
static void take_target(const struct ipt_view *v, size_t next,
			struct nat_rule *r)
{
	const struct xt_standard_target *t = (const void *)v->target;
	const char *name = v->target->u.user.name;

	if (!strcmp(name, "MASQUERADE") || !strcmp(name, "SNAT") ||
	    !strcmp(name, "NETMAP")) {
		r->action = NAT_SOURCE;
	} else if (name[0]) {
		r->action = NAT_NOTHING;
	} else if (t->verdict == XT_RETURN) {
		r->action = NAT_RETURN;
	} else if (t->verdict < 0) {
		r->action = NAT_END;
	} else if ((size_t)t->verdict != next) {
		r->action = *v->flags & v->flag_goto ? NAT_GOTO : NAT_JUMP;
		r->target = (unsigned int)t->verdict;
	}
}

/* -m policy --dir out --pol none */
static bool asks_no_tunnel(const struct ipt_view *v)
{
	const char *at = (const char *)v->entry + v->size;
	const char *end = (const char *)v->entry + *v->target_offset;
	const uint16_t none = XT_POLICY_MATCH_OUT | XT_POLICY_MATCH_NONE;
	const struct xt_policy_info *info;
	const struct xt_entry_match *m;

	for (; at < end; at += m->u.match_size) {
		m = (const void *)at;
		info = (const void *)m->data;
		if (!strcmp(m->u.user.name, "policy") &&
		    (info->flags & none) == none)
			return true;
	}
	return false;
}

static void take_rule(unsigned int family, const struct ipt_view *v,
		      size_t next, struct nat_rule *r)
{
	const uint8_t inverted = v->flags[1];	/* invflags, in both families */

	r->odd = *v->target_offset != v->size || *v->proto ||
		 inverted & (IPT_INV_PROTO | IPT_INV_FRAG);
	r->no_tunnel = asks_no_tunnel(v);
	take_net(family, v->src, v->src_mask, inverted & IPT_INV_SRCIP, r,
		 &r->src);
	take_net(family, v->dst, v->dst_mask, inverted & IPT_INV_DSTIP, r,
		 &r->dst);
	take_dev(v->iif, v->iif_mask, inverted & IPT_INV_VIA_IN, &r->in);
	take_dev(v->oif, v->oif_mask, inverted & IPT_INV_VIA_OUT, &r->out);
	take_target(v, next, r);
}

/* A table as rules, with the names of its chains. */
struct nat_table {
	struct nat_rules rules;
	VEC(struct nat_chain { unsigned int at; const char *name; }) chains;
};

static void read_table(unsigned int family, const struct ipt_snapshot *s,
		       struct nat_table *out)
{
	const struct xt_error_target *error;
	const struct ipt_getinfo *info = &s->info;
	unsigned int chain = 0;
	struct ipt_view v;
	struct nat_rule r;
	size_t at, next;

	for (at = 0; at + sizeof(struct ipt_entry) <= info->size; at = next) {
		ipt_entry_view(family, (char *)s->entries->entrytable + at, &v);
		next = at + *v.next_offset;
		if (next <= at || next > info->size)
			return;
		error = (const void *)v.target;
		if (at == info->hook_entry[NF_INET_POST_ROUTING]) {
			chain = (unsigned int)at;
			vec_push(&out->chains, ((struct nat_chain){
				chain, "POSTROUTING" }));
		}
		if (!strcmp(v.target->u.user.name, XT_ERROR_TARGET)) {
			chain = (unsigned int)next;
			vec_push(&out->chains, ((struct nat_chain){
				chain, error->errorname }));
			continue;
		}
		r = (struct nat_rule){ .chain = chain };
		take_rule(family, &v, next, &r);
		vec_push(&out->rules.list, r);
	}
}

struct nat_telling {
	unsigned int family;
	const struct nat_table *table;
	nat_found_fn *found;
	void *arg;
};

static void tell(void *arg, enum nat_finding what, const struct host_pool *pool,
		 unsigned int chain, unsigned int number)
{
	const struct nat_telling *x = arg;
	const struct nat_chain *c;
	char *where;

	vec_each(c, &x->table->chains) {
		if (c->at != chain)
			continue;
		where = mem_printf("rule %u of %s in %stables table \"nat\"",
				   number, c->name, ipt_chain_family(x->family));
		x->found(x->arg, what, pool, where);
		free(where);
		return;
	}
}

static void find_in(struct nat_telling *x, const struct ipt_snapshot *s,
		    const struct host_pools *pools)
{
	struct nat_table table = { 0 };
	const struct host_pool *pool;

	x->table = &table;
	read_table(x->family, s, &table);
	vec_each(pool, &pools->list)
		if (pool->family == x->family)
			nat_rules_find(&table.rules,
				       s->info.hook_entry[NF_INET_POST_ROUTING],
				       pool, tell, x);
	vec_fini(&table.rules.list);
	vec_fini(&table.chains);
}

void ipt_find_nat(const struct host_pools *pools,
		  nat_found_fn *found, void *arg)
{
	struct nat_telling x = { .found = found, .arg = arg };
	struct ipt_snapshot s;
	int sock;

	for (x.family = 0; x.family < 2; x.family++) {
		if (!family_has_nat(x.family))
			continue;
		sock = ipt_sock_open(x.family);
		if (sock >= 0 && !ipt_sock_snapshot(sock, x.family, "nat", &s)) {
			find_in(&x, &s, pools);
			ipt_snapshot_fini(&s);
		}
		if (sock >= 0)
			close(sock);
	}
}
